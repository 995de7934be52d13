"""Load on a web page from a process of its own: `python -m tests.bench.http_load HOST PORT PATH COOKIE CONNECTIONS SECONDS RATE`.

Keep-alive connections over plain sockets; RATE 0: each asks again as soon as it was answered; else so many requests a second over all
connections, by the clock, and a late one counts from when it was due. Prints one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """One request; the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    at = lowered.index(b"content-length:") + 15
    await reader.readexactly(int(lowered[at : lowered.index(b"\r", at)]))
    return int(head[9:12])


async def connection(
    host: str, port: int, request: bytes, until: float, every_s: float, first: float, times: list[float], bad: list[int]
) -> None:
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 22)
    due = first
    while True:
        now = time.perf_counter()
        if every_s:
            if due > now:
                await asyncio.sleep(due - now)
            begin = due
            due += every_s
        else:
            begin = now
        if begin > until:
            break
        status = await ask(reader, writer, request)
        times.append(time.perf_counter() - begin)
        if status != 200:
            bad.append(status)
    writer.close()


async def main(host: str, port: str, path: str, cookie: str, connections: str, seconds: str, rate: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nAccept: text/html\r\n\r\n".encode()
    times: list[float] = []
    bad: list[int] = []
    n, begin = int(connections), time.perf_counter() + 0.2
    every_s = n / float(rate) if float(rate) else 0.0
    until = begin + float(seconds)
    await asyncio.gather(*(connection(host, int(port), request, until, every_s, begin + k * every_s / n, times, bad) for k in range(n)))
    took = time.perf_counter() - begin
    times.sort()
    at = lambda share: times[min(len(times) - 1, int(share * len(times)))] * 1000.0  # noqa: E731
    print(json.dumps({"requests": len(times), "per_s": len(times) / took, "p50_ms": at(0.5), "p99_ms": at(0.99), "bad": len(bad)}))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

"""One step of growth, measured: one site and one worker, then two and two, on an external PostgreSQL and an S3 server. `make bench`.

The database and the S3 server (moto) run on the same machine here, and share its cores with everything else.
RACING_COACH_BENCH_GROWTH_LAPS: laps that are sent in each step (default 200).
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import boto3
import httpx
import psutil
import pytest

from coach.demo import DemoTruth
from tests.bench.test_lap_service_bench import cpu_s, shifted
from tests.web.conftest import open_folder
from tests.web.laps.drivers import first_driver
from tests.web.ports import free_port
from web.embedded import EmbeddedDatabase
from web.laps.reading import ReadFile, read_file

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
BUCKET = "laps"
SENDERS = 4
PAGES_S = 8.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What all processes share."""

    database_url: str
    s3: str
    token: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT": self.s3,
            "S3_ACCESS_KEY_ID": "bench",
            "S3_SECRET_ACCESS_KEY": "bench",
            "RACING_COACH_DATA": str(self.folder),
            "RACING_COACH_REQUESTS_PER_MINUTE": "1000000",
            "RACING_COACH_LOG_LEVEL": "warning",
        }

    def value(self, statement: str) -> Any:
        """What the database answers."""

        async def ask() -> Any:
            connection = await asyncpg.connect(self.database_url)
            try:
                return await connection.fetchval(statement)
            finally:
                await connection.close()

        return asyncio.run(ask())


def until_answers(url: str) -> None:
    for _ in range(600):
        try:
            if httpx.get(url, timeout=5).status_code < 500:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail(f"{url} does not answer")


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    folder = open_folder()
    server = EmbeddedDatabase(folder)
    url = server.start()
    port = free_port()
    moto = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    s3 = f"http://127.0.0.1:{port}"
    until_answers(s3)
    boto3.client("s3", endpoint_url=s3, region_name="us-east-1", aws_access_key_id="bench", aws_secret_access_key="bench").create_bucket(
        Bucket=BUCKET
    )

    try:
        yield Ground(url, s3, asyncio.run(first_driver(url)), folder)
    finally:
        moto.terminate()
        moto.wait(10)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def service(ground: Ground, count: int) -> Iterator[tuple[list[int], list[psutil.Process], list[psutil.Process]]]:
    """So many sites and as many workers: the sites' ports, the sites, the workers."""
    program = Path(sys.executable).with_name("racing-coach")
    ports = [free_port() for _ in range(count)]
    running = [subprocess.Popen([program, "serve", "--no-worker", "--port", str(port)], env=ground.environment) for port in ports]
    running += [subprocess.Popen([program, "worker"], env=ground.environment) for _ in range(count)]
    try:
        for port in ports:
            until_answers(f"http://127.0.0.1:{port}/readyz")
        processes = [psutil.Process(one.pid) for one in running]
        yield ports, processes[:count], processes[count:]
    finally:
        for one in running:
            one.terminate()
        for one in running:
            one.wait(30)


def send(ground: Ground, port: int, contents: list[bytes]) -> None:
    origin = f"http://127.0.0.1:{port}"
    headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=origin, cookies={"session": ground.token}, headers=headers, timeout=60) as client:
        for content in contents:
            while (answer := client.post("/api/v1/laps?name=lap.parquet", content=content)).status_code == 429:
                time.sleep(0.2)
            assert answer.status_code == 202, answer.text


def upload(ground: Ground, ports: list[int], contents: list[bytes]) -> tuple[float, float]:
    """Seconds until all were acknowledged, and until all were stored and measured."""
    before = ground.value("SELECT count(*) FROM laps")
    senders = [threading.Thread(target=send, args=(ground, ports[k % len(ports)], contents[k::SENDERS])) for k in range(SENDERS)]
    begin = time.perf_counter()
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    sent_s = time.perf_counter() - begin
    while ground.value("SELECT count(*) FROM uploads WHERE state = 'waiting'"):
        time.sleep(0.1)
    took_s = time.perf_counter() - begin
    assert ground.value("SELECT count(*) FROM laps") == before + len(contents)  # each once, none lost
    return sent_s, took_s


def read(ground: Ground, ports: list[int], path: str) -> tuple[float, float]:
    """Requests a second over all sites together, 32 connections in all; the slower site's p99 in ms."""
    words = [path, f"session={ground.token}", str(32 // len(ports)), str(PAGES_S), "0"]
    loads = [
        subprocess.Popen([sys.executable, "-m", "tests.bench.http_load", "127.0.0.1", str(port), *words], stdout=subprocess.PIPE, text=True)
        for port in ports
    ]
    found = [json.loads(load.communicate()[0]) for load in loads]
    assert not any(one["bad"] for one in found), found
    return sum(one["per_s"] for one in found), max(one["p99_ms"] for one in found)


@pytest.fixture(scope="module")
def session(demo: tuple[Path, DemoTruth]) -> ReadFile:
    return read_file(demo[0], "session.ibt")


def test_two_sites_and_two_workers_beside_one_of_each(ground: Ground, session: ReadFile) -> None:
    count = int(os.environ.get("RACING_COACH_BENCH_GROWTH_LAPS", "200"))
    print(f"\nload of the machine before: {os.getloadavg()[0]:.1f} on {psutil.cpu_count()} cores")
    print(f"{'':<16}{'laps/s':>14}{'laps/s':>9}{'ms CPU':>9}{'lap list':>10}{'p99':>7}{'ms CPU':>9}{'lap page':>10}{'p99':>7}{'ms CPU':>9}")
    print(f"{'sites, workers':<16}{'acknowledged':>14}{'stored':>9}{'a lap':>9}" + f"{'req/s':>10}{'ms':>7}{'each':>9}" * 2)
    for step, number in enumerate((1, 2)):
        with service(ground, number) as (ports, sites, workers):
            before = sum(map(cpu_s, sites + workers))
            sent_s, took_s = upload(ground, ports, [shifted(session, 10_000 * step + k) for k in range(count)])
            per_lap = 1000.0 * (sum(map(cpu_s, sites + workers)) - before) / count
            for one in workers:  # comparisons would run beside the pages
                one.terminate()
            psutil.wait_procs(workers, 40)
            lap = ground.value("SELECT id FROM laps ORDER BY id DESC LIMIT 1")
            said = f"{f'{number} and {number}':<16}{count / sent_s:>14.1f}{count / took_s:>9.1f}{per_lap:>9.0f}"
            for path in ("/laps", f"/laps/{lap}?against=potential"):
                before = sum(map(cpu_s, sites))
                rate, p99_ms = read(ground, ports, path)
                each = 1000.0 * (sum(map(cpu_s, sites)) - before) / (rate * PAGES_S)
                said += f"{rate:>10.0f}{p99_ms:>7.0f}{each:>9.1f}"
        print(said)

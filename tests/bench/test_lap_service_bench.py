"""The service with laps, as `racing-coach serve` runs it: pages under load, uploads, bytes per lap. `make bench`.

RACING_COACH_BENCH_LAPS: laps of the sustained upload (default 500; the figure of the issue is for 5,000).
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx
import numpy as np
import psutil
import pytest

from coach.laps.lap_files import lap_content
from tests.recordings import RECORDINGS, needs_recordings
from tests.web.conftest import open_folder
from tests.web.laps.drivers import register
from tests.web.ports import free_port
from web.database import Database, migrate
from web.embedded import EmbeddedDatabase
from web.laps.reading import ReadFile, read_file

pytestmark = [pytest.mark.bench, needs_recordings, pytest.mark.timeout(1800)]
FUJI, OKAYAMA = "ferrari488_fuji_nochicane_driver_b.csv.gz", "mx5_okayama_short_driver_a.csv.gz"
WANTED_PER_S = 300.0
BUSY = 3.0  # a shared machine of two cores may be this much slower than an idle one: beyond it, something is broken


@dataclass
class Service:
    """A running service and a driver in it."""

    port: int
    database_url: str
    cookie: str
    server: psutil.Process
    worker: psutil.Process

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        name, _, value = self.cookie.partition("=")
        return httpx.Client(
            base_url=self.origin, cookies={name: value}, headers={"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}, timeout=60
        )

    def sql(self, *statements: str) -> object:
        async def run() -> object:
            connection = await asyncpg.connect(self.database_url)
            try:
                for statement in statements[:-1]:
                    await connection.execute(statement)
                return await connection.fetchval(statements[-1])
            finally:
                await connection.close()

        return asyncio.run(run())

    def load(self, path: str, connections: int, seconds: float, rate: float = 0.0) -> dict[str, float]:
        """What the load saw, and `cpu_ms`: processor time of the web process per request, which a busy machine does not change."""
        before = cpu_s(self.server)
        words = ["127.0.0.1", str(self.port), path, self.cookie, str(connections), str(seconds), str(rate)]
        told = subprocess.run([sys.executable, "-m", "tests.bench.http_load", *words], check=True, capture_output=True, text=True).stdout
        found: dict[str, float] = json.loads(told)
        return found | {"cpu_ms": 1000.0 * (cpu_s(self.server) - before) / max(1.0, found["requests"])}


def cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    folder = open_folder()
    server = EmbeddedDatabase(folder)
    url = server.start()
    asyncio.run(migrate(url))

    async def driver() -> str:
        database = Database(url, 2)
        _, token = await register(database, shares=True)
        await database.close()
        return token

    token = asyncio.run(driver())
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "RACING_COACH_DATA": str(folder),
        "RACING_COACH_REQUESTS_PER_MINUTE": "1000000",
        "RACING_COACH_LOG_LEVEL": "warning",
    }
    command = Path(sys.executable).with_name("racing-coach")
    process = subprocess.Popen([command, "serve", "--no-worker", "--port", str(port)], env=environment)
    worker = subprocess.Popen([command, "worker"], env=environment)
    made = Service(port, url, f"session={token}", psutil.Process(process.pid), psutil.Process(worker.pid))
    try:
        for _ in range(300):
            try:
                if httpx.get(f"{made.origin}/readyz").status_code == 200:
                    break
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        yield made
    finally:
        for running in (worker, process):
            running.terminate()
        for running in (worker, process):
            running.wait(20)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def shifted(read: ReadFile, k: int) -> bytes:
    """A lap file of a lap that was driven `k` hours later: another lap, as real as the first."""
    one = read.laps[k % len(read.laps)]
    columns = {name: one.recording.column(name) for name in one.recording.available}
    columns["session_time_s"] = columns["session_time_s"] + 3600.0 * k
    lap = replace(one.lap, start_s=one.lap.start_s + 3600.0 * k, end_s=one.lap.end_s + 3600.0 * k)
    return lap_content(replace(one.recording, loader=columns.get, _cache={}), lap, track_length_m=one.track_length_m)


def wait_done(client: httpx.Client, upload_id: str) -> dict:
    while True:
        state = client.get(f"/api/v1/uploads/{upload_id}").json()
        if state["state"] != "waiting":
            return state
        time.sleep(0.005)


def test_1_one_lap_from_upload_to_metrics(service: Service) -> None:
    read = read_file(RECORDINGS / FUJI, FUJI)
    with service.client() as client:
        times = []
        for k in range(12):
            content = shifted(read, k)
            begin = time.perf_counter()
            sent = client.post(f"/api/v1/laps?name=lap{k}.parquet", content=content)
            assert sent.status_code == 202, sent.text
            assert wait_done(client, sent.json()["id"])["laps_new"] == 1
            times.append(time.perf_counter() - begin)
        while service.sql("SELECT count(*) FROM pgqueuer"):
            time.sleep(0.1)
    median = statistics.median(times[2:])
    print(
        f"\nupload of a lap of 97 s, to stored and measured: median {1000 * median:.0f} ms, slowest {1000 * max(times[2:]):.0f} ms (target 1000)"
    )
    assert median < 1.0


def test_2_many_laps_over_one_worker(service: Service) -> None:
    count = int(os.environ.get("RACING_COACH_BENCH_LAPS", "500"))
    read = read_file(RECORDINGS / FUJI, FUJI)
    with service.client() as client:
        stored = service.sql("SELECT count(*) FROM laps")
        begin, worked = time.perf_counter(), cpu_s(service.worker)
        for k in range(count):
            content = shifted(read, 1000 + k)
            while (sent := client.post(f"/api/v1/laps?name=lap{k}.parquet", content=content)).status_code == 429:
                time.sleep(0.2)
            assert sent.status_code == 202, sent.text
        sent_s = time.perf_counter() - begin
        while service.sql("SELECT count(*) FROM uploads WHERE state = 'waiting'"):
            time.sleep(0.1)
        took, worked = time.perf_counter() - begin, cpu_s(service.worker) - worked
        assert service.sql("SELECT count(*) FROM laps") == stored + count
        compared = service.sql("SELECT count(*) FROM lap_comparisons")
        time.sleep(10.0)
        rate = (service.sql("SELECT count(*) FROM lap_comparisons") - compared) / 10.0
    print(
        f"\n{count} laps of 97 s, one client (sent in {sent_s:.0f} s), one worker: {count / took:.1f} laps/s stored and measured (target 20)"
    )
    print(f"processor time of the worker: {1000 * worked / count:.0f} ms per lap, comparisons included")
    print(f"comparisons with their causes made meanwhile {compared}, afterwards {rate:.1f} a second")
    assert count / took > 20.0 / BUSY


FILL = (
    "CREATE TEMP TABLE f AS SELECT l.*, g FROM (SELECT * FROM laps ORDER BY lap_time_s DESC LIMIT 1) l, generate_series(1, 100000) g",
    "UPDATE f SET id = gen_random_uuid(), content_hash = md5(g::text) || md5(content_hash), lap_time_s = lap_time_s + g * 1e-5, driven_at = driven_at - g * interval '1 minute', number = g",
    "ALTER TABLE f DROP COLUMN g",
    "INSERT INTO laps SELECT * FROM f",
    "ANALYZE",
    "SELECT count(*) FROM laps",
)


def test_3_pages_with_a_hundred_thousand_laps(service: Service) -> None:
    service.worker.terminate()  # it would compare the copies
    assert service.sql(*FILL) > 100_000
    combination = service.sql("SELECT id FROM combinations LIMIT 1")
    lap = service.sql("SELECT lap_id FROM lap_comparisons WHERE reference_id IS NOT NULL LIMIT 1")
    service.load("/laps", 4, 1.0)
    print()
    for path in ("/laps", f"/laps?combination={combination}&sort=fastest&clean=1", "/sessions"):
        free = service.load(path, 32, 8.0)
        pace = WANTED_PER_S if free["per_s"] > 1.1 * WANTED_PER_S else 0.5 * free["per_s"]
        paced = service.load(path, 32, 8.0, pace)
        assert free["bad"] == paced["bad"] == 0
        print(
            f"{path[:20]:<20} 32 connections: {free['per_s']:.0f} req/s, p50 {free['p50_ms']:.0f} ms, p99 {free['p99_ms']:.0f} ms, {free['cpu_ms']:.1f} ms of processor each"
        )
        print(f"{'':<20} at {pace:.0f} req/s: p50 {paced['p50_ms']:.1f} ms, p99 {paced['p99_ms']:.1f} ms")
        assert 1000.0 / free["cpu_ms"] > WANTED_PER_S / BUSY
    with service.client() as client:
        times = {"page": [], "series": []}
        for _ in range(30):
            for what, address in (("page", f"/laps/{lap}"), ("series", f"/laps/{lap}/series")):
                begin = time.perf_counter()
                assert client.get(address).status_code == 200
                times[what].append(time.perf_counter() - begin)
        fresh = []
        for one in client.get(f"/api/v1/laps?limit=8&combination={combination}").json()["laps"][:8]:
            begin = time.perf_counter()
            assert client.get(f"/laps/{one['id']}?against=potential").status_code == 200
            fresh.append(time.perf_counter() - begin)
    page, data = statistics.median(times["page"]), statistics.median(times["series"])
    print(
        f"lap page {1000 * page:.0f} ms, its series {1000 * data:.0f} ms: {1000 * (page + data):.0f} ms together (target 150); slowest {1000 * (max(times['page']) + max(times['series'])):.0f} ms"
    )
    print(f"lap page with a comparison that has to be made: median {1000 * statistics.median(fresh):.0f} ms")
    assert page + data < 0.150 * BUSY


def test_4_bytes_of_a_stored_lap(service: Service) -> None:
    """Files and rows of real laps, beside one row per sample in the same database."""
    print()
    for name in (
        FUJI,
        OKAYAMA,
        "formula_vee_tsukuba_1k.ibt",
        "silverado_bristol.ibt",
        "garage61_road_atlanta_lap.csv",
        "summit_point_10hz.jsonl",
    ):
        read = next(one for one in read_file(RECORDINGS / name, name).laps[::-1])
        size, seconds = len(read.content()), read.lap.lap_time_s
        rows = samples_size(service, read)
        print(
            f"{name:<42} {len(read.recording.available):>3} channels, {seconds:5.1f} s: lap file {size / 1000:5.0f} kB, rows {rows / 1000:6.0f} kB; over 90 s {size / seconds * 0.09:4.0f} and {rows / seconds * 0.09:5.0f} kB"
        )
    per_lap = service.sql("SELECT (pg_total_relation_size('lap_comparisons') / (SELECT count(*) FROM lap_comparisons))::bigint")
    print(
        f"a stored comparison takes {per_lap / 1000:.1f} kB of database, the row of a lap {service.sql('SELECT (pg_total_relation_size(' + chr(39) + 'laps' + chr(39) + ') / (SELECT count(*) FROM laps))::bigint') / 1000:.1f} kB with its indexes"
    )


def samples_size(service: Service, read) -> int:
    """Bytes of the lap's ticks as rows: float4 columns, double for the clock, and an index on lap and time."""
    inside = slice(read.lap.first, read.lap.last)
    names = sorted(read.recording.available)
    columns = [read.recording.column(name)[inside] for name in names]

    async def run() -> int:
        connection = await asyncpg.connect(service.database_url)
        try:
            await connection.execute("DROP TABLE IF EXISTS samples")
            kinds = ", ".join(f"{name} {'float8' if name == 'session_time_s' else 'float4'}" for name in names)
            await connection.execute(f"CREATE TABLE samples (lap_id uuid, {kinds})")
            lap_id = await connection.fetchval("SELECT gen_random_uuid()")
            records = [(lap_id, *(None if np.isnan(value) else float(value) for value in row)) for row in zip(*columns, strict=True)]
            await connection.copy_records_to_table("samples", records=records)
            await connection.execute("CREATE INDEX ON samples (lap_id, session_time_s)")
            return int(await connection.fetchval("SELECT pg_total_relation_size('samples')"))
        finally:
            await connection.execute("DROP TABLE IF EXISTS samples")
            await connection.close()

    return asyncio.run(run())

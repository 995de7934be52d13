"""What was acknowledged is there, whatever is killed: the site in the middle of an upload, a worker while it reads, the database."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from coach.laps.lap_files import lap_content
from tests.web.cli.test_serve import PROGRAM, WORKER, Process, start
from tests.web.laps.drivers import first_driver
from tests.web.ports import free_port
from web.accounts.browsers import cookie_name
from web.database import migrate
from web.embedded import EmbeddedDatabase
from web.laps.reading import ReadFile
from web.settings import Settings

assert start  # a fixture
LAPS = 14


def shifted(read: ReadFile, hours: int) -> bytes:
    """A lap file of the same lap, driven hours later: another lap."""
    one = read.laps[0]
    columns = {name: one.recording.column(name) for name in one.recording.available}
    columns["session_time_s"] = columns["session_time_s"] + 3600.0 * hours
    lap = replace(one.lap, start_s=one.lap.start_s + 3600.0 * hours, end_s=one.lap.end_s + 3600.0 * hours)
    return lap_content(replace(one.recording, loader=columns.get, _cache={}), lap, track_length_m=one.track_length_m)


def query(url: str, statement: str) -> list[Any]:
    """Rows, however often the database has to be asked."""

    async def ask() -> list[Any]:
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    for _ in range(200):
        try:
            return asyncio.run(ask())
        except (OSError, asyncpg.PostgresError, TimeoutError):
            time.sleep(0.05)
    pytest.fail("the database does not come back")


def until(holds: Callable[[], bool], limit_s: float = 60.0) -> None:
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@dataclass
class Sender:
    """A driver's overlay: sends each lap until it is told that it arrived."""

    port: int
    cookie: dict[str, str]
    laps: list[bytes]
    told: list[uuid.UUID] = field(default_factory=list)
    failed: int = 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> httpx.Client:
        headers = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        return httpx.Client(base_url=self.origin, cookies=self.cookie, headers=headers, timeout=10)

    def run(self) -> None:
        with self.client() as client:
            for number, content in enumerate(self.laps):
                while True:
                    try:
                        answer = client.post(f"/api/v1/laps?name=lap{number}.parquet", content=content)
                    except httpx.TransportError:
                        answer = None
                    if answer is not None and answer.status_code in {200, 202}:
                        self.told.append(uuid.UUID(answer.json()["id"]))
                        time.sleep(0.15)  # as laps come, so that on a fast machine, too, some come after each kill
                        break
                    self.failed += 1
                    time.sleep(0.05)

    def half(self) -> socket.socket:
        """An upload that stops in the middle of its body."""
        content = self.laps[0]
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookie.items())
        sending = socket.create_connection(("127.0.0.1", self.port))
        head = f"POST /api/v1/laps?name=half.parquet HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nOrigin: {self.origin}\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookie}\r\nContent-Length: {len(content)}\r\n\r\n"
        sending.sendall(head.encode() + content[: len(content) // 2])
        return sending


@pytest.fixture
def server(used_folder: Path) -> Iterator[EmbeddedDatabase]:
    """A database that waits for the disk, as in operation."""
    made = EmbeddedDatabase(used_folder)
    made.start()
    yield made
    made.stop()


@pytest.mark.timeout(200)
def test_nothing_acknowledged_is_lost_whatever_is_killed(server: EmbeddedDatabase, start, session_read: ReadFile, tmp_path: Path) -> None:
    url = server.url
    token = asyncio.run(first_driver(url))
    port = free_port()
    here = {"DATABASE_URL": url, "RACING_COACH_DATA": str(tmp_path), "RACING_COACH_LOG_LEVEL": "error"}
    site = [*PROGRAM, "serve", "--port", str(port), "--no-worker"]

    first, workers = start(*site, **here), [start(*WORKER, **here), start(*WORKER, **here)]
    for process in (first, *workers):
        process.wait_until_up()
    sender = Sender(port, {cookie_name(Settings(data=tmp_path, port=port)): token}, [shifted(session_read, hour) for hour in range(LAPS)])
    sending = threading.Thread(target=sender.run)
    sending.start()

    # The site, while one body is half there and others come.
    until(lambda: len(sender.told) >= 3)
    cut = sender.half()
    first.stop(signal.SIGKILL)
    cut.close()
    again = start(*site, **here)
    again.wait_until_up()

    # A worker that has a file in hand. "picked" says so; which of the two is not said, so the first dies, and another comes for it.
    until(lambda: bool(query(url, "SELECT 1 FROM pgqueuer WHERE entrypoint = 'laps.read' AND status = 'picked'")))
    workers[0].stop(signal.SIGKILL)
    workers.append(start(*WORKER, **here))

    # The database, while laps come and are read.
    so_far = len(sender.told)
    until(lambda: len(sender.told) > so_far or not sending.is_alive())
    os.kill(server.pid, signal.SIGKILL)
    sending.join(60)
    assert not sending.is_alive()

    until(lambda: query(url, "SELECT count(*) FROM uploads WHERE state = 'waiting'") == [(0,)])
    uploads = dict(query(url, "SELECT id, state FROM uploads"))
    assert [uploads.get(one) for one in sender.told] == ["done"] * LAPS
    assert query(url, "SELECT count(*), count(DISTINCT content_hash) FROM laps") == [(LAPS, LAPS)]
    assert query(url, "SELECT sum(laps_new) FROM uploads") == [(LAPS,)]
    assert query(url, "SELECT laps, clean_laps FROM combinations") == query(url, "SELECT count(*), count(*) FILTER (WHERE clean) FROM laps")
    assert sender.failed > 0  # it did see the site go
    assert server.starts > 1
    with sender.client() as client:
        for (lap_id,) in query(url, "SELECT id FROM laps"):
            assert client.get(f"/api/v1/laps/{lap_id}/file").content.startswith(b"PAR1")
    assert again.stop() == 0
    assert "Traceback" not in again.said


def test_rows_outlive_a_migration_that_is_killed(server: EmbeddedDatabase, start, tmp_path: Path) -> None:
    """From the revision of the laps' tables to the newest, killed at several moments: all rows are there, whichever revision holds."""
    url = server.url

    async def fill() -> None:
        await migrate(url, "0002_laps")
        connection = await asyncpg.connect(url)
        for number in range(50):
            await connection.execute(
                "INSERT INTO users (id, created_at, email, name, is_admin, failed_sign_ins) VALUES ($1, now(), $2, 'x', false, 0)",
                uuid.uuid4(), f"{number}@example.org",
            )  # fmt: skip
        await connection.close()

    asyncio.run(fill())
    rows = "SELECT id, email FROM users ORDER BY id"
    before = query(url, rows)
    program = "import asyncio, sys; from web.database import migrate; print('go', flush=True); asyncio.run(migrate(sys.argv[1])); print('done', flush=True)"
    for pause_s in (0.0, 0.05, 0.1, 0.15):
        one = start(PROGRAM[0], "-c", program, url)
        one.wait_until_up()
        time.sleep(pause_s)
        one.stop(signal.SIGKILL)
        assert query(url, rows) == before
        assert len(query(url, "SELECT version_num FROM alembic_version")) == 1
    last: Process = start(PROGRAM[0], "-c", program, url)
    last.process.wait(60)
    last.stop()
    assert "done" in last.said, last.said
    assert query(url, rows) == before
    assert query(url, "SELECT count(*) FROM training_exports") == [(0,)]

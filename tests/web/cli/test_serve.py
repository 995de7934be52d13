"""`racing-coach serve` and `worker` as processes: started, stopped, killed, several on one database."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog

from coach.cli.main import main
from tests.web.conftest import fresh_database, run_sql
from tests.web.embedded.test_server import gone
from web.embedded.server import url_of

PROGRAM = [sys.executable, "-m", "coach.cli.main"]
WORKER = [sys.executable, "-m", "tests.web.cli.noting_worker"]


class Process:
    """One of our programs, and what it says."""

    def __init__(self, *command: str | Path, **environment: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("RACING_COACH_", "S3_", "DATABASE_URL"))}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**clean, **environment})

    def wait_until_up(self) -> str:
        """The line that it prints when it can be used."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(f"did not start: {self.process.communicate()[1][-2000:]}")
        return line

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.said = "".join(self.process.communicate(timeout=30))
        return self.process.returncode


@pytest.fixture
def start() -> Iterator:
    """Start programs; whatever still runs at the end is killed."""
    running: list[Process] = []

    def begin(*command: str | Path, **environment: str) -> Process:
        running.append(Process(*command, **environment))
        return running[-1]

    yield begin
    for one in running:
        one.stop(signal.SIGKILL)


def site_of(line: str) -> str:
    return line.split("Racing Coach is at ")[1].split(" ", maxsplit=1)[0]


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def server_pid(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().splitlines()[0])


@pytest.mark.skipif(sys.platform != "linux", reason="the database outlives a killed parent elsewhere, until the next start")
def test_one_command_serves_stops_cleanly_and_survives_being_killed(used_folder: Path, start) -> None:
    """Started, killed with -9 with a worker beside it, started again with the same data, stopped by SIGTERM."""
    first = start(*PROGRAM, "serve", "--data", used_folder, "--port", "0")
    site = site_of(first.wait_until_up())
    assert [status(f"{site}/{page}") for page in ("", "readyz", "nothing")] == [200, 200, 404]
    asyncio.run(run_sql(url_of(used_folder), "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)"))
    pid = server_pid(used_folder)

    first.stop(signal.SIGKILL)
    again = start(*PROGRAM, "serve", "--data", used_folder, "--port", "0")  # at once, while the old database still ends
    site = site_of(again.wait_until_up())
    assert gone(pid)
    assert status(f"{site}/readyz") == 200

    async def kept() -> int:
        connection = await asyncpg.connect(url_of(used_folder))
        try:
            return await connection.fetchval("SELECT n FROM kept")
        finally:
            await connection.close()

    assert asyncio.run(kept()) == 1
    pid = server_pid(used_folder)
    assert again.stop(signal.SIGTERM) == 0
    assert gone(pid, limit_s=0.1)
    assert "Traceback" not in again.said


async def note(url: str, count: int) -> None:
    """Put jobs on the queue that the noting worker knows; each notes its number."""
    await run_sql(
        url,
        "CREATE TABLE IF NOT EXISTS notes (n int)",
        f"INSERT INTO pgqueuer (priority, status, entrypoint, payload) SELECT 0, 'queued', 'test.note', convert_to('{{\"n\":'||n||'}}', 'UTF8') FROM generate_series(1, {count}) n",
    )


async def noted(url: str) -> list[int]:
    connection = await asyncpg.connect(url)
    try:
        return [row["n"] for row in await connection.fetch("SELECT n FROM notes ORDER BY n")]
    finally:
        await connection.close()


async def test_two_sites_and_two_workers_share_a_database_and_a_killed_worker_loses_nothing(postgres: str, start, tmp_path: Path) -> None:
    """All four start together on an empty database: one migrates, the others wait."""
    async with fresh_database(postgres, "template0") as url:
        here = {"DATABASE_URL": url, "RACING_COACH_DATA": str(tmp_path)}
        sites = [start(*PROGRAM, "serve", "--port", "0", "--no-worker", **here) for _ in range(2)]
        workers = [start(*WORKER, **here) for _ in range(2)]
        for one in workers:
            await asyncio.to_thread(one.wait_until_up)
        for one in sites:
            site = site_of(await asyncio.to_thread(one.wait_until_up))
            assert await asyncio.to_thread(status, f"{site}/readyz") == 200

        await note(url, 60)
        while len(await noted(url)) < 10:
            await asyncio.sleep(0.02)
        workers[0].stop(signal.SIGKILL)
        async with asyncio.timeout(40):
            while len(await noted(url)) < 60:
                await asyncio.sleep(0.05)
        assert await noted(url) == list(range(1, 61))  # each once, those of the killed worker too
        assert workers[1].stop() == 0
        assert [one.stop() for one in sites] == [0, 0]


async def test_migration_that_is_killed_leaves_nothing_half_done(postgres: str, start, tmp_path: Path) -> None:
    async with fresh_database(postgres, "template0") as url:
        program = "import asyncio, sys; from web.database import migrate; print('go', flush=True); asyncio.run(migrate(sys.argv[1])); print('done', flush=True)"
        for pause_s in (0.02, 0.1, 0.2):
            one = start(sys.executable, "-c", program, url)
            await asyncio.to_thread(one.wait_until_up)
            await asyncio.sleep(pause_s)
            await asyncio.to_thread(one.stop, signal.SIGKILL)
        last = start(sys.executable, "-c", program, url)
        await asyncio.to_thread(last.process.wait, 60)
        last.stop()
        assert "done" in last.said, last.said


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Commands that run in this process set its log and its handler of SIGTERM up."""
    before, level, handler = logging.root.handlers[:], logging.root.level, signal.getsignal(signal.SIGTERM)
    yield
    logging.root.handlers[:] = before
    logging.root.setLevel(level)
    signal.signal(signal.SIGTERM, handler)
    structlog.reset_defaults()


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a refused start says."""
    assert main([*arguments]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1, told
    return told


def test_port_that_is_taken_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port} on 127.0.0.1 is taken" in fails(capsys, "serve", "--data", str(tmp_path), "--port", str(port))


def test_data_folder_that_cannot_be_one_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "file" in fails(capsys, "serve", "--data", str(tmp_path / "file"), "--port", "0")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://somewhere/laps", "no address of a PostgreSQL database"),
        ("nonsense", "no address of a PostgreSQL database"),
        ("postgresql://ann:hunter2@127.0.0.1:1/laps", "does not answer"),
    ],
)
def test_wrong_database_url_is_said_without_its_password(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, words: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setattr("web.database.wait_for_server.__defaults__", (0.1,))
    told = fails(capsys, "serve", "--data", str(tmp_path), "--port", "0")
    assert words in told
    assert "hunter2" not in told


def test_wrong_password_and_missing_database_are_said(
    postgres: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for url, words in (
        (postgres.replace("postgres:", "postgres:x", 2).replace("postgresx", "postgres"), "refuses"),
        (f"{postgres}_no", "does not exist"),
    ):
        monkeypatch.setenv("DATABASE_URL", url)
        assert words in fails(capsys, "serve", "--data", str(tmp_path), "--port", "0")


def test_server_that_is_too_old_is_said(
    postgres: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres)
    monkeypatch.setattr("web.database.OLDEST", 99)
    assert "99 or newer is needed" in fails(capsys, "serve", "--data", str(tmp_path), "--port", "0")


def test_worker_without_a_service_says_what_to_start(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "start `racing-coach serve` there first" in fails(capsys, "worker", "--data", str(tmp_path))


def test_missing_extra_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "web.cli.serve", raising=False)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(SystemExit, match=r"pip install 'racing-coach\[web\]'"):
        main(["serve"])

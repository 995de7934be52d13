"""A driver's laps for the tests of this room."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from coach.demo import DemoTruth
from coach.track.map import TrackMap
from tests.web.conftest import CHEAP_HASHES, fresh_database, in_database, run_sql, running
from tests.web.laps.drivers import browser, register, run_jobs, send
from web.app import create_app
from web.database import Database, migrate
from web.laps.measuring import map_of
from web.laps.reading import ReadFile, read_file
from web.settings import Settings

FILED = "template_with_laps"


def settings_in(folder: Path, port: int = 8000, **more: object) -> Settings:
    """Settings of one machine that keeps everything in a folder; jobs run when the test says so."""
    given = {"data": folder, "port": port, "secret": "a-key-for-tests-only-0123456789-ABCDEFGHIJ", "worker": False, **CHEAP_HASHES, **more}
    return Settings(**given)


@pytest.fixture(scope="session")
def session_file(demo: tuple[Path, DemoTruth]) -> Path:
    """The demonstration session, an `.ibt` of seven laps marked as simulated."""
    return demo[0]


@pytest.fixture(scope="session")
def session_read(session_file: Path) -> ReadFile:
    return read_file(session_file, "session.ibt")


@pytest.fixture(scope="session")
def track(session_read: ReadFile) -> TrackMap:
    return map_of(session_read.laps, None)


@pytest.fixture(scope="session")
def one_lap(session_read: ReadFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lap file of that session."""
    path = tmp_path_factory.mktemp("lap") / "lap.parquet"
    path.write_bytes(session_read.laps[2].content())
    return path


@dataclass(frozen=True, slots=True)
class Filed:
    """A service in which one driver's session was read and compared, and that driver's browser."""

    app: Starlette
    client: httpx.AsyncClient
    database: Database
    owner: uuid.UUID
    laps: list[dict[str, Any]]  # as the API gives them, slowest first

    @property
    def slowest(self) -> dict[str, Any]:
        return self.laps[0]


@pytest.fixture(scope="session")
async def filed_template(postgres: str, session_file: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, uuid.UUID, str]:
    """The same as a template: reading and comparing seven laps takes seconds, copying them takes none."""
    folder = tmp_path_factory.mktemp("filed")
    settings = settings_in(folder)
    await run_sql(postgres, f"CREATE DATABASE {FILED}")
    url = in_database(postgres, FILED)
    await migrate(url)
    database = Database(url, 2)
    owner, token = await register(database)
    app = create_app(settings, url)
    async with running(app), browser(app, token) as client:
        await send(client, session_file)
        await run_jobs(app.state.services)
    await database.close()
    return settings, owner, token


@pytest.fixture
async def filed(filed_template: tuple[Settings, uuid.UUID, str], postgres: str, tmp_path: Path) -> AsyncIterator[Filed]:
    settings, owner, token = filed_template
    shutil.copytree(settings.data / "files", tmp_path / "files")
    async with fresh_database(postgres, FILED) as url:
        app = create_app(settings.model_copy(update={"data": tmp_path}), url)
        database = Database(url, 3)
        async with running(app), browser(app, token) as client:
            laps = (await client.get("/api/v1/laps?limit=200")).json()["laps"]
            yield Filed(app, client, database, owner, sorted(laps, key=lambda lap: -lap["lap_time_s"]))
        await database.close()

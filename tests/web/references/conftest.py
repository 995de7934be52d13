"""A driver whose laps are filed, and another one beside them; made once and copied."""

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
from tests.web.conftest import CHEAP_HASHES, fresh_database, in_database, run_sql, running
from tests.web.laps.drivers import browser, register, run_jobs, send
from web.app import create_app
from web.database import Database, migrate
from web.settings import Settings

TEMPLATE = "template_with_references"


@dataclass(frozen=True, slots=True)
class Two:
    """Ann's seven laps of a simulated session are filed; Ben has sent his own copy of the slowest of them only."""

    app: Starlette
    database: Database
    ann: httpx.AsyncClient
    ben: httpx.AsyncClient
    laps: list[dict[str, Any]]  # Ann's, fastest first

    @property
    def best(self) -> dict[str, Any]:
        return self.laps[0]


@pytest.fixture(scope="session")
async def two_template(postgres: str, demo: tuple[Path, DemoTruth], tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str, str]:
    settings = Settings(
        data=tmp_path_factory.mktemp("two"), public_url="http://coach.test", secret="a-key-for-tests-only-0123456789-ABCDEFGHIJ", worker=False, **CHEAP_HASHES
    )  # fmt: skip
    await run_sql(postgres, f"CREATE DATABASE {TEMPLATE}")
    url = in_database(postgres, TEMPLATE)
    await migrate(url)
    database = Database(url, 2)
    (_, ann), (_, ben) = await register(database, "Ann"), await register(database, "Ben")
    app = create_app(settings, url)
    async with running(app), browser(app, ann) as one, browser(app, ben) as other:
        await send(one, demo[0])
        await run_jobs(app.state.services, "laps.read")
        laps = (await one.get("/api/v1/laps")).json()["laps"]
        slowest = max((lap for lap in laps if lap["clean"]), key=lambda lap: lap["lap_time_s"])
        path = settings.data / "slow.parquet"
        path.write_bytes((await one.get(f"/api/v1/laps/{slowest['id']}/file")).content)
        await send(other, path)
        await run_jobs(app.state.services, "laps.read")
    await database.close()
    return settings, ann, ben


@pytest.fixture
async def two(two_template: tuple[Settings, str, str], postgres: str, tmp_path: Path) -> AsyncIterator[Two]:
    settings, ann, ben = two_template
    shutil.copytree(settings.data / "files", tmp_path / "files")
    async with fresh_database(postgres, TEMPLATE) as url:
        app = create_app(settings.model_copy(update={"data": tmp_path}), url)
        database = Database(url, 3)
        async with running(app), browser(app, ann) as one, browser(app, ben) as other:
            laps = [lap for lap in (await one.get("/api/v1/laps?limit=200")).json()["laps"] if lap["clean"]]
            yield Two(app, database, one, other, sorted(laps, key=lambda lap: lap["lap_time_s"]))
        await database.close()


def missing() -> str:
    """An id that nothing has."""
    return str(uuid.uuid4())

"""Three drivers whose laps are filed, and an administrator; made once and copied."""

from __future__ import annotations

import io
import json
import shutil
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from starlette.applications import Starlette

from coach.demo import DemoTruth
from coach.laps.lap_files import lap_content
from coach.telemetry.lap_file import Provenance
from tests.web.conftest import CHEAP_HASHES, fresh_database, in_database, run_sql, running
from tests.web.laps.drivers import browser, register, run_jobs, send
from tests.web.people import another_browser, make_user, sign_in
from web.app import create_app
from web.database import Database, migrate
from web.laps.reading import ReadFile, ReadLap, read_file
from web.models.accounts import Identity, User
from web.settings import Settings

TEMPLATE = "template_with_laps_to_export"
ANN = "Änne Öhm-Żółć"
SUBJECT = "407193857201948573"  # Ann's number at a sign-in provider


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver, by browser and id."""

    id: uuid.UUID
    token: str
    client: httpx.AsyncClient | None = None


@dataclass(frozen=True, slots=True)
class Paddock:
    """Ann shares and has three driven laps, one of them not clean; Ben does not share and has one; Cal shares and has a simulated session."""

    app: Starlette
    database: Database
    ann: Driver
    ben: Driver
    cal: Driver
    admin: httpx.AsyncClient

    async def make(self, **asked: str) -> Export:
        """An export, made to its end."""
        export = await self.begin(**asked)
        await self.work()
        return export

    async def begin(self, **asked: str) -> Export:
        """An export that is asked for."""
        answer = await self.admin.post("/admin/exports", data=asked)
        assert answer.status_code == 303, answer.text
        return Export(self, answer.headers["location"].rsplit("/", 1)[-1])

    async def work(self, *names: str) -> list[str]:
        """Do what waits on the queue; `names`: only these, the rest is dropped."""
        return await run_jobs(self.app.state.services, *names)

    async def keys(self, prefix: str = "exports") -> list[str]:
        """What lies in the store."""
        return sorted([key async for key in self.app.state.services.storage.keys(prefix)])


@dataclass(frozen=True, slots=True)
class Export:
    """An export as its page and the API give it."""

    paddock: Paddock
    id: str

    async def state(self) -> dict[str, Any]:
        return (await self.paddock.admin.get(f"/api/v1/exports/{self.id}")).json()

    async def rows(self) -> list[dict[str, Any]]:
        """The manifest that is downloaded."""
        answer = await self.paddock.admin.post(f"/admin/exports/{self.id}/manifest")
        assert answer.status_code == 200, answer.text
        return pq.read_table(io.BytesIO(answer.content)).to_pylist()

    async def stored(self) -> tuple[list[dict[str, Any]], list[str]]:
        """The manifest that is stored: its rows, and the withdrawn it names."""
        table = pq.read_table(io.BytesIO(await self.file("manifest.parquet")))
        return table.to_pylist(), json.loads(table.schema.metadata[b"racing_coach.withdrawn"])

    async def file(self, name: str) -> bytes:
        return await self.paddock.app.state.services.storage.get(f"exports/{self.id}/{name}")


def driven(read: ReadLap, **session: Any) -> bytes:
    """A lap of the simulated session as a lap file that says it was driven, with everything in it that names somebody."""
    told = replace(read.recording.session, simulated=False, player_name=ANN, notes=(f"driven by {ANN}",), **session)
    return lap_content(
        replace(read.recording, session=told), read.lap, track_length_m=read.track_length_m, provenance=Provenance(driver=ANN, licence=ANN)
    )


async def add_lap(client: httpx.AsyncClient, content: bytes, folder: Path, name: str = "lap.parquet") -> None:
    path = folder / "lap.parquet"
    path.write_bytes(content)
    assert (await send(client, path, name)).status_code == 303


@pytest.fixture(scope="session")
def simulated_session(demo: tuple[Path, DemoTruth]) -> ReadFile:
    return read_file(demo[0], "session.ibt")


@pytest.fixture(scope="session")
def clean_laps(simulated_session: ReadFile) -> list[ReadLap]:
    return [read for read in simulated_session.laps if not read.lap.reasons]


@pytest.fixture(scope="session")
def dirty_lap(clean_laps: list[ReadLap]) -> ReadLap:
    """A lap with a tow in it."""
    read = clean_laps[3]
    columns = {name: read.recording.column(name).copy() for name in read.recording.available}
    middle = (read.lap.first + read.lap.last) // 2
    columns["on_pit_road"] = columns.get("on_pit_road", columns["speed_mps"] * 0.0)
    columns["on_pit_road"][middle : middle + 120] = 1.0
    available = read.recording.available | {"on_pit_road"}
    return replace(read, recording=replace(read.recording, loader=columns.get, available=available, _cache={}))


@pytest.fixture(scope="session")
async def paddock_template(
    postgres: str, demo: tuple[Path, DemoTruth], clean_laps: list[ReadLap], dirty_lap: ReadLap, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Settings, list[Driver], User]:
    settings = Settings(
        data=tmp_path_factory.mktemp("paddock"), public_url="http://coach.test", secret="a-key-for-tests-only-0123456789-ABCDEFGHIJ", worker=False,
        requests_per_minute=100_000, **CHEAP_HASHES
    )  # fmt: skip
    await run_sql(postgres, f"CREATE DATABASE {TEMPLATE}")
    url = in_database(postgres, TEMPLATE)
    await migrate(url)
    database = Database(url, 3)
    drivers = [Driver(*await register(database, name, shares=shares)) for name, shares in ((ANN, True), ("ben", False), ("cal", True))]
    chief = await make_user(database, "chief@example.org", admin=True)
    async with database.transaction() as session:
        session.add(Identity(user_id=drivers[0].id, provider="discord", subject=SUBJECT))
    app = create_app(settings, url)
    async with running(app):
        sent = [
            [driven(clean_laps[0]), driven(clean_laps[1], car_id="othercar", car_name="Other Car"), driven(dirty_lap)],
            [driven(clean_laps[2])],
            [demo[0].read_bytes()],
        ]
        for driver, contents in zip(drivers, sent, strict=True):
            async with browser(app, driver.token) as client:
                for content in contents:
                    await add_lap(client, content, settings.data, f"lap of {ANN}.parquet")
        await run_jobs(app.state.services, "laps.read")
    await database.close()
    return settings, drivers, chief


@pytest.fixture
async def paddock(paddock_template: tuple[Settings, list[Driver], User], postgres: str, tmp_path: Path) -> AsyncIterator[Paddock]:
    settings, drivers, chief = paddock_template
    shutil.copytree(settings.data / "files", tmp_path / "files")
    async with fresh_database(postgres, TEMPLATE) as url:
        app = create_app(settings.model_copy(update={"data": tmp_path}), url)
        database = Database(url, 3)
        async with running(app), another_browser(app) as admin:
            await sign_in(app, admin, chief)
            async with (
                browser(app, drivers[0].token) as one,
                browser(app, drivers[1].token) as two,
                browser(app, drivers[2].token) as three,
            ):
                ann, ben, cal = (
                    replace(driver, client=client) for driver, client in zip(drivers, (one, two, three), strict=True)
                )  # fmt: skip
                yield Paddock(app, database, ann, ben, cal, admin)
        await database.close()

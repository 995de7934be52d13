from __future__ import annotations

import asyncio
import json
import re
import struct
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest
from sqlalchemy import event, text
from starlette.applications import Starlette

from tests.coach.telemetry.test_parquet_pages import page, with_last_column, zeros_packed
from tests.web.conftest import running
from tests.web.laps.conftest import Filed
from tests.web.laps.drivers import browser, register, run_jobs, send
from tests.web.people import allow_program
from web.app import create_app
from web.database import Database
from web.jobs.task import TASKS
from web.laps import service
from web.laps.personal_data import LapData
from web.laps.reading import ReadFile
from web.laps.workbench import workbench_of
from web.models.accounts import User


class TestFromFileToPage:
    async def test_what_becomes_of_a_file_is_told(self, app: Starlette, database: Database, session_file: Path) -> None:
        _, token = await register(database)
        async with running(app), browser(app, token) as client:
            assert (await send(client, session_file)).status_code == 303
            assert "being read" in (await client.get("/upload")).text
            assert await run_jobs(app.state.services) == ["laps.read", "laps.compare"]
            assert "7 new laps" in (await client.get("/upload")).text

    async def test_causes_stand_on_the_page_of_a_lap(self, filed: Filed) -> None:
        page = await filed.client.get("/laps")
        assert len(set(re.findall(r"/laps/([0-9a-f-]{36})\"", page.text))) == 7
        lap = await filed.client.get(f"/laps/{filed.slowest['id']}")
        assert lap.status_code == 200
        for word in ("Where to look first", "both methods agree", "simulated, not driven", "Compare with", "Grip used"):
            assert word in lap.text

    async def test_the_same_file_again_brings_nothing_new(self, filed: Filed, session_file: Path) -> None:
        await send(filed.client, session_file)
        assert await run_jobs(filed.app.state.services) == []
        assert await count(filed.database, "uploads") == 1
        assert await count(filed.database, "laps") == 7

    async def test_laps_that_came_in_another_file_are_known(
        self, app: Starlette, database: Database, session_file: Path, session_read: ReadFile, tmp_path: Path
    ) -> None:
        path = tmp_path / "lap.parquet"
        path.write_bytes(session_read.laps[2].content())
        _, token = await register(database)
        async with running(app), browser(app, token) as client:
            await send(client, path)
            await run_jobs(app.state.services, "laps.read")
            await send(client, session_file)
            await run_jobs(app.state.services, "laps.read")
            assert "6 new laps</a>, 1 you had already" in (await client.get("/upload")).text
            assert await count(database, "laps") == 7

    async def test_a_job_that_runs_twice_files_once(self, filed: Filed, session_file: Path) -> None:
        services = filed.app.state.services
        async with services.database.transaction() as session:
            upload_id = await session.scalar(text("UPDATE uploads SET state = 'waiting' RETURNING id"))
            await service.read_upload(session, workbench_of(services.storage), services.settings, upload_id)
        assert await count(filed.database, "laps") == 7
        async with filed.database.transaction() as session:
            assert (await session.execute(text("SELECT laps, clean_laps FROM combinations"))).one() == (7, 7)
            assert (await session.execute(text("SELECT laps_new, laps_known FROM uploads"))).one() == (0, 7)

    async def test_laps_of_one_run_of_the_overlay_are_one_session(
        self, app: Starlette, database: Database, session_file: Path, session_read: ReadFile, tmp_path: Path
    ) -> None:
        _, token = await register(database)
        async with running(app), browser(app, token) as client:
            for k, read in enumerate(session_read.laps[:3]):
                path = tmp_path / f"0000001{k}_20261120T09330{k}Z_roadster_demo_lap{k}_1a2b3c4d.parquet"
                path.write_bytes(read.content())
                await send(client, path)
                await run_jobs(app.state.services, "laps.read")
            assert await count(database, "drives") == 1
            async with database.transaction() as session:
                assert (await session.execute(text("SELECT laps, driven_at::date::text FROM drives"))).one() == (3, "2026-11-20")

    async def test_metrics_follow_the_map_while_it_settles(
        self, app: Starlette, database: Database, session_file: Path, session_read: ReadFile, tmp_path: Path
    ) -> None:
        _, token = await register(database)
        async with running(app), browser(app, token) as client:
            ran = []
            for read in session_read.laps:
                path = tmp_path / f"{read.lap.number}.parquet"
                path.write_bytes(read.content())
                await send(client, path)
                ran += await run_jobs(app.state.services, "laps.read", "laps.measure")
            async with database.transaction() as session:
                versions = set(await session.scalars(text("SELECT DISTINCT map_version FROM laps")))
                assert versions == {await session.scalar(text("SELECT map_version FROM tracks"))}
                assert await session.scalar(text("SELECT map_laps FROM tracks")) == 5  # it has settled
            assert ran.count("laps.measure") == 4

    async def test_another_version_of_the_engine_measures_again(self, filed: Filed) -> None:
        async with filed.database.transaction() as session:
            await session.execute(text("UPDATE laps SET made_by = 'older', corners = '[]'"))
        async with filed.app.state.services.database.transaction() as session:
            await TASKS["laps.renew"].run(session, {})
        async with filed.database.transaction() as session:
            assert await session.scalar(text("SELECT count(*) FROM laps WHERE made_by = 'older' OR corners = '[]'")) == 0


class TestBadFiles:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"not telemetry at all", "is in no format this program knows"),
            (b"PK\x03\x04" + b"\x00" * 100, "zip archive"),
            (b"PAR1" + b"\x00" * 500, "may be damaged"),
            (b"\x1f\x8b" + b"\x00" * 100, "cannot be unpacked"),
        ],
    )
    async def test_refused_with_a_reason_on_the_page(
        self, app: Starlette, database: Database, tmp_path: Path, content: bytes, says: str
    ) -> None:
        _, token = await register(database)
        path = tmp_path / "Ünïcode 🏁 <b>.ibt"
        path.write_bytes(content)
        async with running(app), browser(app, token) as client:
            assert (await send(client, path)).status_code == 303
            assert await run_jobs(app.state.services) == ["laps.read"]
            page = (await client.get("/upload")).text
            assert says in page
            assert "Ünïcode 🏁 &lt;b&gt;.ibt" in page
            assert "/tmp" not in page
            state = (await client.get("/api/v1/laps")).json()
            assert state == {"laps": [], "next": None}

    async def test_a_lap_file_that_unpacks_to_much_is_refused_with_its_reason(
        self, app: Starlette, database: Database, one_lap: Path, tmp_path: Path
    ) -> None:
        """How much memory it takes is measured in `tests/coach/telemetry/test_parquet_pages.py`."""
        _, token = await register(database)
        path = tmp_path / "bomb.parquet"
        path.write_bytes(with_last_column(one_lap.read_bytes(), page(600 << 20, zeros_packed(600), 4000)))
        async with running(app), browser(app, token) as client:
            assert (await send(client, path)).status_code == 303
            assert await run_jobs(app.state.services) == ["laps.read"]
            assert "bomb.parquet is no readable lap file: its column" in (await client.get("/upload")).text
            assert await count(database, "laps") == 0

    async def test_an_empty_file_is_refused_at_once(self, app: Starlette, database: Database, tmp_path: Path) -> None:
        _, token = await register(database)
        path = tmp_path / "empty.ibt"
        path.write_bytes(b"")
        async with running(app), browser(app, token) as client:
            assert (await send(client, path)).status_code == 422
            assert await count(database, "uploads") == 0

    async def test_too_much_is_refused_while_it_comes(self, settings, database_url: str, database: Database) -> None:
        app = create_app(settings.model_copy(update={"max_upload_mb": 1}), database_url)
        _, token = await register(database)
        sent = 0

        async def endless():
            nonlocal sent
            for _ in range(1000):
                sent += 1 << 16
                yield bytes(1 << 16)

        async with running(app), browser(app, token) as client:
            answer = await client.post("/api/v1/laps?name=x.ibt", content=endless())
            assert answer.status_code == 413
            assert answer.headers["content-type"] == "application/problem+json"
        assert sent < 3 << 20
        assert await count(database, "uploads") == 0

    async def test_a_full_account_keeps_what_it_has(self, settings, database_url: str, database: Database, session_file: Path) -> None:
        app = create_app(settings.model_copy(update={"quota_mb": 0}), database_url)
        _, token = await register(database)
        async with running(app), browser(app, token) as client:
            await send(client, session_file)
            await run_jobs(app.state.services)
            assert "Delete some first" in (await client.get("/upload")).text
            assert await count(database, "laps") == await count(database, "drives") == await count(database, "tracks") == 0

    async def test_random_damage_never_breaks_a_job(
        self, app: Starlette, database: Database, session_file: Path, session_read: ReadFile, tmp_path: Path
    ) -> None:
        random = np.random.default_rng(5)
        whole = session_read.laps[1].content()
        _, token = await register(database)
        async with running(app), browser(app, token) as client:
            for k in range(12):
                damaged = bytearray(whole)
                for place in random.integers(0, len(whole), 1 + k):
                    damaged[place] = random.integers(0, 256)
                path = tmp_path / f"{k}.parquet"
                path.write_bytes(bytes(damaged[: len(whole) - k * 100]) if k % 2 else bytes(damaged))
                await send(client, path)
            await run_jobs(app.state.services, "laps.read")
            async with database.transaction() as session:
                states = set(await session.scalars(text("SELECT state FROM uploads")))
            assert "waiting" not in states
            for address in ("/laps", "/sessions", "/progress", "/upload"):
                assert (await client.get(address)).status_code == 200

    async def test_a_lap_whose_file_lies_is_kept_and_shown_but_is_nobodys_best(
        self, app: Starlette, database: Database, session_read: ReadFile, tmp_path: Path
    ) -> None:
        _, token = await register(database)
        fast, next_best = sorted(session_read.laps, key=lambda read: read.lap.lap_time_s)[:2]
        path = tmp_path / "lap.parquet"
        async with running(app), browser(app, token) as client:
            for read in (replace(fast, lap=replace(fast.lap, end_s=fast.lap.end_s - 2.0)), next_best):
                path.write_bytes(read.content())
                await send(client, path)
                await run_jobs(app.state.services, "laps.read")
            laps = {lap["sound"]: lap for lap in (await client.get("/api/v1/laps")).json()["laps"]}
            assert laps[False]["lap_time_s"] < laps[True]["lap_time_s"]
            assert "The file claims" in (await client.get(f"/laps/{laps[False]['id']}")).text
            async with database.transaction() as session:
                assert str(await session.scalar(text("SELECT best_lap_id FROM combinations"))) == laps[True]["id"]


class TestOthers:
    async def test_nobody_else_sees_changes_or_deletes_a_lap(self, filed: Filed) -> None:
        _, other_token = await register(filed.database, "other")
        lap_id = filed.slowest["id"]
        async with stranger_of(filed.app) as stranger, browser(filed.app, other_token) as other:
            for who in (other, stranger):
                for address in (f"/laps/{lap_id}", f"/laps/{lap_id}/series", f"/laps/{lap_id}/file"):
                    assert (await who.get(address)).status_code == 404
            for part in ("", "/comparison", "/file", "/series"):
                assert (await other.get(f"/api/v1/laps/{lap_id}{part}")).status_code == 404
                assert (await stranger.get(f"/api/v1/laps/{lap_id}{part}")).status_code == 401
            assert (await other.post(f"/laps/{lap_id}/delete")).status_code == 404
            assert (await other.post(f"/laps/{lap_id}/share", data={"visibility": "link"})).status_code == 404
            assert (await other.patch(f"/api/v1/laps/{lap_id}", json={"visibility": "public"})).status_code == 404
            assert (await other.delete(f"/api/v1/laps/{lap_id}")).status_code == 404
            async with filed.database.transaction() as session:
                upload = await session.scalar(text("SELECT id FROM uploads"))
            drive, combination = filed.slowest["drive_id"], filed.slowest["combination_id"]
            for address in (f"/sessions/{drive}", f"/progress/{combination}", f"/api/v1/uploads/{upload}"):
                assert (await other.get(address)).status_code == 404
            assert lap_id not in (await other.get(f"/laps?combination={combination}")).text
        assert (await filed.client.get(f"/laps/{lap_id}")).status_code == 200

    async def test_who_has_the_link_sees_this_lap_and_no_other(self, filed: Filed) -> None:
        lap, best = filed.laps[0], filed.laps[-1]
        async with stranger_of(filed.app) as stranger:
            assert (await filed.client.post(f"/laps/{lap['id']}/share", data={"visibility": "link"})).status_code == 303
            page = await stranger.get(f"/laps/{lap['id']}")
            assert page.status_code == 200
            assert best["id"] not in page.text
            assert "potential lap" in page.text
            assert "Delete" not in page.text
            series = re.search(r'data-series="([^"]+)"', page.text)
            assert series
            assert (await stranger.get(series[1])).status_code == 200
            assert (await stranger.get(f"/laps/{lap['id']}?against={best['id']}")).status_code == 404
            assert (await filed.client.post(f"/laps/{lap['id']}/share", data={"visibility": "private"})).status_code == 303
            assert (await stranger.get(f"/laps/{lap['id']}")).status_code == 404

    async def test_a_program_without_the_scope_sees_no_lap_by_the_pages_either(self, filed: Filed) -> None:
        async with filed.database.transaction() as session:
            owner = await session.get(User, filed.owner)
        assert owner is not None
        lap_id = filed.slowest["id"]
        async with stranger_of(filed.app) as program:
            headers = {"Authorization": f"Bearer {await allow_program(filed.app, owner, ['consent'])}"}
            for part in ("", "/series", "/file"):
                assert (await program.get(f"/laps/{lap_id}{part}", headers=headers)).status_code == 404

    async def test_two_drivers_may_keep_the_same_lap(self, filed: Filed, session_file: Path) -> None:
        _, token = await register(filed.database, "two")
        async with browser(filed.app, token) as client:
            await send(client, session_file)
            await run_jobs(filed.app.state.services, "laps.read")
        assert await count(filed.database, "laps") == 14
        assert await count(filed.database, "tracks") == 2


class TestLap:
    async def test_one_page_that_many_open_at_once_is_compared_once(self, filed: Filed, monkeypatch: pytest.MonkeyPatch) -> None:
        made, real = [], service._compared

        async def compared(*arguments: object) -> object:
            made.append(1)
            return await real(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(service, "_compared", compared)
        address = f"/laps/{filed.slowest['id']}?against=potential"
        answers = await asyncio.gather(*(filed.client.get(address) for _ in range(8)))
        assert [answer.status_code for answer in answers] == [200] * 8
        assert len(made) == 1

    async def test_any_two_own_laps_are_compared_and_what_cannot_be_says_why(self, filed: Filed) -> None:
        lap, other = filed.laps[0], filed.laps[3]
        answer = (await filed.client.get(f"/api/v1/laps/{lap['id']}/comparison?against={other['id']}")).json()
        assert answer["reference_id"] == other["id"]
        assert answer["comparison"]["delta_s"] == pytest.approx(lap["lap_time_s"] - other["lap_time_s"], abs=2e-4)
        lost = [corner["time_lost_s"] for corner in answer["comparison"]["corners"]]
        assert sum(lost) == pytest.approx(answer["comparison"]["delta_s"], abs=2e-3)
        for wrong, status in ((lap["id"], 409), ("nonsense", 404), (uuid.uuid4(), 404)):
            assert (await filed.client.get(f"/laps/{lap['id']}?against={wrong}")).status_code == status

    async def test_series_holds_the_engines_delta(self, filed: Filed) -> None:
        lap = filed.slowest["id"]
        answer = await filed.client.get(f"/laps/{lap}/series")
        size = struct.unpack_from("<I", answer.content)[0]
        head = json.loads(answer.content[4 : 4 + size])
        columns = np.frombuffer(answer.content, "<f4", offset=4 + size).reshape(len(head["columns"]), head["points"])
        found = dict(zip(head["columns"], columns, strict=True))
        document = (await filed.client.get(f"/api/v1/laps/{lap}/comparison")).json()["comparison"]
        assert found["delta_s"][0] == 0.0
        assert found["delta_s"][-1] == pytest.approx(document["delta_s"], abs=0.02)  # the last point lies up to 2 m before the line
        assert 20.0 < found["speed_kmh"].min() < found["speed_kmh"].max() < 300.0
        for name in ("name", "turn_number"):
            assert [corner[name] for corner in head["corners"]] == [c[name] for c in document["corners"] if c["number"]]
        assert (await filed.client.get(f"/laps/{lap}/series", headers={"If-None-Match": answer.headers["etag"]})).status_code == 304
        potential = await filed.client.get(f"/laps/{lap}/series?against=potential")
        assert potential.status_code == 200
        assert potential.content != answer.content

    async def test_deleting_takes_file_counts_and_comparisons_along(self, filed: Filed) -> None:
        storage = filed.app.state.services.storage
        for left, lap in zip(range(6, -1, -1), reversed(filed.laps), strict=True):
            assert (await filed.client.post(f"/laps/{lap['id']}/delete")).status_code == 303
            assert len([key async for key in storage.keys("laps")]) == left
            assert await count(filed.database, "laps") == left
            async with filed.database.transaction() as session:
                best = await session.scalar(text("SELECT best_time_s FROM combinations"))
            assert best == (filed.laps[left - 1]["lap_time_s"] if left else None)
        for table in ("lap_comparisons", "drives", "combinations"):
            assert await count(filed.database, table) == 0
        assert "Your first lap is missing" in (await filed.client.get("/laps")).text

    @pytest.mark.parametrize("shares", [True, False])
    async def test_consent_of_the_moment_is_kept_with_the_lap(
        self, app: Starlette, database: Database, one_lap: Path, shares: bool
    ) -> None:
        owner, token = await register(database, shares=shares)
        async with running(app), browser(app, token) as client:
            await send(client, one_lap)
            await run_jobs(app.state.services, "laps.read")
        async with database.transaction() as session:
            query = "SELECT l.may_train, c.given FROM laps l JOIN consent_records c ON c.id = l.consent_id WHERE l.user_id = :owner"
            assert (await session.execute(text(query), {"owner": owner})).all() == [(shares, shares)]


class TestPersonalData:
    async def test_everything_is_handed_over_and_nothing_stays(self, filed: Filed) -> None:
        services = filed.app.state.services
        async with services.database.transaction() as session:
            files = {file.name: file.content async for file in LapData().files(session, filed.owner)}
            assert sum(name.endswith(".parquet") for name in files) == 7
            table = files["laps/laps.csv"].decode().splitlines()
            assert len(table) == 8
            (sent,) = json.loads(files["laps/uploads.json"])
            assert (sent["name"].endswith(".ibt"), sent["state"], sent["laps_new"]) == (True, "done", 7)
            assert await LapData().erase(session, filed.owner) == ()
        assert [key async for key in services.storage.keys("laps")] == []

    async def test_a_file_that_is_read_while_its_account_is_deleted_leaves_nothing(self, filed: Filed, session_file: Path) -> None:
        services = filed.app.state.services
        await run_jobs(services)
        async with services.database.transaction() as session:
            await session.execute(text("DELETE FROM laps"))
            await session.execute(text("UPDATE uploads SET state = 'waiting'"))
            await services.storage.put(service.incoming_key(await session.scalar(text("SELECT id FROM uploads"))), session_file)
            reading = await session.scalar(text("SELECT id FROM uploads"))
        async with services.database.transaction() as session:  # the account's deletion waits for the row that the reading job holds
            await TASKS["laps.read"].run(session, {"upload_id": str(reading)})
            async with services.database.transaction() as deletion:
                await LapData().erase(deletion, filed.owner)
            await services.storage.put(f"laps/{filed.owner}/ab/late.parquet", b"late")
        async with services.database.transaction() as session:
            await session.execute(text("DELETE FROM users WHERE id = :id"), {"id": filed.owner})
        assert [key async for key in services.storage.keys("laps")] != []
        await run_jobs(services)
        assert [key async for key in services.storage.keys("laps")] == []


class TestQueries:
    async def test_pages_keep_their_number_of_queries(self, filed: Filed) -> None:
        """However many laps there are; one of them finds out who asks."""
        lap = filed.slowest
        pages = {
            "/laps": 3, "/laps?clean=1": 3, "/sessions": 2, "/progress": 2, "/upload": 2,
            f"/sessions/{lap['drive_id']}": 3, f"/progress/{lap['combination_id']}": 4, f"/laps/{lap['id']}": 5,
        }  # fmt: skip
        seen = {}
        for address in pages:
            await filed.client.get(address)
            with queries(filed.app) as statements:
                assert (await filed.client.get(address)).status_code == 200
            seen[address] = len(statements)
        assert seen == pages


@contextmanager
def queries(app: Starlette) -> Iterator[list[str]]:
    """The statements that the application sends meanwhile, the signed-in browser's included."""
    seen: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest) -> None:
        seen.append(statement)

    engine = app.state.services.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def count(database: Database, table: str) -> int:
    async with database.transaction() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")))


@asynccontextmanager
async def stranger_of(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without an account; the application runs already."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=app.state.settings.origin) as made:
        yield made

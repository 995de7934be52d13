"""Nobody is named in an export, exports cannot be joined, and who withdraws is out."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, text

from tests.web.exports.conftest import ANN, SUBJECT, Export, Paddock, add_lap, driven
from web.consent.texts import Kind, current
from web.exports import service
from web.exports.personal_data import ExportData
from web.jobs.task import TASKS
from web.laps.reading import ReadLap
from web.models.accounts import User
from web.models.exports import ExportedLap, TrainingExport
from web.personal_data import erase_all


async def everything(paddock: Paddock) -> dict[str, bytes]:
    """All that lies in the store of exports: names and raw bytes, and what a reader sees in the compressed parts."""
    found = {}
    for key in await paddock.keys():
        content = await paddock.app.state.services.storage.get(key)
        table = pq.read_table(io.BytesIO(content))
        texts = [
            json.dumps(table.column(name).to_pylist())
            for name in table.column_names
            if not pa.types.is_decimal(table.schema.field(name).type)
        ]
        metadata = b"\n".join(part for pair in (table.schema.metadata or {}).items() for part in pair)
        found[key] = b"\n".join([key.encode(), content, metadata, *(one.encode() for one in texts)])
    return found


async def identifying(paddock: Paddock) -> dict[str, bytes]:
    """Everything that tells who somebody is, or which row here stands for what."""
    words = {"name": ANN.encode(), "name, escaped": json.dumps(ANN)[1:-1].encode(), "provider": SUBJECT.encode()}
    async with paddock.database.transaction() as session:
        for user in await session.scalars(select(User)):
            words |= {f"mail of {user.name}": user.email.encode(), f"mail box of {user.name}": user.email.split("@")[0].encode()}
        for table in ("users", "laps", "drives", "uploads", "tracks", "combinations", "consent_records", "browser_sessions"):
            for row_id in await session.scalars(text(f"SELECT id FROM {table}")):
                words |= {
                    f"{table} {row_id}": str(row_id).encode(),
                    f"{table} {row_id} hex": row_id.hex.encode(),
                    f"{table} {row_id} raw": row_id.bytes,
                }
        for content_hash in await session.scalars(text("SELECT content_hash FROM laps")):
            words[f"hash {content_hash}"] = content_hash.encode()
        for key in await session.scalars(select(TrainingExport.pseudonym_key).where(TrainingExport.pseudonym_key.is_not(None))):
            words["key"] = key
    return words


async def test_no_file_holds_a_name_an_address_or_an_id(paddock: Paddock) -> None:
    await paddock.make(simulated="true", quality="any")
    files, words = await everything(paddock), await identifying(paddock)
    assert len(files) > 8
    assert len(words) > 100
    found = [f"{what} in {key}" for key, content in files.items() for what, word in words.items() if word in content]
    assert found == []


async def test_that_test_would_find_what_a_file_does_say(paddock: Paddock) -> None:
    """The same search finds a car's name, in the raw bytes and in what is compressed."""
    await paddock.make()
    files = await everything(paddock)
    assert all(b"Other Car" in content for key, content in files.items() if "manifest" in key)
    assert any(b"Other Car" in content for key, content in files.items() if "laps" in key)


async def test_pseudonyms_of_two_exports_cannot_be_joined(paddock: Paddock) -> None:
    one, other = [await (await paddock.make(simulated="true")).rows() for _ in range(2)]
    for column in ("lap", "driver", "drive", "file", "sha256"):
        assert not {row[column] for row in one} & {row[column] for row in other}, column
    assert len({row["driver"] for row in one}) == 2  # Ann and Cal: within one export a driver stays a driver
    assert len({row["drive"] for row in one if row["simulated"]}) == 1


async def test_key_is_forgotten_with_the_last_lap(paddock: Paddock) -> None:
    await paddock.begin()
    assert await keys(paddock) != [None]
    await paddock.work()
    assert await keys(paddock) == [None]


async def keys(paddock: Paddock) -> list[bytes | None]:
    async with paddock.database.transaction() as session:
        return list(await session.scalars(select(TrainingExport.pseudonym_key)))


async def test_lap_with_its_drivers_name_in_a_text_is_left_out(paddock: Paddock, clean_laps: list[ReadLap], tmp_path: Path) -> None:
    assert paddock.ann.client is not None
    for number, where in enumerate(("car_name", "track_name", "session_type")):
        await add_lap(
            paddock.ann.client, driven(clean_laps[3 + number % 2], car_id=where, **{where: f"the one of {ANN.upper()}"}), tmp_path
        )
    await paddock.work("laps.read")
    export = await paddock.make()
    state = await export.state()
    assert (state["laps_written"], state["laps_left_out"]) == (2, 3)
    assert not [key for key, content in (await everything(paddock)).items() if ANN.upper().encode() in content]


async def say(client: httpx.AsyncClient | None, *, given: bool) -> None:
    assert client is not None
    answer = await client.post("/privacy/telemetry", data={"given": str(given).lower(), "version": current(Kind.TELEMETRY).version})
    assert answer.status_code == 303, answer.text


class TestWithdrawal:
    async def test_out_of_future_exports_at_once_and_listed_in_published_ones(self, paddock: Paddock) -> None:
        export = await paddock.make()
        before = await export.rows()
        await say(paddock.ann.client, given=False)
        # No job has run: what is asked for now knows already, what is stored does not.
        assert (await export.state())["withdrawn"] == sorted(row["lap"] for row in before)
        assert await export.rows() == []
        assert "Withdrawn since: 2" in (await paddock.admin.get(f"/admin/exports/{export.id}")).text
        assert len((await export.stored())[0]) == 2
        later = await paddock.begin()
        assert (await later.state())["laps_total"] == 0
        assert "exports.withdraw" in await paddock.work()
        assert await export.stored() == ([], sorted(row["lap"] for row in before))
        assert await paddock.keys() == sorted(f"exports/{one.id}/manifest.parquet" for one in (export, later))

    async def test_others_stay(self, paddock: Paddock) -> None:
        export = await paddock.make(simulated="true")
        await say(paddock.cal.client, given=False)
        await paddock.work()
        rows, withdrawn = await export.stored()
        assert len(rows) == 2
        assert len(withdrawn) >= 5
        assert {row["simulated"] for row in rows} == {False}
        assert (await export.state())["withdrawn"] == withdrawn

    async def test_a_new_yes_is_for_new_laps(self, paddock: Paddock, clean_laps: list[ReadLap], tmp_path: Path) -> None:
        export = await paddock.make()
        await say(paddock.ann.client, given=False)
        await say(paddock.ann.client, given=True)
        assert len((await export.state())["withdrawn"]) == 2
        assert await (await paddock.make()).rows() == []
        assert paddock.ann.client is not None
        await add_lap(paddock.ann.client, driven(clean_laps[4]), tmp_path)
        await paddock.work("laps.read")
        assert len(await (await paddock.make()).rows()) == 1
        assert len((await export.state())["withdrawn"]) == 2

    async def test_laps_that_came_without_consent_are_never_used(self, paddock: Paddock) -> None:
        await say(paddock.ben.client, given=True)
        assert len(await (await paddock.make()).rows()) == 2  # Ann's, as before

    async def test_while_it_is_being_made(self, paddock: Paddock, monkeypatch: pytest.MonkeyPatch) -> None:
        """The first of two laps is written already when its driver withdraws."""
        monkeypatch.setattr(service, "LAPS_AT_ONCE", 1)
        export = await paddock.begin()
        async with paddock.app.state.services.database.transaction() as session:
            await TASKS["exports.build"].run(session, {"export_id": export.id})
        assert (await export.state())["laps_written"] == 1
        await say(paddock.ann.client, given=False)
        await paddock.work()
        rows, withdrawn = await export.stored()
        assert (rows, len(withdrawn)) == ([], 1)
        assert await paddock.keys() == [f"exports/{export.id}/manifest.parquet"]

    async def test_archive_that_is_asked_for_later_does_not_hold_them(self, paddock: Paddock) -> None:
        export = await paddock.make()
        await say(paddock.ann.client, given=False)
        answer = await paddock.admin.post(f"/admin/exports/{export.id}/download")
        with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
            assert [name.rpartition("/")[2] for name in archive.getnames()] == ["manifest.parquet"]

    async def test_deleted_laps_are_withdrawn(self, paddock: Paddock) -> None:
        export = await paddock.make()
        assert paddock.ann.client is not None
        laps = (await paddock.ann.client.get("/api/v1/laps?clean=true")).json()["laps"]
        assert (await paddock.ann.client.post(f"/laps/{laps[0]['id']}/delete")).status_code == 303
        assert len((await export.state())["withdrawn"]) == 1
        async with paddock.app.state.services.database.transaction() as session:
            await service.withdraw(session, paddock.app.state.services.storage, None)  # as the clock does
        rows, withdrawn = await export.stored()
        assert (len(rows), withdrawn) == (1, (await export.state())["withdrawn"])

    async def test_deleted_accounts_are_withdrawn_and_what_stays_is_said(self, paddock: Paddock) -> None:
        export = await paddock.make()
        services = paddock.app.state.services
        async with services.database.transaction() as session:
            stays = await erase_all(paddock.app.state.personal_data, session, paddock.ann.id)
        assert any("listed as withdrawn" in sentence for sentence in stays)
        assert len((await export.state())["withdrawn"]) == 2
        await paddock.work()
        rows, withdrawn = await export.stored()
        assert (rows, len(withdrawn)) == ([], 2)
        async with paddock.database.transaction() as session:
            assert set(await session.scalars(select(ExportedLap.lap_id))) == {None}

    async def test_driver_can_see_where_their_laps_went(self, paddock: Paddock) -> None:
        export = await paddock.make()
        async with paddock.app.state.services.database.transaction() as session:
            for driver, laps in ((paddock.ann, [2]), (paddock.ben, [])):
                (file,) = [file async for file in ExportData().files(session, driver.id)]
                told = json.loads(file.content)
                assert [row["laps"] for row in told] == laps
                assert not any(row["lap"].encode() in file.content for row in await Export(paddock, export.id).rows())

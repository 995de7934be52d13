"""Which laps an export has, and what its files say."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from sqlalchemy import select, text

from coach.telemetry.channels import BY_NAME
from coach.telemetry.lap_file import read_lap_file
from tests.web.exports.conftest import Paddock, add_lap, driven
from web.consent.texts import Kind, current
from web.exports import service
from web.jobs.queue import enqueue
from web.jobs.task import TASKS
from web.laps.reading import ReadLap, read_file
from web.models.audit import AuditEvent
from web.models.laps import Lap


async def test_clean_driven_laps_whose_drivers_agreed_are_in_it_and_no_others(paddock: Paddock) -> None:
    export = await paddock.make()
    rows = await export.rows()
    assert len(rows) == 2  # Ann's; her third is not clean, Ben does not share, Cal's are simulated
    assert {row["clean"] for row in rows} == {True}
    assert {row["simulated"] for row in rows} == {False}
    assert len({row["driver"] for row in rows}) == 1
    state = await export.state()
    assert (state["state"], state["laps_total"], state["laps_written"], state["withdrawn"]) == ("done", 2, 2, [])
    assert await paddock.keys() == sorted(
        [f"exports/{export.id}/manifest.parquet", *(f"exports/{export.id}/{row['file']}" for row in rows)]
    )


async def test_simulated_laps_come_only_when_asked_for_and_marked(paddock: Paddock) -> None:
    export = await paddock.make(simulated="true")
    rows = await export.rows()
    marked = [row for row in rows if row["simulated"]]
    assert len(marked) >= 5
    assert len(rows) == len(marked) + 2
    for row in rows:
        assert (row["findings"] == ["simulated"]) is row["simulated"]
        assert (await _file(paddock, export.id, row)).recording.session.simulated is row["simulated"]


async def _file(paddock: Paddock, export_id: str, row: dict[str, object]):
    folder = paddock.app.state.settings.data / "files" / "exports" / export_id
    return read_lap_file(folder / str(row["file"]))


async def test_filters(paddock: Paddock) -> None:
    cars = [row["car_id"] for row in await (await paddock.make()).rows()]
    assert "othercar" in cars
    for asked, wanted in (
        ({"car": "othercar"}, 1),
        ({"car": "no such car"}, 0),
        ({"track": "no such track"}, 0),
        ({"quality": "any"}, 3),
        ({"quality": "any", "car": "othercar"}, 1),
        ({"consent_version": current(Kind.TELEMETRY).version}, 2),
        ({"consent_version": "2020-01-01"}, 0),
    ):
        export = await paddock.make(**asked)
        assert len(await export.rows()) == wanted, asked
    async with paddock.database.transaction() as session:
        track = await session.scalar(text("SELECT track_key FROM tracks WHERE NOT simulated LIMIT 1"))
    assert len(await (await paddock.make(track=track)).rows()) == 2


async def test_any_quality_says_what_is_wrong(paddock: Paddock) -> None:
    rows = await (await paddock.make(quality="any")).rows()
    (dirty,) = [row for row in rows if not row["clean"]]
    assert dirty["reasons"]


async def test_data_that_do_not_hold_together_are_not_clean(paddock: Paddock) -> None:
    async with paddock.database.transaction() as session:
        await session.execute(text("""UPDATE laps SET findings = '[{"kind": "distance", "says": "too short"}]' WHERE clean"""))
    assert await (await paddock.make(simulated="true")).rows() == []


async def test_samples_and_conditions_are_those_that_were_driven(paddock: Paddock, clean_laps: list[ReadLap]) -> None:
    export = await paddock.make(car="othercar")
    (row,) = await export.rows()
    folder = paddock.app.state.settings.data / "files" / "exports" / export.id
    (again,) = read_file(folder / row["file"], "lap").laps
    original = clean_laps[1]
    assert again.lap.lap_time_s == pytest.approx(original.lap.lap_time_s, abs=2e-5)
    assert row["lap_time_s"] == pytest.approx(original.lap.lap_time_s, abs=2e-5)
    for name in ("speed_mps", "brake_frac", "steer_rad", "lap_dist_m", "track_temp_c"):
        ours = again.recording.column(name)[again.lap.first : again.lap.last]
        theirs = original.recording.column(name)[original.lap.first : original.lap.last]
        assert ours == pytest.approx(theirs, abs=0.51 * BY_NAME[name].step), name
    assert again.recording.column("session_time_s")[0] == 0.0
    assert row["track_temp_c"] == pytest.approx(float(original.recording.column("track_temp_c").mean()), abs=0.5)


async def test_laps_that_came_after_it_was_asked_for_wait_for_the_next(
    paddock: Paddock, clean_laps: list[ReadLap], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LAPS_AT_ONCE", 1)
    export = await paddock.begin()
    assert paddock.ann.client is not None
    await add_lap(paddock.ann.client, driven(clean_laps[4]), tmp_path)
    await paddock.work("laps.read", "exports.build", "exports.tidy")
    assert len(await export.rows()) == 2
    assert len(await (await paddock.make()).rows()) == 3


async def test_damaged_and_missing_files_are_left_out_and_counted(paddock: Paddock) -> None:
    async with paddock.database.transaction() as session:
        first, second = await session.scalars(select(Lap.file_key).where(Lap.user_id == paddock.ann.id, Lap.clean).order_by(Lap.id))
    storage = paddock.app.state.services.storage
    await storage.put(first, b"PAR1 but not much more")
    await storage.delete([second])
    export = await paddock.make()
    state = await export.state()
    assert (state["state"], state["laps_written"], state["laps_left_out"]) == ("done", 0, 2)
    assert await export.rows() == []


async def test_archive_holds_manifest_and_laps(paddock: Paddock) -> None:
    export = await paddock.make()
    answer = await paddock.admin.post(f"/admin/exports/{export.id}/download")
    assert answer.headers["content-disposition"].startswith("attachment")
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
        assert sorted(names) == sorted(["manifest.parquet", *(row["file"] for row in await export.rows())])
        for member in archive.getmembers():
            held = archive.extractfile(member)
            assert held is not None
            if member.name.endswith("manifest.parquet"):
                continue
            assert held.read() == await export.file(member.name.partition("/")[2])


class TestAttempts:
    async def test_attempt_that_is_broken_off_is_done_again_without_a_trace(
        self, paddock: Paddock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The files of the broken attempt lie there already; a lap withdrawn meanwhile leaves none."""
        export = await paddock.begin()
        real = service._write
        written = 0

        async def broken(*arguments: object) -> object:
            nonlocal written
            row = await real(*arguments)  # type: ignore[arg-type]
            written += 1
            if written == 2:
                raise OSError("the worker is gone")
            return row

        monkeypatch.setattr(service, "_write", broken)
        with pytest.raises(OSError, match="worker"):
            await paddock.work()
        assert len(await paddock.keys()) == 2
        monkeypatch.setattr(service, "_write", real)
        async with paddock.database.transaction() as session:
            await session.execute(text("DELETE FROM laps WHERE combination_id IN (SELECT id FROM combinations WHERE car_key = 'othercar')"))
        async with paddock.app.state.services.database.transaction() as session:
            await enqueue(session, "exports.build", {"export_id": export.id})
        await paddock.work()
        rows = await export.rows()
        assert len(rows) == 1
        assert await paddock.keys() == sorted([f"exports/{export.id}/manifest.parquet", f"exports/{export.id}/{rows[0]['file']}"])

    async def test_export_that_cannot_be_made_says_so_and_keeps_nothing(self, paddock: Paddock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service, "LAPS_AT_ONCE", 1)
        export = await paddock.begin()
        async with paddock.app.state.services.database.transaction() as session:
            await TASKS["exports.build"].run(session, {"export_id": export.id})
        given_up = TASKS["exports.build"].given_up
        assert given_up is not None
        async with paddock.app.state.services.database.transaction() as session:
            await given_up(session, {"export_id": export.id})
        await paddock.work()
        assert (await export.state())["state"] == "failed"
        assert await paddock.keys() == []
        assert "failed several times" in (await paddock.admin.get(f"/admin/exports/{export.id}")).text
        assert (await paddock.admin.post(f"/admin/exports/{export.id}/manifest")).status_code == 409


class TestPages:
    async def test_progress_is_shown_while_it_is_made(self, paddock: Paddock, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service, "LAPS_AT_ONCE", 1)
        export = await paddock.begin()
        page = await paddock.admin.get(f"/admin/exports/{export.id}")
        assert "0 of 2 laps" in page.text
        assert "hx-trigger" in page.text
        part = await paddock.admin.get(f"/admin/exports/{export.id}", headers={"HX-Request": "true"})
        assert part.text.startswith('<div id="export"')
        assert (await paddock.admin.post(f"/admin/exports/{export.id}/download")).status_code == 409
        assert (await paddock.admin.post(f"/admin/exports/{export.id}/delete")).status_code == 409
        assert (await paddock.admin.get(f"/admin/exports/{export.id}/delete")).status_code == 409
        await paddock.work()
        assert "hx-trigger" not in (await paddock.admin.get(f"/admin/exports/{export.id}")).text
        assert "being made" not in (await paddock.admin.get("/admin/exports")).text

    async def test_what_an_administrator_does_is_written_down(self, paddock: Paddock) -> None:
        export = await paddock.make(car="othercar")
        await paddock.admin.post(f"/admin/exports/{export.id}/download")
        await export.rows()
        assert (await paddock.admin.post(f"/admin/exports/{export.id}/delete")).status_code == 303
        async with paddock.database.transaction() as session:
            events = list(
                await session.scalars(select(AuditEvent).where(AuditEvent.action.like("training export%")).order_by(AuditEvent.id))
            )
        assert [event.action.rpartition(" ")[2] for event in events] == ["made", "downloaded", "downloaded", "deleted"]
        assert {event.details["export"] for event in events} == {export.id}
        assert (events[0].details["car"], events[0].details["laps"]) == ("othercar", 1)
        assert "training export made" in (await paddock.admin.get("/admin/audit")).text
        await paddock.work()
        assert await paddock.keys() == []  # deleted with its files
        assert (await paddock.admin.get(f"/admin/exports/{export.id}")).status_code == 404

    async def test_deleting_asks_first_without_any_script(self, paddock: Paddock) -> None:
        export = await paddock.make()
        address = f"/admin/exports/{export.id}/delete"
        page = (await paddock.admin.get(f"/admin/exports/{export.id}")).text
        assert f'action="{address}"' not in page
        assert f'href="{address}"' in page
        asked = await paddock.admin.get(address)
        assert "Nobody can bring them back" in asked.text
        assert f'<form method="post" action="{address}"' in asked.text
        assert (await paddock.admin.get(f"/admin/exports/{export.id}")).status_code == 200  # asking deletes nothing
        assert (await paddock.admin.post(address)).status_code == 303
        assert (await paddock.admin.get(address)).status_code == 404

    async def test_form_that_makes_no_sense_is_refused(self, paddock: Paddock) -> None:
        for asked in ({"quality": "best"}, {"car": "x" * 121}, {"simulated": "perhaps"}):
            assert (await paddock.admin.post("/admin/exports", data=asked)).status_code == 422

    async def test_nobody_but_an_administrator_sees_any_of_it(self, paddock: Paddock) -> None:
        export = await paddock.make()
        assert paddock.ann.client is not None
        for method, path in (
            ("GET", "/admin/exports"),
            ("POST", "/admin/exports"),
            ("GET", f"/admin/exports/{export.id}"),
            ("GET", f"/admin/exports/{export.id}/delete"),
            ("GET", f"/api/v1/exports/{export.id}"),
            ("POST", f"/admin/exports/{export.id}/download"),
            ("POST", f"/admin/exports/{export.id}/manifest"),
            ("POST", f"/admin/exports/{export.id}/delete"),
        ):
            assert (await paddock.ann.client.request(method, path)).status_code == 403, path

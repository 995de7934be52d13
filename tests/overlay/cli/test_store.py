from __future__ import annotations

import json
import os

import pytest

from coach.cli.main import main
from coach.errors import CannotWrite
from coach.laps.lap import Reason
from overlay.settings.change import changed
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings
from overlay.store.spool import Spool
from overlay.store.store import LapStore
from tests.overlay.store.disks import fill_up, small_disk
from tests.overlay.store.laps import content


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("RACING_COACH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def laps(home):
    store = LapStore(home / "data" / "store")
    made = [
        store.save(content(1, 60.0)),
        store.save(content(2, 62.0, reasons=(Reason.OFF_TRACK, Reason.INCIDENT))),
        store.save(content(3, 61.0)),
        store.save(content(4, 50.0, car_id="gt3", simulated=True)),
    ]
    store.close()
    return made


def answer(capsys, *arguments):
    assert main(["store", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_empty_store_says_so(home, capsys):
    assert main(["store", "list"]) == 0
    assert "no such laps" in capsys.readouterr().out
    assert main(["store", "show"]) == 0
    assert "0 laps" in capsys.readouterr().out


def test_list_shows_driven_laps_and_their_marks(laps, capsys):
    found = answer(capsys, "list")["laps"]
    assert [lap["number"] for lap in found] == [3, 2, 1]
    assert [lap["best"] for lap in found] == [False, False, True]
    assert found[1]["reasons"] == ["off-track", "incident"]
    assert [lap["number"] for lap in answer(capsys, "list", "--clean", "--fastest", "--limit", "1")["laps"]] == [1]
    simulated = answer(capsys, "list", "--simulated")["laps"]
    assert [(lap["number"], lap["simulated"]) for lap in simulated] == [(4, True)]

    assert main(["store", "list"]) == 0
    text = capsys.readouterr().out.splitlines()
    assert len(text) == 3
    assert "1:00.000" in text[2]
    assert text[2].endswith("clean best")
    assert "off-track, incident" in text[1]


def test_show_gives_one_lap_by_a_part_of_its_id(laps, capsys):
    assert answer(capsys, "show", "lap2")["id"] == laps[1].id
    assert main(["store", "show", laps[1].id]) == 0
    assert "lime rock" in capsys.readouterr().out
    assert main(["store", "show", "mx5"]) == 2
    assert "fits 3 laps" in capsys.readouterr().err
    assert main(["store", "show", "nothing"]) == 2
    assert "holds no lap nothing" in capsys.readouterr().err


def test_show_gives_the_whole_store(laps, home, capsys):
    (home / "data" / "store" / "laps" / "junk.parquet").write_bytes(b"junk")
    whole = answer(capsys, "show")
    assert (whole["lap_count"], whole["combinations"]) == (4, 2)
    assert whole["size_bytes"] == sum(lap.size_bytes for lap in laps)
    assert list(whole["unreadable"]) == ["junk"]


def test_prune_follows_the_settings_and_says_what_it_did(laps, capsys):
    main(["store", "keep", "lap2"])
    capsys.readouterr()
    done = answer(capsys, "prune", "--limit-mb", "0")
    assert done["deleted"] == [laps[2].id]
    assert done["over_bytes"] == done["total_bytes"]
    answer(capsys, "keep", "lap2", "--off")
    assert answer(capsys, "prune", "--limit-mb", "0")["deleted"] == [laps[1].id]


def test_prune_spares_what_consent_covers_and_the_reference(laps, capsys):
    settings = changed(changed(Settings(), "sharing.consent", value=True), "sharing.from_sequence", 3)
    settings = changed(settings, "reference.lap", f"/somewhere/{laps[1].id}.parquet")
    SettingsFile().save(settings)
    assert answer(capsys, "prune", "--limit-mb", "0")["deleted"] == []


def test_nothing_is_pruned_while_nobody_knows_which_laps_the_settings_need(laps, capsys):
    path = SettingsFile().path
    path.mkdir(parents=True)
    assert main(["store", "prune", "--limit-mb", "0"]) == 2
    said = capsys.readouterr().err
    assert f"{path} cannot be read" in said
    assert "nothing was deleted" in said
    assert len(answer(capsys, "list")["laps"]) == 3


@pytest.mark.parametrize("has_index", [True, False])
def test_a_full_disk_can_be_looked_at_and_pruned(tmp_path, home, capsys, has_index):
    SettingsFile().save(changed(Settings(), "sharing.consent", value=True))
    with small_disk(tmp_path, 3 << 20) as folder:
        store = LapStore(folder)
        best, old, sent, waits, kept = (store.save(content(number, 60.0 + number)) for number in range(5))
        store.follow(consent=True)
        store.spool.add([old.id, sent.id])
        for _ in range(2):
            store.spool.done(store.spool.lease(0.0))
        store.laps()
        store.close()
        for index in folder.glob("index*" if not has_index else "-"):
            index.unlink()
        fill_up(folder / "ballast")

        def asked(*arguments):
            return answer(capsys, *arguments, "--store", str(folder))

        assert [lap["id"] for lap in asked("list")["laps"]] == [lap.id for lap in (kept, waits, sent, old, best)]
        assert asked("keep", kept.id)["kept"]
        assert asked("show")["spool"] == {"sent": 2}
        assert asked("prune", "--limit-mb", "0")["deleted"] == [old.id, sent.id]  # the spool has not heard of the other one yet
        assert {path.stem for path in folder.glob("laps/*.parquet")} == {best.id, waits.id, kept.id}
        assert [lap["id"] for lap in asked("list")["laps"]] == [kept.id, waits.id, best.id]


@pytest.mark.parametrize("room_bytes", [0, 40 << 10, 64 << 10])
def test_a_rebuild_that_finds_no_room_leaves_the_index_as_it_was(tmp_path, home, capsys, room_bytes):
    with small_disk(tmp_path, 3 << 20) as folder:
        store = LapStore(folder)
        laps = [store.save(content(number)).id for number in range(5)]
        store.laps()
        store.close()
        before = {path.name: path.read_bytes() for path in folder.glob("index*")}
        fill_up(ballast := folder / "ballast")
        os.truncate(ballast, ballast.stat().st_size - room_bytes)

        assert main(["store", "rebuild", "--store", str(folder)]) == 2
        (said,) = capsys.readouterr().err.splitlines()
        assert "index-2.sqlite could not be written: " in said
        assert said.endswith("The index is as it was; make room on the disk and try again (`racing-coach store prune` deletes old laps).")
        assert {path.name: path.read_bytes() for path in folder.glob("index*")} == before
        assert [lap["id"] for lap in answer(capsys, "list", "--store", str(folder))["laps"]] == laps[::-1]
        ballast.unlink()
        assert answer(capsys, "rebuild", "--store", str(folder))["lap_count"] == len(laps)


def test_what_the_disk_refuses_names_it_as_full(tmp_path, home):
    with small_disk(tmp_path, 1 << 20) as folder:
        fill_up(folder / "ballast")
        spool = Spool(folder / "spool.sqlite")
        with pytest.raises(CannotWrite, match=r"spool.sqlite could not be written: the disk is full\."):
            spool.follow(consent=True)


@pytest.mark.parametrize(("limit", "says"), [("-1", "expected 0 or more"), (None, "no limit")])
def test_a_limit_that_is_none_is_refused(laps, capsys, limit, says):
    SettingsFile().save(changed(Settings(), "store.limit_mb", 0))
    assert main(["store", "prune", *(["--limit-mb", limit] if limit else [])]) == 2
    assert says in capsys.readouterr().err


def test_rebuild_counts_the_laps(laps, home, capsys):
    for index in (home / "data" / "store").glob("index*"):
        index.unlink()
    assert answer(capsys, "rebuild") == {"schema": 1, "lap_count": 4, "unreadable": {}}


def test_another_folder_can_be_named(tmp_path, laps, capsys):
    assert answer(capsys, "list", "--store", str(tmp_path / "other"))["laps"] == []

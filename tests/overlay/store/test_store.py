from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coach.errors import CannotWrite, LapNotFound, UnreadableFile
from coach.laps.lap import LapKind, Reason
from coach.telemetry.lap_file import read_lap_file
from overlay.store import store as store_module
from overlay.store.index import Wanted
from overlay.store.read_record import record_of
from overlay.store.store import LapStore
from tests.overlay.store.disks import fill_up, small_disk
from tests.overlay.store.laps import content


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_saved_lap_is_a_lap_file_and_is_found(store):
    record = store.save(content(4, 61.5))

    assert read_lap_file(store.path_of(record.id)).lap.number == 4
    assert store.laps() == (record,)
    assert record == record_of(store.path_of(record.id))
    assert (record.car_id, record.track_id, record.number, record.lap_time_s, record.clean) == ("mx5", "lime rock", 4, 61.5, True)
    assert names(store.path_of(record.id).parent) == {f"{record.id}.parquet"}


def test_what_is_no_lap_is_not_saved(store):
    with pytest.raises(UnreadableFile):
        store.save(b"nothing")
    assert store.laps() == ()


def test_laps_are_found_by_car_track_and_state(store):
    fast = store.save(content(1, 60.0))
    slow = store.save(content(2, 62.0))
    off = store.save(content(3, 59.0, reasons=(Reason.OFF_TRACK,)))
    out = store.save(content(4, kind=LapKind.OUT, reasons=(Reason.OUT_LAP,)))
    other = store.save(content(5, 50.0, car_id="gt3"))
    layout = store.save(content(6, 40.0, track_config="Short"))
    made_up = store.save(content(7, 30.0, simulated=True))

    mx5 = Wanted(car_id="mx5", track_id="lime rock", track_config="")
    assert store.laps(mx5) == (out, off, slow, fast)
    assert store.laps(Wanted(car_id="mx5", track_id="lime rock", track_config="", clean=True, fastest_first=True)) == (fast, slow)
    assert store.laps(Wanted(limit=2)) == (layout, other)
    assert store.laps(Wanted(simulated=True)) == (made_up,)
    assert made_up.simulated
    assert store.best(mx5) == fast
    assert store.best(Wanted(car_id="none")) is None
    assert store.best_ids() == {fast.id, other.id, layout.id, made_up.id}
    assert store.lap(off.id) == off
    with pytest.raises(LapNotFound, match="racing-coach store list"):
        store.lap("x")


def test_laps_of_one_drive_share_a_session(store):
    one, two = store.save(content(1)), store.save(content(2))
    store.begin_session()
    three = store.save(content(1))

    assert one.session == two.session != three.session
    assert store.laps(Wanted(session=one.session)) == (two, one)


def test_the_order_of_laps_is_not_the_clocks(store, monkeypatch):
    class SetBack(datetime):
        year_now = 2026

        @classmethod
        def now(cls, tz=None):
            cls.year_now -= 5
            return datetime(cls.year_now, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(store_module, "datetime", SetBack)
    made = [store.save(content(number)) for number in range(3)]

    assert [record.saved_at[:4] for record in made] == ["2021", "2016", "2011"]
    assert store.laps() == tuple(reversed(made))
    assert store.prune(made[2].size_bytes * 2).deleted == (made[1].id,)  # the oldest is the best one


@pytest.mark.parametrize("damage", ["missing", "garbage", "cut", "tables", "schema", "middle"])
def test_a_damaged_index_is_made_again_from_the_files(tmp_path, damage):
    store = LapStore(tmp_path)
    made = tuple(reversed([store.save(content(number)) for number in range(30)]))
    store.close()
    index = next(tmp_path.glob("index-*.sqlite"))
    if damage == "missing":
        index.unlink()
    elif damage == "garbage":
        index.write_bytes(b"no database at all" * 1000)
    elif damage == "cut":
        index.write_bytes(index.read_bytes()[:5000])
    elif damage == "middle":
        raw = bytearray(index.read_bytes())
        raw[4096:] = b"\xa5" * (len(raw) - 4096)
        index.write_bytes(raw)
    else:
        import sqlite3

        connection = sqlite3.connect(index)
        connection.execute("DROP TABLE laps" if damage == "tables" else "PRAGMA user_version=99")
        connection.commit()
        connection.close()

    assert LapStore(tmp_path).laps() == made
    assert len(list(tmp_path.glob("index-*.sqlite"))) == 1


def test_an_index_that_breaks_while_in_use_is_made_again(store, tmp_path):
    made = store.save(content())
    from sqlalchemy import text

    with store._index._index._engine.begin() as connection:
        connection.execute(text("DROP TABLE laps"))
    assert store.laps() == (made,)
    assert store.save(content(2)) in store.laps()


def test_files_are_the_truth_whatever_the_index_says(tmp_path):
    store = LapStore(tmp_path)
    one, two, three = (store.save(content(number)) for number in range(3))
    store.close()
    store.path_of(one.id).unlink()
    store.path_of(two.id).with_suffix(".keep").touch()
    (tmp_path / "laps" / "friend.parquet").write_bytes(content(9, 55.0))
    (tmp_path / "laps" / "junk.parquet").write_bytes(b"junk")

    again = LapStore(tmp_path)
    found = again.laps()
    assert [record.id for record in found] == [three.id, two.id, "friend"]
    assert [record.kept for record in found] == [False, True, False]
    assert found[2].sequence == 0
    assert list(again.unreadable()) == ["junk"]


def test_pruning_takes_the_oldest_and_never_a_best_a_kept_a_waiting_or_a_reference(store):
    made = [store.save(content(number, 70.0 - number)) for number in range(8)]  # the newest is the best
    only = store.save(content(1, 90.0, car_id="gt3"))
    store.keep(made[1].id)
    store.spool.follow(consent=True, from_sequence=made[3].sequence)
    store.spool.add([made[3].id])

    done = store.prune(0, also_keep=[made[5].id])

    assert done.deleted == tuple(made[n].id for n in (0, 2, 4, 6))
    assert done.total_bytes == done.over_bytes > 0
    left = {made[n].id for n in (1, 3, 5, 7)} | {only.id}
    assert {record.id for record in store.laps()} == left
    assert {path.stem for path in store.path_of(only.id).parent.glob("*.parquet")} == left
    store.keep(made[1].id, kept=False)
    assert store.prune(0, also_keep=[made[5].id]).deleted == (made[1].id,)


def test_pruning_stops_at_the_limit(store):
    made = [store.save(content(number, 60.0 + number)) for number in range(5)]
    limit = sum(record.size_bytes for record in made[2:]) + made[0].size_bytes

    done = store.prune(limit)
    assert done.deleted == (made[1].id,)  # made[0] is the best
    assert (done.total_bytes, done.over_bytes) == (limit, 0)
    assert store.prune(limit).deleted == ()


def test_nothing_is_pruned_while_the_spool_cannot_be_read(store):
    made = [store.save(content(number, 60.0 + number)) for number in range(3)]
    store.spool.follow(consent=True)
    from sqlalchemy import text

    with store.spool._file.transaction() as connection:
        connection.execute(text("DROP TABLE entries"))
    with pytest.raises(Exception, match="is damaged"):
        store.prune(0)
    assert len(store.laps()) == len(made)


def test_a_lap_that_is_not_there_cannot_be_kept(store):
    with pytest.raises(LapNotFound):
        store.keep("x")


def test_only_driven_timed_laps_after_consent_are_offered_once(store):
    before = store.save(content(1))
    assert store.offer_to_service() == 0
    store.spool.follow(consent=True, from_sequence=store.next_sequence())
    after, dirty = store.save(content(2)), store.save(content(3, reasons=(Reason.OFF_TRACK,)))
    store.save(content(4, kind=LapKind.OUT, reasons=(Reason.OUT_LAP,)))
    store.save(content(5, simulated=True))

    assert store.offer_to_service() == 2
    assert store.offer_to_service() == 0
    assert [entry.lap_id for entry in store.spool.entries()] == [after.id, dirty.id]
    assert before.id not in store.spool.waiting()


def test_a_lap_saved_while_the_index_cannot_be_written_is_found_later(store, monkeypatch):
    store.save(content(1))

    def full(*_):
        raise CannotWrite("full")

    with monkeypatch.context() as patch:
        patch.setattr(store._index._index, "change", full)
        record = store.save(content(2))
    assert record in store.laps()


_SAVER = """
import sys
from pathlib import Path
from overlay.store.store import LapStore
from tests.overlay.store.disks import fill_up, small_disk
from tests.overlay.store.laps import content
store = LapStore(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    store.save(content(number, car_id=sys.argv[3]))
    store.laps()
    if number % 7 == 3:
        store.rebuild()
"""


def test_two_processes_share_a_store(tmp_path):
    count = 20
    both = [subprocess.Popen([sys.executable, "-c", _SAVER, str(tmp_path), str(count), car]) for car in ("one", "two")]
    assert [process.wait(120) for process in both] == [0, 0]

    store = LapStore(tmp_path)
    laps = store.laps()
    assert len(laps) == 2 * count
    assert len({record.sequence for record in laps}) == 2 * count
    for car in ("one", "two"):
        assert [record.number for record in store.laps(Wanted(car_id=car))] == list(range(count))[::-1]
    assert store.rebuild() == 2 * count
    assert store.laps() == laps


def test_what_a_killed_writer_left_is_swept_when_it_is_old(tmp_path):
    import os

    store = LapStore(tmp_path)
    store.save(content())
    store.close()
    old, new = tmp_path / "laps" / ".aa.part", tmp_path / "laps" / ".bb.part"
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    LapStore(tmp_path).laps()
    assert new.exists()
    assert not old.exists()


def test_where_the_disk_refuses_the_index_the_files_answer_and_nothing_is_left(tmp_path):
    with small_disk(tmp_path, 4 << 20) as folder:
        store = LapStore(folder)
        made = store.save(content())
        store.close()
        for index in folder.glob("index*"):
            index.unlink()
        fill_up(folder / "ballast")
        for _ in range(3):
            assert store.laps() == (made,)
        assert not list(folder.glob("index*"))
        (folder / "ballast").unlink()
        assert store.laps() == (made,)
        store.close()


def test_a_lap_that_is_saved_again_is_kept_once(tmp_path):
    store = LapStore(tmp_path)
    first = store.save(content(1), "0123abcd")
    assert store.save(content(1), "0123abcd").id == first.id
    assert [lap.id for lap in store.laps()] == [first.id]


def test_the_same_lap_of_another_drive_is_another_lap(tmp_path):
    store = LapStore(tmp_path)
    assert store.save(content(1), "0123abcd").id != store.save(content(1), "4567abcd").id
    assert len(store.laps()) == 2

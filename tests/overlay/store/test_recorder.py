from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from coach.errors import CannotWrite
from coach.laps.lap_files import lap_content
from coach.telemetry.lap_file import read_lap_file
from overlay.store.recorder import LapRecorder
from overlay.store.store import LapStore
from tests.overlay.store.disks import fill_up, small_disk
from tests.overlay.store.laps import lap, recording, submit


class Listener:
    """Collects what the recorder says."""

    def __init__(self):
        self.notices: list[str] = []
        self.saved = []
        self.changed = threading.Condition()

    def notice(self, text):
        with self.changed:
            self.notices.append(text)
            self.changed.notify_all()

    def record(self, record):
        with self.changed:
            self.saved.append(record)
            self.changed.notify_all()

    def wait(self, until, timeout_s=20.0):
        with self.changed:
            assert self.changed.wait_for(until, timeout_s), (self.notices, self.saved)


@pytest.fixture
def listener():
    return Listener()


def recorder_of(store, listener, **options):
    return LapRecorder(store, on_notice=listener.notice, on_saved=listener.record, **options)


def test_a_submitted_lap_is_on_the_disk_soon_and_before_close_returns(store, listener):
    recorder = recorder_of(store, listener)
    drive = recording()
    submit(recorder, drive, lap(1))
    listener.wait(lambda: len(listener.saved) == 1)
    assert recorder.unsaved == 0
    for number in range(2, 10):
        submit(recorder, drive, lap(number))

    assert recorder.close() == 0
    assert [record.number for record in listener.saved] == list(range(1, 10))
    assert [record.number for record in store.laps()] == list(range(9, 0, -1))
    assert listener.notices == []
    assert listener.saved[0].track_length_m == 2400.0


def test_handing_over_does_not_wait_for_the_disk(store, listener, monkeypatch):
    disk = threading.Event()
    save = store.save
    monkeypatch.setattr(store, "save", lambda content, session: disk.wait(30) and save(content, session))
    recorder = recorder_of(store, listener)
    drive = recording()
    begun = time.perf_counter()
    for number in range(50):
        submit(recorder, drive, lap(number))
    assert time.perf_counter() - begun < 0.5  # 50 calls; each is a put on a queue
    assert recorder.unsaved == 50
    disk.set()
    assert recorder.close() == 0


def test_a_full_disk_keeps_laps_in_memory_says_so_once_and_saves_them_later(tmp_path, listener):
    with small_disk(tmp_path, 16 << 20) as folder:
        ballast = folder / "ballast"
        store = LapStore(folder / "store")
        recorder = recorder_of(store, listener, retry_s=0.05)
        drive = recording()
        submit(recorder, drive, lap(1))
        listener.wait(lambda: len(listener.saved) == 1)
        fill_up(ballast)
        for number in range(2, 30):
            submit(recorder, drive, lap(number))
        listener.wait(lambda: listener.notices)
        time.sleep(0.5)  # ten more attempts
        assert len(listener.notices) == 1
        assert "cannot be saved at the moment" in listener.notices[0]
        assert "no space left" in listener.notices[0]
        assert recorder.unsaved >= 27

        ballast.unlink()
        listener.wait(lambda: len(listener.saved) == 29)
        assert recorder.close() == 0
        assert [record.number for record in listener.saved] == list(range(1, 30))
        assert len(listener.notices) == 2
        assert "saved again" in listener.notices[1]
        assert len(store.laps()) == 29
        for record in listener.saved:
            read_lap_file(store.path_of(record.id))
        store.close()


def test_trouble_that_comes_back_is_said_again(store, listener, monkeypatch):
    full = threading.Event()
    save = store.save

    def maybe(content, session):
        if full.is_set():
            raise CannotWrite("full.")
        return save(content, session)

    monkeypatch.setattr(store, "save", maybe)
    recorder = recorder_of(store, listener, retry_s=0.02)
    for spell in (1, 2):
        full.set()
        submit(recorder, recording(), lap(spell))
        listener.wait(lambda spell=spell: len(listener.notices) == 2 * spell - 1)
        full.clear()
        listener.wait(lambda spell=spell: len(listener.notices) == 2 * spell)
    assert recorder.close() == 0


def test_closing_on_a_full_disk_ends_in_time_and_says_what_is_lost(store, listener, monkeypatch):
    def full(_content, _session):
        raise CannotWrite("full.")

    monkeypatch.setattr(store, "save", full)
    recorder = recorder_of(store, listener)
    submit(recorder, recording(), lap(1))
    assert recorder.close(timeout_s=5.0) == 1


def test_a_lap_that_cannot_be_written_down_does_not_end_the_saving(store, listener):
    recorder = recorder_of(store, listener)
    broken = lap(7, n_ticks=10_000)  # says more ticks than the recording has
    submit(recorder, recording(), broken)
    submit(recorder, recording(), lap(8))

    assert recorder.close() == 0
    assert [record.number for record in store.laps()] == [8]
    assert listener.notices[0].startswith("Lap 7 could not be saved")


def test_a_lap_that_cannot_be_written_down_now_is_written_down_later(store, listener):
    tries = []

    def write():
        tries.append(1)
        if len(tries) < 4:
            raise CannotWrite("the process has ended.")
        return lap_content(recording(), lap(7))

    recorder = recorder_of(store, listener, retry_s=0.02)
    recorder.submit("lap 7", write)
    listener.wait(lambda: listener.saved)
    assert recorder.close() == 0
    assert [record.number for record in listener.saved] == [7]
    assert len(listener.notices) == 2


def test_nothing_is_saved_where_there_was_no_lap_after_all(store, listener):
    recorder = recorder_of(store, listener)
    recorder.submit("a lap", lambda: None)
    assert recorder.close() == 0
    assert (store.laps(), listener.notices) == ((), [])


def test_laps_are_offered_while_the_driver_consents_and_no_longer(store, listener):
    consent: list[int | None] = [None]
    recorder = recorder_of(store, listener, shares_from=lambda: consent[0])
    for number, first in ((1, None), (2, 2), (3, 2), (4, None)):
        consent[0] = first
        submit(recorder, recording(), lap(number))
        listener.wait(lambda number=number: len(listener.saved) == number)
        end = time.monotonic() + 10
        wanted = {1: 0, 2: 1, 3: 2, 4: 0}[number]
        while len(store.spool.waiting()) != wanted and time.monotonic() < end:
            time.sleep(0.01)
        assert len(store.spool.waiting()) == wanted
    recorder.close()


def test_consent_that_is_withdrawn_while_the_store_is_busy_with_a_lap_leaves_nothing_waiting(store, listener, monkeypatch):
    """The lap's own consent, asked for before it was withdrawn, brought the emptied spool back for a lap."""
    consent: list[int | None] = [1]
    tidy = store.tidy

    def withdrawn_meanwhile(*given):
        if consent[0] is not None:
            consent[0] = None
            store.follow(consent=False)
        tidy(*given)

    monkeypatch.setattr(store, "tidy", withdrawn_meanwhile)
    recorder = recorder_of(store, listener, shares_from=lambda: consent[0])
    submit(recorder, recording(), lap(1))
    assert recorder.close() == 0
    assert len(store.laps()) == 1
    assert store.spool.entries() == ()


def test_a_reference_chosen_while_driving_is_not_pruned(store, listener):
    chosen: list[str] = []
    limit = [1_000_000]
    recorder = recorder_of(store, listener, limit_bytes=lambda: limit[0], also_keep=lambda: chosen)
    drive = recording()
    for number in range(6):
        submit(recorder, drive, lap(number, lap_time_s=60.0 + number))
        listener.wait(lambda number=number: len(listener.saved) == number + 1)
        if number == 1:
            chosen.append(listener.saved[-1].id)
            limit[0] = 3 * listener.saved[-1].size_bytes + 1
    assert recorder.close() == 0
    assert [record.number for record in store.laps()] == [5, 1, 0]  # 0 is the best


def test_the_limit_of_the_store_is_kept_while_driving_also_when_it_changes(store, listener):
    limit, drive = [1_000_000], recording()
    recorder = recorder_of(store, listener, limit_bytes=lambda: limit[0])
    for number in range(8):
        submit(recorder, drive, lap(number, lap_time_s=60.0 + number))
        listener.wait(lambda number=number: len(listener.saved) == number + 1)
        size = listener.saved[-1].size_bytes
        limit[0] = 3 * size + size // 2
    assert recorder.close() == 0
    assert [record.number for record in store.laps()] == [7, 6, 0]  # 0 is the best


_SAVER = """
import sys
from pathlib import Path
from overlay.store.recorder import LapRecorder
from overlay.store.store import LapStore
from tests.overlay.store.laps import lap, recording, submit
store = LapStore(Path(sys.argv[1]))
saved = lambda record: print(record.id, flush=True)
recorder = LapRecorder(store, on_notice=print, on_saved=saved, shares_from=lambda: 1, limit_bytes=lambda: 10**9)
drive = recording(5000)
print("ready", flush=True)
number = 0
import time
while True:
    if recorder.unsaved < 3:
        number += 1
        submit(recorder, drive, lap(number, n_ticks=5000))
    time.sleep(0.0005)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_lap_that_was_said_to_be_saved_survives_kill_9_and_no_half_lap_is_ever_seen(tmp_path):
    import random

    chance = random.Random(3)
    promised: list[str] = []
    for _ in range(6):
        worker = subprocess.Popen([sys.executable, "-c", _SAVER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.05, 0.35))
        worker.send_signal(signal.SIGKILL)
        raw = worker.stdout.read()
        worker.stdout.close()
        worker.wait()
        promised += raw.split("\n")[:-1]

    store = LapStore(tmp_path)
    there = {record.id for record in store.laps()}
    assert len(promised) > 6
    assert set(promised) <= there
    assert store.unreadable() == {}
    for path in Path(tmp_path / "laps").glob("*.parquet"):
        read_lap_file(path)
    store.offer_to_service()
    assert store.spool.waiting() == there
    assert store.spool.take_notices() == []
    store.close()

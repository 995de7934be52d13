"""The lap desk's process: it says what the analyst says, and what it costs when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import psutil
import pytest

from coach.cues.settings import CueSettings
from coach.errors import UnreadableFile
from coach.events import event_fields
from coach.live.analyst import Analyst
from coach.live.report import LapReport
from coach.replay import frames_of, replay
from coach.session import LapDone, State, step
from coach.sim.output import Made
from coach.telemetry.recording import Recording
from overlay.demo_drive import demo_session
from overlay.desk import beside as module
from overlay.desk.analyst import DeskAnalyst
from overlay.desk.beside import DeskBeside
from overlay.desk.port import DeskBusy, DeskDied, DeskFault, Outing
from overlay.desk.process import DeskProcess
from overlay.settings.model import Reference
from overlay.store.index import Wanted
from overlay.store.recorder import LapRecorder
from overlay.store.store import LapStore
from tests.overlay.running_app import wait_until

pytestmark = pytest.mark.xdist_group("desk")
KEY = "0123abcd"
SETTINGS = CueSettings(suspicions=1)
RESTARTED = "The process that analyzes laps had ended and was started again; nothing is lost."


@cache
def made() -> Made:
    return demo_session(6, 1)


@cache
def laps() -> tuple[Recording, ...]:
    drive = made().recording
    state = State(SETTINGS, drive.session)
    return tuple(out.recording for frame in frames_of(drive) for out in step(frame, state) if isinstance(out, LapDone))


@cache
def said_by_the_analyst() -> tuple[LapReport, ...]:
    analyst = Analyst(SETTINGS)
    return tuple(analyst.add(lap) for lap in laps())


def outing() -> Outing:
    return Outing(KEY, made().recording.session, SETTINGS)


class Beside:
    """A desk on a folder, what it told, and a recorder with it."""

    def __init__(self, folder: Path, *stumbling: str, idle_s: float = module.IDLE_S) -> None:
        self.folder = folder / "store"
        self.told: list[str] = []
        command = (sys.executable, "-m", "tests.overlay.desk.stumbling", *stumbling) if stumbling else None
        self.desk = DeskBeside(self.folder, self.told.append, DeskProcess(self.folder, command), idle_s)
        self.recorder = LapRecorder(self.desk, on_notice=self.told.append, retry_s=0.05)
        self.analyst = DeskAnalyst(self.desk, outing(), self.recorder.submit, self.told.append)

    def kill(self) -> int:
        pid = self.desk.pid
        assert pid is not None
        psutil.Process(pid).kill()
        wait_until(lambda: gone(pid))
        return pid

    def saved(self) -> list[int]:
        """Numbers of the laps in the store."""
        store = LapStore(self.folder)
        try:
            return sorted(lap.number for lap in store.laps(Wanted(simulated=True)))
        finally:
            store.close()

    def close(self) -> None:
        self.recorder.close()
        self.desk.close()


@pytest.fixture
def lot(tmp_path: Path) -> Iterator[Beside]:
    made_ = Beside(tmp_path)
    yield made_
    made_.close()


def gone(pid: int) -> bool:
    """Whether a process has ended, waited for by its parent or not."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def assert_nearly_the_same(one: LapReport, other: LapReport) -> None:
    """Lap files hold values in quantisation steps; what is said of a lap may differ by that and no more."""
    assert (one.is_best, one.rule, one.note, list(one.seen)) == (other.is_best, other.rule, other.note, list(other.seen))
    assert [(found.topic, found.claim, found.n) for found in one.found] == [(found.topic, found.claim, found.n) for found in other.found]
    assert one.running is not None
    assert other.running is not None
    assert one.running.lap_time_s == pytest.approx(other.running.lap_time_s, abs=1e-3)
    for kind, seen in one.seen.items():
        for lap, same in zip(seen, other.seen[kind], strict=True):
            assert np.allclose([corner.time_lost_s for corner in lap.corners], [corner.time_lost_s for corner in same.corners], atol=3e-3)


def test_the_coach_says_the_same_with_the_analysis_beside(lot: Beside) -> None:
    drive = made().recording
    alone = [event_fields(event) for event in replay(frames_of(drive), State(SETTINGS, drive.session), Analyst(SETTINGS))]
    beside = [event_fields(event) for event in replay(frames_of(drive), State(SETTINGS, drive.session), lot.analyst)]
    assert beside == alone
    assert len(alone) > 20
    assert lot.recorder.close() == 0
    assert lot.saved() == [lap.lap.number for lap in said_by_the_analyst() if lap.lap]
    assert lot.told == []


def test_killed_between_two_laps_it_goes_on_where_it_was(lot: Beside) -> None:
    before = [lot.analyst.add(lap) for lap in laps()[:-1]]
    lot.kill()
    after = lot.analyst.add(laps()[-1])
    assert_nearly_the_same(after, said_by_the_analyst()[-1])
    assert after.track is before[-1].track  # the same object: nothing on screen begins anew
    assert lot.told == [RESTARTED]
    assert lot.recorder.close() == 0
    assert lot.saved() == [lap.lap.number for lap in said_by_the_analyst() if lap.lap]


def test_the_reference_outlasts_the_process_too(lot: Beside) -> None:
    times = [report.lap.lap_time_s for report in said_by_the_analyst() if report.lap is not None]
    fastest, slowest = times.index(min(times)), times.index(max(times))
    lot.analyst.add(laps()[fastest])
    wait_until(lambda: lot.recorder.unsaved == 0)
    today = replace(outing(), key="4567abcd")
    known = lot.desk.refer(today, Reference())
    assert known is not None
    assert known.running is not None
    assert known.running.lap_time_s == pytest.approx(min(times), abs=1e-3)
    lot.kill()
    report = DeskAnalyst(lot.desk, today, lot.recorder.submit, lot.told.append).add(laps()[slowest])
    assert report.rule.startswith("your best lap of all days")
    assert report.running is not None
    assert report.running.lap_time_s == pytest.approx(min(times), abs=1e-3)


@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.15])
def test_killed_while_it_analyzes_the_lap_is_analyzed_again(lot: Beside, after_s: float) -> None:
    lot.analyst.add(laps()[0])
    killer = threading.Timer(after_s, lot.kill)
    killer.start()
    report = lot.analyst.add(laps()[1])
    killer.join()
    assert_nearly_the_same(report, said_by_the_analyst()[1])
    assert lot.recorder.close() == 0
    assert lot.saved() == [1, 2]
    assert set(lot.told) <= {RESTARTED}


def test_killed_before_laps_are_written_they_are_written_later(lot: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = threading.Event()
    save = lot.desk.save
    monkeypatch.setattr(lot.desk, "save", lambda *given: waiting.wait(60) and save(*given))
    for lap in laps()[:3]:
        lot.analyst.add(lap)
    lot.kill()
    waiting.set()
    assert lot.recorder.close() == 0
    assert lot.saved() == [1, 2, 3]
    assert lot.told == [RESTARTED]


def test_killed_after_saving_before_it_could_say_so_the_lap_is_kept_once(tmp_path: Path) -> None:
    lot = Beside(tmp_path, "dies-after-save", str(tmp_path / "mark"))
    lot.analyst.add(laps()[0])
    assert lot.recorder.close() == 0
    assert lot.saved() == [1]
    assert lot.told == [RESTARTED]
    lot.close()


def test_a_lap_at_which_it_dies_each_time_is_saved_all_the_same_and_the_coach_goes_on(tmp_path: Path) -> None:
    lot = Beside(tmp_path, "dies-at-finish", "")
    report = lot.analyst.add(laps()[0])
    assert (report.lap, report.note) == (None, "not analyzed: The process that analyzes laps has ended.")
    assert lot.recorder.close() == 0
    assert lot.saved() == [1]
    assert lot.told[0] == "A lap could not be analyzed: The process that analyzes laps has ended."
    lot.close()


def test_a_process_that_hangs_is_ended_and_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANALYSIS_S", 5.0)
    lot = Beside(tmp_path, "hangs-at-finish", str(tmp_path / "mark"))
    assert_nearly_the_same(lot.analyst.add(laps()[0]), said_by_the_analyst()[0])
    assert lot.told == [RESTARTED]
    lot.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGSTOP")
def test_a_process_that_does_not_even_read_is_ended_and_started_again(lot: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANALYSIS_S", 5.0)
    monkeypatch.setattr(module, "DISK_S", 5.0)  # the first lap may be on its way to the disk
    lot.analyst.add(laps()[0])
    assert lot.desk.pid is not None
    os.kill(lot.desk.pid, signal.SIGSTOP)
    assert_nearly_the_same(lot.analyst.add(laps()[1]), said_by_the_analyst()[1])
    assert lot.told == [RESTARTED]


def test_without_any_process_laps_stay_in_memory_and_it_is_said(tmp_path: Path) -> None:
    told: list[str] = []
    process = DeskProcess(tmp_path / "store", (str(tmp_path / "no-program"),))
    desk = DeskBeside(tmp_path / "store", told.append, process)
    recorder = LapRecorder(desk, on_notice=told.append, retry_s=0.05)
    report = DeskAnalyst(desk, outing(), recorder.submit, told.append).add(laps()[0])
    assert report.note.startswith("not analyzed: The process that analyzes laps could not be started")
    wait_until(lambda: len(told) == 2)
    time.sleep(0.3)  # more attempts
    assert [text.split(":")[0] for text in told] == ["A lap could not be analyzed", "Laps cannot be saved at the moment"]
    process._command = DeskProcess(tmp_path / "store")._command  # now it can
    wait_until(lambda: recorder.unsaved == 0)
    assert "saved again" in told[-1]
    recorder.close()
    desk.close()


def test_errors_arrive_as_what_they_are(lot: Beside, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UnreadableFile, match="no readable lap file"):
        lot.desk.save(b"nothing")
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        lot.desk.refer(outing(), Reference(), ("missing.ibt",))
    with pytest.raises(DeskFault, match="no_such_call"):
        lot.desk._ask("no_such_call")
    assert "AttributeError" in capfd.readouterr().err
    assert lot.desk.next_sequence() == 1
    assert lot.told == []


def test_the_windows_thread_waits_no_longer_than_it_may(lot: Beside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WINDOW_S", 0.05)
    with lot.desk._turn(), pytest.raises(DeskBusy, match="please try again"):
        lot.desk.own_laps(made().recording.session, 5)
    assert lot.desk.own_laps(made().recording.session, 5) == ()


def test_idle_it_ends_and_comes_back_without_a_word(tmp_path: Path) -> None:
    lot = Beside(tmp_path, idle_s=0.3)
    lot.analyst.add(laps()[0])
    assert lot.recorder.close() == 0
    wait_until(lambda: lot.desk.pid is None)
    assert_nearly_the_same(lot.analyst.add(laps()[1]), said_by_the_analyst()[1])
    lot.close()
    assert lot.told == []


def test_closing_ends_the_process_also_while_it_works(tmp_path: Path) -> None:
    lot = Beside(tmp_path, "hangs-at-finish", "")
    asked = threading.Thread(target=lot.analyst.add, args=(laps()[0],))
    asked.start()
    wait_until(lambda: lot.desk.pid is not None)
    time.sleep(0.5)
    pid = lot.desk.pid
    begun = time.monotonic()
    lot.desk.close()
    asked.join(10.0)
    assert not asked.is_alive()
    assert time.monotonic() - begun < 6.0
    assert pid is None or not psutil.pid_exists(pid)
    with pytest.raises(DeskDied):
        lot.desk.next_sequence()
    lot.recorder.close(0.1)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a console, not to a process")
def test_it_ends_with_the_overlay_however_that_ends_and_not_by_ctrl_c(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from overlay.desk.beside import DeskBeside\n"
        "desk = DeskBeside(Path(sys.argv[1]), print); desk.next_sequence(); print(desk.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    os.kill(pid, signal.SIGINT)
    time.sleep(0.3)
    assert psutil.Process(pid).is_running()
    assert psutil.Process(pid).nice() == min(19, psutil.Process().nice() + 10)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: gone(pid))

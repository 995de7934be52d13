"""The session between simulator and driver, with the real source, engine and store; a simulated drive read as fast as it goes."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from coach.events import Event, EventKind, ToneState
from coach.live.report import LapReport
from coach.sim.live import LiveDrive
from coach.sim.output import Made
from coach.telemetry.frame import INDEX, Frame, frame_of
from coach.telemetry.recording import Recording, SessionInfo
from coach.telemetry.sources.iracing_live import Connected, Disconnected, Dropped, LiveEvent
from overlay.chosen import Chosen
from overlay.demo import REFERENCE
from overlay.demo_drive import demo_session, write_reference
from overlay.desk.desk import LapDesk
from overlay.display import status_detail
from overlay.headless import followed
from overlay.live_session import LiveSession, Told
from overlay.live_thread import FAULTS_ENDURED, LiveThread
from overlay.settings.file import SettingsFile
from overlay.state import Mode
from overlay.store.index import Wanted
from overlay.store.recorder import LapRecorder
from overlay.store.store import LapStore
from overlay.summary import words
from tests.overlay.running_app import wait_until

LAPS = 3


class Mute:
    """Nobody listens: lengths are not known, and every cue is refused."""

    tones_only = False
    delay_s = 0.0
    forgotten = 0

    def render(self, texts: Sequence[str], lengths_s: dict[str, float], within_s: float) -> None: ...

    def say(self, text: str, in_s: float) -> str:
        return "muted"

    def tone(self, tone: ToneState, in_s: float) -> str:
        return "muted"

    def forget(self) -> None:
        self.forgotten += 1


class Driven:
    """A session with everything around it on a folder."""

    def __init__(self, folder: Path, given: tuple[str, ...] = ()) -> None:
        self.chosen = Chosen(SettingsFile(folder / "settings.toml"))
        self.store = LapStore(folder / "store")
        self.notices: list[str] = []
        self.ended: list[Any] = []
        self.posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.desk = LapDesk(folder / "store")
        self.recorder = LapRecorder(self.desk, on_notice=self.notices.append)
        told = Told(self.notices.append, lambda _: None, lambda *ended: self.ended.append(ended))
        self.folder = folder / "sessions"
        self.voice = Mute()
        self.session = LiveSession(self.chosen, self.voice, self.desk, self.recorder, self.folder, told, self.posted.put, given)

    def run_posted(self) -> None:
        while not self.posted.empty():
            self.posted.get()()

    def feed(self, events: Iterator[LiveEvent]) -> Iterator[Frame]:
        """Handle events; gives the frames back after they were handled."""
        for event in events:
            self.session.handle(event)
            self.run_posted()
            if isinstance(event, Frame):
                yield event

    def settle(self) -> None:
        """Wait for the analysis and take it in."""
        coach = self.session._coach
        wait_until(lambda: all(report.done() for report in coach._finished_laps.reports))
        coach._take_finished(coach.state)

    def close(self) -> None:
        self.session.close()
        assert self.recorder.close() == 0
        self.desk.close()
        self.store.close()


@pytest.fixture(scope="module")
def made() -> Made:
    return demo_session(LAPS, 1)


def test_missed_ticks_are_told_once_a_minute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulator that had stood still was behind in two goes: two notices of one trouble."""
    driven, now_s = Driven(tmp_path), [5.0]
    monkeypatch.setattr("overlay.live_session.time", SimpleNamespace(monotonic=lambda: now_s[0]))
    for at_s, ticks in ((5.0, 59), (5.0, 95), (5.1, 82), (64.9, 300), (65.0, 61)):
        now_s[0] = at_s
        driven.session.handle(Dropped(ticks))
    assert driven.notices == [f"{ticks} ticks of the simulator were missed: this machine was too busy." for ticks in (95, 61)]
    driven.close()


def test_a_notice_stays_until_it_is_taken_away(tmp_path: Path) -> None:
    """The overlay shows one after another: what replaced one unasked would be taken for something that nobody has seen."""
    driven = Driven(tmp_path)
    driven.session.show_notice("The hotkey F9 is taken.")
    driven.session.handle(Disconnected("the simulator has closed"))
    assert driven.session.snapshot.status.notice == "The hotkey F9 is taken."
    driven.session._session(SessionInfo("iracing-live", car_id="mx5"))
    assert driven.session.snapshot.status.notice == "The hotkey F9 is taken."
    assert driven.chosen.change("enabled", value=False) == ""
    assert driven.session.snapshot.status.notice == "The hotkey F9 is taken."
    driven.session.show_notice("")
    assert driven.session.snapshot.status.notice == ""
    assert driven.chosen.change("enabled", value=True) == ""
    assert driven.session.snapshot.status.notice == ""
    driven.close()


def test_that_the_voice_is_muted_stays_on_the_screen(made: Made, tmp_path: Path) -> None:
    """After its notice nothing showed it, and the driver waited for words. Another car and a restart of the simulator change nothing."""
    driven, image, seen = Driven(tmp_path), tmp_path / "memory.bin", []
    driven.session.show_muted(muted=True)
    with LiveDrive(made, image) as live:
        events = list(followed(live, image))
    connected = next(event for event in events if isinstance(event, Connected))
    frames = [event for event in events if isinstance(event, Frame)]
    for event in (connected, *frames[:60], Disconnected("the simulator has closed")):
        driven.session.handle(event)
        seen.append(driven.session.snapshot.status.muted)
    assert all(seen)
    assert status_detail(driven.session.snapshot.status, None).startswith("muted, ")
    driven.session.show_muted(muted=False)
    assert not driven.session.snapshot.status.muted
    driven.close()


def test_a_reference_of_other_conditions_is_told_once(tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    caveat = "wetness differs, so it is the delta only"
    driven.session._coach.session(SessionInfo("live"))
    driven.session._coach.state.report = LapReport(
        Recording(Path("live"), SessionInfo("live"), 0, {}.get, frozenset()), None, caveat=caveat
    )
    for lap in (2, 3):
        reason = f"given: wet: dry.ibt: {caveat}"
        driven.session._hear(Event(EventKind.REFERENCE, 60.0, lap, 10.0, text="1:02.3", state="limited", reason=reason))
    assert driven.notices == [f"The reference lap was driven in other conditions: {caveat}."]
    driven.close()


def test_a_reference_left_aside_is_told_once_for_each_reason(tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    for reason in ("lap.ibt is of another car.", "lap.ibt is of another car.", "other.ibt is of another track."):
        driven.session._hear(Event(EventKind.REFERENCE, 60.0, 2, 10.0, state="not used", reason=reason))
    driven.session._hear(Event(EventKind.REFERENCE, 60.0, 2, 10.0, text="1:02.3", reason="your best clean lap"))
    assert driven.notices == [
        "The reference lap cannot be used: lap.ibt is of another car.",
        "The reference lap cannot be used: other.ibt is of another track.",
    ]
    driven.close()


def drive(driven: Driven, made: Made, image: Path) -> None:
    with LiveDrive(made, image) as live:
        for _ in driven.feed(followed(live, image)):
            pass
    driven.settle()


def test_own_best_of_another_day_gives_the_first_lap_a_delta_and_claims_no_habit(made: Made, tmp_path: Path) -> None:
    image = tmp_path / "memory.bin"
    first = Driven(tmp_path)
    drive(first, made, image)
    assert [event["state"] for event in lines(first) if event["event"] == "lap"].count("clean") >= 1
    first.close()
    laps = first.store.laps(Wanted(simulated=True))
    assert len(laps) == LAPS
    best = min(lap.lap_time_s for lap in laps if lap.clean)

    second = Driven(tmp_path)
    seen = []
    with LiveDrive(made, image) as live:
        for count, _ in enumerate(second.feed(followed(live, image))):
            if count < 200:  # the lap is read beside the loop, which here is faster than any disk
                time.sleep(0.01)
            snapshot = second.session.snapshot
            if snapshot.lap_number == 1 and snapshot.delta is not None:
                seen.append(snapshot)
    second.settle()
    assert seen
    assert seen[-1].reference.name == "your best lap of all days"
    assert seen[-1].reference.lap_time_s == pytest.approx(best, abs=0.01)
    kinds = {kind.value for kind in second.session._coach.state.report.seen}
    assert "external" not in kinds  # what one does on every lap is not seen against one's own lap
    second.close()
    assert not [notice for notice in second.notices if "fault" in notice]


def test_a_lap_that_has_just_ended_is_saved_when_the_overlay_is_closed(made: Made, tmp_path: Path) -> None:
    """Within two seconds of the line nothing has been given out yet."""
    driven = Driven(tmp_path)
    with LiveDrive(made, image := tmp_path / "memory.bin") as live:
        for _ in driven.feed(followed(live, image)):
            state = driven.session._coach.state
            if state.lap_is_due:
                break
    assert state.lap_is_due
    driven.close()
    assert len(driven.store.laps(Wanted(simulated=True))) == 1
    assert (driven.session._kept.folder / "summary.html").exists()


def test_summary_is_saved_when_the_simulator_goes(made: Made, tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    image = tmp_path / "memory.bin"
    drive(driven, made, image)
    driven.session.mark()
    driven.close()
    (summary, path, why_not), *_ = driven.ended
    assert why_not == ""
    assert len(summary.laps) == LAPS
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    mark = lines(driven)[-1]
    assert mark["event"] == "mark"
    (marked,) = driven.ended[-1][0].marks
    assert (marked.lap, marked.station_m) == (mark["lap"], pytest.approx(mark["station_m"], abs=0.1))
    assert f"<li>{words.marked(marked)}</li>" in path.read_text(encoding="utf-8")
    assert "Marked: lap" in driven.notices[-1]


def test_what_was_said_is_forgotten_with_another_car_or_track(tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    seen = []
    for car, track in (("mx5", "lime"), ("mx5", "lime"), ("gt3", "lime"), ("gt3", "spa")):
        driven.session._session(SessionInfo("iracing", car_id=car, track_id=track))
        seen.append(driven.voice.forgotten)
    driven.close()
    assert [now - seen[0] for now in seen] == [0, 0, 1, 2]


def test_after_a_restart_of_the_simulator_the_screen_shows_what_the_engine_kept(made: Made, tmp_path: Path) -> None:
    """The same car and track: the coach goes on against its reference, while the screen waited for the first clean lap."""
    driven, image = Driven(tmp_path), tmp_path / "memory.bin"
    with LiveDrive(made, image) as live:
        events = list(followed(live, image))
    for frame in driven.feed(iter(events)):
        last = frame
    driven.settle()
    driven.session.handle(last)
    before = driven.session.snapshot
    assert before.status.clean_laps >= 1
    driven.session.handle(Disconnected("the simulator has closed"))
    assert driven.session.snapshot.reference is None  # nothing runs
    driven.session.handle(next(event for event in events if isinstance(event, Connected)))
    driven.session.handle(last)
    after = driven.session.snapshot
    assert after.reference == before.reference is not None
    assert after.status.clean_laps == before.status.clean_laps
    assert after.minimap is not None
    assert after.inputs is not None
    assert after.inputs.traces is not None
    assert after.inputs.traces.reference is not None
    driven.close()


@pytest.mark.parametrize("closed", [False, True])
def test_a_lap_under_analysis_at_the_end_is_in_the_summary(made: Made, tmp_path: Path, *, closed: bool) -> None:
    driven, image = Driven(tmp_path), tmp_path / "memory.bin"
    with LiveDrive(made, image) as live:
        for _ in driven.feed(followed(live, image)):
            if driven.session._coach._finished_laps.count == LAPS:
                break
            driven.settle()
    assert len(driven.session._coach._finished_laps.reports) == 1
    if not closed:
        driven.session.handle(Disconnected("the simulator has closed"))
        assert [lap.number for lap in driven.ended[-1][0].laps] == [1, 2, 3]
    driven.close()
    assert [lap.number for lap in driven.ended[-1][0].laps] == [1, 2, 3]


def test_the_best_lap_is_reviewed_beside_another_lap_and_never_beside_itself(made: Made, tmp_path: Path) -> None:
    """The best lap of the session is its reference when no better lap is known; the analysis hands both over as arrays of their own."""
    image = tmp_path / "memory.bin"
    own = Driven(tmp_path / "own")
    drive(own, made, image)
    state, notes = own.session._coach.state, own.session._kept.notes
    assert state.running.lap_time_s == notes._best[1].own.lap_time_s
    assert notes._best[1].own.time_s is not state.running.time_s
    own.close()
    assert own.ended[-1][0].review is None

    write_reference(tmp_path)
    other = Driven(tmp_path / "other", (str(tmp_path / REFERENCE),))
    drive(other, made, image)
    other.close()
    review = other.ended[-1][0].review
    assert review is not None
    assert max(abs(review.delta_s)) > 0.1


def test_a_cue_nobody_heard_says_so(made: Made, tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    image = tmp_path / "memory.bin"
    with LiveDrive(demo_session(6, 1), image) as live:
        for frame in driven.feed(followed(live, image)):
            if driven.session._coach._finished_laps.reports and not driven.session._coach._finished_laps.reports[0].done():
                driven.settle()
            assert frame is not None
    driven.settle()
    driven.close()
    cues = [event for event in lines(driven) if event["event"] == "cue" and event["state"] in {"spoken", "shortened"}]
    assert cues
    assert {cue["reason"] for cue in cues} == {"shown only, muted"}


def test_a_reference_that_is_not_there_is_said_and_the_session_goes_on(made: Made, tmp_path: Path) -> None:
    driven = Driven(tmp_path, (str(tmp_path / "missing.ibt"),))
    image = tmp_path / "memory.bin"
    drive(driven, made, image)
    driven.close()
    assert [notice for notice in driven.notices if "The reference lap cannot be used" in notice and "missing.ibt" in notice]
    assert len(driven.store.laps(Wanted(simulated=True))) == LAPS


def test_laps_still_under_analysis_at_the_end_are_saved(made: Made, tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    image = tmp_path / "memory.bin"
    with LiveDrive(made, image) as live:
        for _ in driven.feed(followed(live, image)):
            pass
    driven.close()
    assert len(driven.store.laps(Wanted(simulated=True))) == LAPS


def test_switched_off_it_coaches_nothing(made: Made, tmp_path: Path) -> None:
    driven = Driven(tmp_path)
    assert driven.chosen.change("enabled", value=False) == ""
    drive(driven, made, tmp_path / "memory.bin")
    assert driven.session.snapshot.status.mode is Mode.OFF
    driven.close()
    assert driven.store.laps(Wanted(simulated=True)) == ()


def test_switched_off_in_the_car_it_still_knows_whether_somebody_drives(made: Made, tmp_path: Path) -> None:
    """The driver stayed in the car for ever: the voice could not be installed, nor the reference changed."""
    driven, image = Driven(tmp_path), tmp_path / "memory.bin"
    with LiveDrive(made, image) as live:
        frames = driven.feed(followed(live, image))
        frame = next(frame for frame in frames if driven.session.on_track)
    assert not driven.session.may_change_reference
    assert driven.chosen.change("enabled", value=False) == ""
    driven.session.handle(frame)
    assert driven.session.on_track
    assert driven.session.may_change_reference, "no delta is shown that would jump"
    values = frame.values.copy()
    values[INDEX["is_on_track"]] = 0.0
    driven.session.handle(frame_of(frame.tick + 1, values))
    assert not driven.session.on_track
    driven.close()


class Source:
    """Gives one event per look, for ever."""

    def poll(self, _now_s: float) -> list[str]:
        return ["event"]

    def wait(self, _now_s: float) -> None:
        time.sleep(0.001)

    def close(self) -> None:
        pass


@pytest.mark.parametrize("forever", [False, True])
def test_a_fault_in_the_live_thread_is_told_once_and_endured_for_a_while(forever: bool, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[str] = []
    count = 0

    def handle(_event: object) -> None:
        nonlocal count
        count += 1
        if forever or count == 3:
            raise ValueError("three")

    live = LiveThread(Source(), handle, told.append)
    live.start()
    wait_until(lambda: count >= FAULTS_ENDURED)
    live.stop()
    goes_on = "A fault of ours: ValueError: three. The coach goes on."
    assert told == ([goes_on, "A fault of ours: ValueError: three. The coach has stopped: restart it, please."] if forever else [goes_on])
    assert count == FAULTS_ENDURED or not forever
    assert "Traceback" in capsys.readouterr().err


def test_a_live_thread_that_has_given_up_still_does_what_it_is_asked_to() -> None:
    """Else neither the session's summary is saved nor the notice seen that says so."""
    told: list[str] = []
    done: list[str] = []

    def handle(_event: object) -> None:
        raise ValueError("always")

    live = LiveThread(Source(), handle, told.append)
    live.start()
    wait_until(lambda: told[-1:] == ["A fault of ours: ValueError: always. The coach has stopped: restart it, please."])
    live.post(lambda: done.append("saved"))
    wait_until(lambda: done == ["saved"])
    live.post(lambda: done.append("at last"))
    live.stop()
    assert done == ["saved", "at last"]


def lines(driven: Driven) -> list[dict[str, Any]]:
    """The events in the newest session's log."""
    log = max(driven.folder.glob("*/session.jsonl"))
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]

"""What is on screen follows the engine's state; where the delta steps, nothing is shown as gained or lost."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from coach.cues.settings import CueSettings
from coach.events import CueState, Event, EventKind
from coach.live.delta import RunningReference
from coach.live.report import LapReport
from coach.live.state import State
from coach.telemetry.channels import LIVE_CHANNELS
from coach.telemetry.frame import frame_of
from coach.telemetry.recording import Recording, SessionInfo
from coach.track.map import Corner, TrackMap
from overlay.snapshots import SnapshotMaker
from overlay.state import DEMO, CueLine, Progress
from tests.coach.cues.made import LENGTH_M, corner, entry, road

FRAME = frame_of(0, np.zeros(len(LIVE_CHANNELS)))
TICK_S = 1 / 60


class Drive:
    """A car that loses so many seconds a second, tick by tick."""

    def __init__(self) -> None:
        self.maker, self.state = SnapshotMaker(3), State(CueSettings(), SessionInfo(""))
        self.state.lap, self.state.delta_s, self.state.place.t_s = 1, 0.0, 0.0

    def on(self, seconds: float, losing_s_per_s: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.state.place.t_s += TICK_S
            self.state.delta_s += losing_s_per_s * TICK_S
            self.maker.tick(FRAME, self.state)

    @property
    def trend(self) -> float:
        delta = self.maker.snapshot.delta
        assert delta is not None
        return delta.trend_s_per_s


@pytest.fixture
def drive() -> Drive:
    made = Drive()
    made.on(10.0, 0.1)
    return made


def test_trend_is_the_deltas_slope(drive: Drive) -> None:
    assert drive.trend == pytest.approx(0.1, rel=1e-3)


def test_a_new_lap_begins_without_a_trend(drive: Drive) -> None:
    """The delta goes back to zero at the line: four seconds of false gain on every lap, before."""
    drive.state.delta_s, drive.state.lap = 0.0, 2
    drive.on(TICK_S, 0.1)
    assert drive.trend == 0.0
    drive.on(5.0, 0.1)
    assert drive.trend == pytest.approx(0.1, rel=2e-3)


def test_after_a_stretch_without_a_delta_there_is_no_trend(drive: Drive) -> None:
    drive.state.delta_s = np.nan
    drive.on(TICK_S, 0.0)
    assert drive.maker.snapshot.delta is None
    drive.state.delta_s = 4.0
    drive.on(TICK_S, 0.0)
    assert drive.trend == 0.0


def test_another_reference_is_no_gain(drive: Drive) -> None:
    """A better lap becomes the reference while the car is on the next one: the delta steps by the difference."""
    recording = Recording(Path("none"), SessionInfo(""), 0, lambda _: None, frozenset())
    nothing = np.full(3, np.nan)
    running = RunningReference(2.0, 1.0, np.array([0.0, 30.0, 60.0]), 60.0, nothing, nothing, nothing)
    drive.maker.report(LapReport(recording, None, running=running))
    drive.state.delta_s += 0.8
    drive.on(TICK_S, 0.1)
    assert drive.trend == 0.0


def test_the_driver_reads_the_official_number(drive: Drive) -> None:
    """Our fifth corner is the circuit's sixth: list, cue and map say 6."""
    nothing = np.zeros(4)
    corner = Corner(5, "West Bend", -1, 100.0, 150.0, 200.0, 250.0, 300.0, turn_number="6")
    track = TrackMap("", "", "", 400.0, 100.0, 1, 1, *[nothing] * 8, (corner,))
    recording = Recording(Path("none"), SessionInfo(""), 0, lambda _: None, frozenset())
    drive.state.report = LapReport(recording, None, track=track)
    drive.state.place.length_m, drive.state.place.station_m = track.length_m, 350.0
    drive.state.corner_losses_s = {5: 0.2}
    drive.maker.report(drive.state.report)
    drive.maker.event(Event(EventKind.CORNER, 10.0, corner=5), drive.state)
    drive.maker.event(
        Event(EventKind.CUE, 10.0, corner=5, text="West Bend: brake later.", state=CueState.SPOKEN.value, spoken_s=1.0), drive.state
    )
    drive.on(TICK_S, 0.0)
    shown = drive.maker.snapshot
    assert shown.cue is not None
    assert shown.minimap is not None
    assert (shown.cue.turn_number, shown.cue.corner_name, shown.cue.text) == ("6", "West Bend", "Brake later.")
    assert [(one.turn_number, one.name) for one in shown.corners] == [("6", "West Bend")]
    assert [mark.turn_number for mark in shown.minimap.marks] == ["6"]


def test_lists_show_what_an_event_says_at_once_and_the_rest_within_a_tenth(drive: Drive) -> None:
    """Looked at in every tick they cost more than the engine's own step."""
    nothing = np.zeros(4)
    corner = Corner(1, "First", -1, 100.0, 150.0, 200.0, 250.0, 300.0)
    track = TrackMap("", "", "", 400.0, 100.0, 1, 1, *[nothing] * 8, (corner,))
    recording = Recording(Path("none"), SessionInfo(""), 0, lambda _: None, frozenset())
    drive.state.report = LapReport(recording, None, track=track)
    drive.state.place.length_m, drive.state.place.station_m = track.length_m, 50.0
    drive.maker.report(drive.state.report)
    drive.on(TICK_S, 0.0)
    before = drive.maker.snapshot
    assert before.corners[0].progress is Progress.AHEAD
    drive.on(TICK_S, 0.0)
    assert drive.maker.snapshot.corners is before.corners
    assert drive.maker.snapshot.minimap is before.minimap
    drive.state.place.station_m = 120.0
    drive.on(0.1, 0.0)
    assert drive.maker.snapshot.corners[0].progress is Progress.CURRENT
    drive.state.corner_index, drive.state.corner_losses_s = 1, {1: 0.3}
    drive.maker.event(Event(EventKind.CORNER, 10.0, corner=1), drive.state)
    drive.on(TICK_S, 0.0)
    assert drive.maker.snapshot.corners[0].time_lost_s == 0.3
    assert drive.maker.snapshot.minimap is not before.minimap  # the mark


def test_pedals_move_with_every_second_tick(drive: Drive) -> None:
    """Two ticks are a hair less than a thirtieth of a second: waiting for that made it twenty pictures a second."""
    shown = []
    for tick in range(120):
        drive.state.place.t_s = 100.0 + tick / 60.0
        drive.maker.tick(FRAME, drive.state)
        shown.append(drive.maker.snapshot.inputs)
    assert sum(one is not before for before, one in pairwise(shown)) in {59, 60}


def test_it_waits_for_the_same_again_when_it_was_lost() -> None:
    maker = SnapshotMaker(3, simulator=DEMO)
    assert maker.snapshot.status.simulator == DEMO
    maker.lost("the drive is over")
    assert (maker.snapshot.status.simulator, maker.snapshot.status.notice) == (DEMO, "the drive is over")


def test_a_cue_said_corners_before_its_own_is_shown_once_more_on_the_approach_until_he_acts(drive: Drive) -> None:
    """Turn 4 is braked for at 2000 + BRAKES_M; it was said at 100 m, and its words have long gone from the screen."""
    state, maker = drive.state, drive.maker
    corners = tuple(replace(corner(number), start_m=500.0 * number, end_m=500.0 * number + 400.0) for number in range(1, 6))
    recording = Recording(Path("none"), SessionInfo(""), 0, lambda _: None, frozenset())
    track = TrackMap("", "", "", LENGTH_M, 100.0, 1, 1, *[np.zeros(4)] * 8, corners)
    state.report = LapReport(recording, None, track=track, road=road(50.0))
    state.topics.entries.append(entry(4))
    state.place.length_m, state.place.speed_mps, state.silent = LENGTH_M, 50.0, ""
    acts_m = state.report.road.action_m[4]
    said = Event(
        EventKind.CUE, state.place.t_s, 1, 100.0, corner=4, cause="slow_apex", text="Turn 4: brake later.", gain_s=0.2, spoken_s=1.0
    )
    said = replace(said, state=CueState.SPOKEN.value)

    def shown(at_m: float) -> str:
        state.place.station_m = at_m % LENGTH_M
        drive.on(TICK_S, 0.0)
        return maker.snapshot.cue.state.value if maker.snapshot.cue else ""

    def say() -> None:
        maker.event(replace(said, t_s=state.place.t_s), state)
        drive.on(4.0, 0.0)

    say()
    places = (200.0, acts_m - 160.0, acts_m - 140.0, acts_m - 1.0, acts_m + 1.0, acts_m + LENGTH_M - 50.0)
    assert [shown(at_m) for at_m in places] == ["", "", "reminder", "reminder", "", ""]
    assert maker.snapshot.cue is None
    say()
    drive.maker._cue = replace(CueLine("Brake later."), until_s=math.inf)  # it is still on the line when the corner goes by
    assert [shown(at_m) for at_m in (acts_m - 50.0, acts_m + 30.0)] == ["shown", "shown"]
    drive.maker._cue = None
    assert [shown(at_m) for at_m in (acts_m + 100.0, acts_m + LENGTH_M - 50.0)] == ["", ""], "no reminder on the lap after"
    say()
    state.silent = "a car close ahead"
    assert shown(acts_m - 100.0) == ""
    state.silent = ""
    assert shown(acts_m - 100.0) == "reminder"
    say()
    maker.event(Event(EventKind.TOPIC, state.place.t_s, corner=4, state="closed"), state)
    assert shown(acts_m - 100.0) == ""


def test_the_last_cue_is_shown_again_for_as_long_as_it_was(drive: Drive) -> None:
    """Where nothing is heard, the key that says it again did nothing."""
    maker, state = drive.maker, drive.state
    maker.show_again(state.place.t_s)
    drive.on(TICK_S, 0.0)
    assert maker.snapshot.cue is None, "nothing was said yet"
    maker.event(Event(EventKind.CUE, state.place.t_s, text="Turn 3: brake later.", state=CueState.SPOKEN.value, spoken_s=1.0), state)
    drive.on(6.0, 0.0)
    assert maker.snapshot.cue is None
    maker.show_again(state.place.t_s)
    shown = []
    for seconds in (0.5, 1.0, 1.5, 1.0):
        drive.on(seconds, 0.0)
        shown.append(maker.snapshot.cue.state.value if maker.snapshot.cue else "")
    assert shown == ["speaking", "shown", "shown", ""]

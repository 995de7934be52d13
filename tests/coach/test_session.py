"""The live engine on whole drives: what it promises, checked from the frames themselves."""

from __future__ import annotations

import math
import time
import tracemalloc
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.compare.delta import delta_s, time_lost
from coach.compare.study import open_drive, prepare
from coach.cues.settings import CueSettings
from coach.demo import demo_session
from coach.events import CueState, Event, EventKind
from coach.live import silence
from coach.live.delta import running_reference
from coach.live.report import LapReport
from coach.replay import frames_of
from coach.session import LapDone, State, another_voice, foresee, gone, new_session, step, take
from coach.telemetry.channels import LIVE_CHANNELS
from coach.telemetry.frame import INDEX, frame_of
from coach.telemetry.recording import SessionInfo
from coach.telemetry.sources import open_recording
from tests.coach.cues.made import entry, plan
from tests.coach.drives import SIMULATED, simulated
from tests.coach.laps.drives import drive, recording
from tests.coach.live.frames import frames
from tests.coach.played import SETTLED, Played, play
from tests.recordings import COMPLETE_LAPS, RECORDINGS, needs_recordings

pytestmark = pytest.mark.xdist_group("session")  # the drives are made once
TICK_S = 1 / 60
STEP_S = 50e-6  # budget of a step
BUSY = 6.0  # a busy machine's factor
MEBIBYTE = 2**20

MADE = ("demo", *SIMULATED)
ALL = [*MADE, *(pytest.param(name, marks=needs_recordings) for name in COMPLETE_LAPS)]


@cache
def played(name: str) -> Played:
    if name == "demo":
        return play(demo_session()[0])
    return play(simulated(name) if name in SIMULATED else open_recording(RECORDINGS / name))


def key(cue: Event) -> tuple[object, ...]:
    return cue.corner, cue.cause, cue.start_m


@pytest.mark.parametrize("name", ALL)
def test_every_planned_cue_is_decided_exactly_once(name):
    done = played(name)
    open_plans: list[tuple[object, ...]] = []
    for cue in done.of(EventKind.CUE):
        if cue.state == CueState.PLANNED:
            open_plans.append(key(cue)[:2])
        elif key(cue)[:2] in open_plans:
            open_plans.remove(key(cue)[:2])
        else:
            assert cue.state == CueState.DROPPED  # never planned: it had no place
    assert len(open_plans) == len(done.state.arbiter.plans)


@pytest.mark.parametrize("name", ALL)
def test_whatever_is_not_said_as_planned_has_a_reason(name):
    for cue in played(name).of(EventKind.CUE, *SETTLED):
        assert bool(cue.reason) == (cue.state != CueState.SPOKEN)


@pytest.mark.parametrize("name", ALL)
def test_nothing_begins_while_braking_or_turning(name):
    done = played(name)
    for cue in done.spoken:
        assert not done.busy_at(cue), cue


@pytest.mark.parametrize("name", ALL)
def test_two_cues_keep_their_distance(name):
    done = played(name)
    for before, after in pairwise(done.spoken):
        assert after.t_s >= before.t_s + before.spoken_s + done.settings.gap_s - 1e-6


@pytest.mark.parametrize("name", ALL)
def test_no_corner_has_two_topics_and_no_session_more_than_three(name):
    corners = [event.corner for event in played(name).of(EventKind.TOPIC, "taken up")]
    assert len(corners) == len(set(corners)) <= CueSettings().topics_per_session


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_said_while_there_is_a_reason_for_silence(name):
    mode = "waiting"
    for event in played(name).events:
        if event.kind is EventKind.STATUS:
            mode = event.reason
        assert not (event.kind is EventKind.CUE and event.state in {CueState.SPOKEN, CueState.SHORTENED} and mode), event


@pytest.mark.parametrize("name", ALL)
def test_corner_losses_of_a_lap_are_each_told_once(name):
    told = [(event.lap, event.corner) for event in played(name).of(EventKind.CORNER)]
    assert len(told) == len(set(told))


def test_clips_end_a_second_before_the_driver_acts():
    """Measured against what he really did next, on drives that the engine had not seen when it planned."""
    names = [*MADE, *(COMPLETE_LAPS if RECORDINGS.is_dir() else ())]
    early = [(played(name).to_next_action_s(cue), name, cue) for name in names for cue in played(name).spoken]
    assert len(early) >= 5
    late = [one for one in early if one[0] < CueSettings().end_before_action_s]
    assert len(late) <= 0.01 * len(early), late


@pytest.mark.parametrize("name", ["lime_rock_gt4", "okayama_mx5"])
def test_cues_are_heard_when_they_are_planned_on_an_output_that_is_late(name):
    """A wireless headset: decided earlier by its delay, so that the words end as early before the corner as through a wire."""
    late_s = 0.35
    prompt, late = ([cue for cue in done.spoken if cue.corner] for done in (played(name), play(simulated(name), heard_after_s=late_s)))
    assert [cue.text for cue in late] == [cue.text for cue in prompt]
    assert [cue.t_s + late_s for cue in late] == pytest.approx([cue.t_s for cue in prompt], abs=2 * TICK_S)
    assert len(late) >= 3


@pytest.mark.parametrize("name", SIMULATED)
def test_every_drive_with_habits_has_something_to_say(name):
    assert played(name).spoken


def test_mistakes_of_single_laps_are_no_topic():
    """The demonstration's laps each have mistakes of their own; what returns on them costs less than the words are worth."""
    assert not [event for event in played("demo").of(EventKind.CUE) if math.isfinite(event.gain_s)]


def test_the_first_corner_of_the_track_is_measured_too():
    done = played("demo")
    assert {event.corner for event in done.of(EventKind.CORNER)} == {corner.number for corner in done.state.corners}


def test_a_corner_that_moved_while_the_car_is_in_it_is_measured_from_its_new_beginning():
    """The track map gets better with the first laps, and a report comes seconds after the line: no corner is without its figure for that."""
    done = played("demo")
    by_lap: dict[int, set[int]] = {}
    for event in done.of(EventKind.CORNER):
        by_lap.setdefault(event.lap, set()).add(event.corner)
    whole = {corner.number for corner in done.state.corners}
    laps = sorted(by_lap)
    assert len(laps) >= 4
    assert all(by_lap[lap] == whole for lap in laps[:-1]), by_lap  # the last one may be cut short by the end of the drive


def test_two_replays_say_the_same():
    assert [repr(event) for event in play(demo_session()[0]).events] == [repr(event) for event in played("demo").events]


@pytest.mark.parametrize("name", ["demo", pytest.param("mx5_okayama_short_driver_a.csv.gz", marks=needs_recordings)])
def test_live_delta_and_losses_are_those_of_the_comparison(name):
    """Against compare/delta of the same two laps: at every station to a millisecond, per corner to five."""
    recorded = played(name).recording
    driven = open_drive(recorded)
    study = prepare([driven])
    reference, own = (study.lap(driven, lap) for lap in driven.clean[:2])
    state = State(CueSettings(), recorded.session)
    state.report = LapReport(recorded, own.lap, track=study.track, running=running_reference(reference.trace))
    live, losses = [], {}
    for tick in frames_of(recorded):
        out = step(tick, state)
        if own.lap.start_s < tick["session_time_s"] < own.lap.end_s + TICK_S:
            losses |= {event.corner: event.time_lost_s for event in out if isinstance(event, Event) and event.kind is EventKind.CORNER}
        if own.lap.start_s < tick["session_time_s"] < own.lap.end_s:
            live.append((state.place.station_m, state.delta_s))
    station, delta = np.array(live).T
    expected = delta_s(own.trace, reference.trace)
    assert station.size > 1000
    assert np.max(np.abs(delta - np.interp(station, own.trace.grid["station_m"], expected))) < 1e-3
    lost = time_lost(expected, own.trace.grid["station_m"], study.track.corners, study.track.length_m)
    assert [losses[corner.number] for corner in study.track.corners] == pytest.approx(lost.corners_s, abs=5e-3)  # windows end with a tick


def test_praise_of_a_best_lap_is_spoken_once_per_best_lap():
    done = played("lime_rock_gt4")
    best = done.of(EventKind.LAP, "best")
    praised = [cue for cue in done.of(EventKind.CUE, CueState.PLANNED) if cue.text.startswith("Best lap")]
    dropped = [cue for cue in done.of(EventKind.CUE, CueState.DROPPED) if cue.text.startswith("Best lap") and not np.isfinite(cue.start_m)]
    assert len(praised) + len(dropped) == len(best)


# What comes in broken.

NUMBERS = st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.floats(0.0, 1.0), st.sampled_from([-1.0, 0.0, 1.0, 1e9, np.nan]))


@cache
def coached() -> tuple[list, State]:
    """Frames of the demo drive's end, and the state that had seen what came before: a road, topics and plans are there."""
    return list(frames_of(demo_session()[0]))[-600:], played("demo").state


def fresh_state() -> State:
    """A state with a road, corners, a reference and a plan, on a made track."""
    done = played("demo").state
    state = State(done.settings, done.session, report=done.report)
    state.place.know_length(done.report.track.length_m)
    state.silence.lap_started()
    state.silence.lap_started()
    return state


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_tick_whatever_is_in_it_ends_the_session(data):
    state, (good, _) = fresh_state(), coached()
    for i in range(data.draw(st.integers(5, 40))):
        values = good[(i * 7) % len(good)].values.copy()
        for name in data.draw(st.lists(st.sampled_from([channel.name for channel in LIVE_CHANNELS]), max_size=6)):
            values[INDEX[name]] = data.draw(NUMBERS)
        if data.draw(st.integers(0, 9)) == 0:
            values[:] = np.nan
        for output in step(frame_of(i, values), state):
            assert isinstance(output, Event | LapDone)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda columns: (
            columns | {"session_time_s": np.where(np.arange(columns["session_time_s"].size) % 500 == 0, np.nan, columns["session_time_s"])}
        ),
        lambda columns: {name: np.repeat(column, 2) for name, column in columns.items()},
        lambda columns: {name: column[::-1] for name, column in columns.items()},
        lambda columns: {name: np.concatenate((column[:4000], column[1000:])) for name, column in columns.items()},
        lambda columns: columns | {"lap_dist_m": np.full(columns["speed_mps"].size, np.nan)},
        lambda columns: columns | {"speed_mps": np.full(columns["speed_mps"].size, np.nan)},
        lambda columns: columns | {"lap_number": np.full(columns["speed_mps"].size, np.nan)},
        lambda columns: {"session_time_s": columns["session_time_s"], "speed_mps": columns["speed_mps"]},
    ],
    ids=["clock lost", "ticks twice", "backwards", "clock back", "no stations", "no speed", "no lap number", "no position"],
)
def test_a_spoilt_drive_is_driven_to_its_end(spoil):
    spoilt = recording(spoil(drive(laps=4.2, begin=0.6)))
    done = play(spoilt)
    assert all(isinstance(event, Event) for event in done.events)


def test_a_lost_position_is_a_reason_for_silence_but_a_lost_tick_is_none():
    columns = drive(laps=3.4, begin=0.6)
    columns["lap_dist_frac"][1000:1005] = np.nan
    columns["lap_dist_frac"][2000:2200] = np.nan
    reasons = [event.reason for event in play(recording(columns)).of(EventKind.STATUS)]
    assert reasons.count(silence.NO_POSITION) == 1


def test_a_clock_that_goes_back_keeps_nobody_silent_for_long():
    columns = drive(laps=6.4, begin=0.6)
    at = 6000
    columns["session_time_s"][:at] += 5000.0
    columns["track_surface"][at - 3 : at] = 1.0  # left in the pits of the session before
    done = play(recording(columns))
    assert done.state.silent in {"", "waiting for clean laps"}


def test_a_gap_of_minutes_breaks_the_lap_and_the_session_goes_on():
    columns = drive(laps=6.4, begin=0.6)
    columns["session_time_s"][6000:] += 600.0
    done = play(recording(columns))
    times = [event.text for event in done.of(EventKind.LAP)]
    assert len(done.of(EventKind.JUMP)) == 2  # the beginning, and the gap
    assert len(times) >= 3
    assert len(set(times)) == 1  # no lap holds the gap


def test_another_session_of_the_same_car_and_track_goes_on():
    done = played("demo")
    state, events = new_session(replace(done.state.session, session_type="Race"), done.state)
    assert state is done.state
    assert events == []


def test_another_car_begins_anew_and_its_predecessors_reports_are_left_aside():
    state = fresh_state()
    state.clips_s["Words."] = 1.0
    old = state.report
    other = SessionInfo(source="ibt", car_id="another", track_id="elsewhere")
    begun, _ = new_session(other, state)
    assert begun.report is None
    assert (begun.settings, begun.clips_s, begun.session) == (state.settings, state.clips_s, other)
    assert np.isnan(begun.place.length_m)
    assert take(old, begun) == []
    assert begun.report is None


def test_another_voice_is_measured_anew_and_says_nothing_that_was_planned_for_the_old_one():
    """Half as fast, it would still be speaking when the driver brakes."""
    state = fresh_state()
    state.clips_s["Words."] = 1.0
    old = state.clips_s
    state.arbiter.add(plan(100.0, 200.0, 250.0, 300.0, entry(1)))
    state.arbiter.add(plan(600.0, 700.0, 750.0, 800.0))
    dropped = another_voice(state)
    assert [(event.state, event.reason) for event in dropped] == [("dropped", "another voice")] * 2
    assert state.arbiter.plans == []
    assert state.clips_s == {}
    old["More words."] = 2.0  # somebody still renders for the old voice
    assert state.clips_s == {}


# What it costs.


def test_a_step_stays_within_its_budget():
    done, ticks = fresh_state(), list(frames_of(demo_session()[0]))
    begin = time.perf_counter()
    for tick in ticks:
        step(tick, done)
    assert (time.perf_counter() - begin) / len(ticks) < BUSY * STEP_S


def test_memory_is_flat_over_a_long_replay():
    """An hour of ticks without analysis: nothing is kept but the recorder's block."""
    state = State(CueSettings(), SessionInfo(source="test"))
    lap = list(frames(drive(laps=2.0, begin=0.5)))
    span = lap[-1]["session_time_s"] - lap[0]["session_time_s"] + TICK_S

    def go(rounds: int) -> None:
        for _ in range(rounds):
            for tick in lap:
                values = tick.values.copy()
                values[INDEX["session_time_s"]] += span * go.rounds
                step(frame_of(0, values), state)
            go.rounds += 1

    go.rounds = 0
    go(3)
    tracemalloc.start()
    go(1)
    before = tracemalloc.get_traced_memory()[0]
    go(5)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 0.1 * MEBIBYTE


@pytest.mark.parametrize("after_s", [0.0, 0.5, 1.9])
@pytest.mark.parametrize("leaves", ["by a reset", "with the simulator"])
def test_who_leaves_right_after_the_line_keeps_his_lap(after_s: float, leaves: str):
    whole = demo_session()[0]
    state, given_out = State(CueSettings(), whole.session), []
    for tick in frames_of(whole):
        given_out += [out.recording for out in step(tick, state) if isinstance(out, LapDone)]
        if math.isfinite(state.place.last_line_s) and tick["session_time_s"] >= state.place.line_s + after_s:
            break
    assert not given_out
    if leaves == "by a reset":
        values = tick.values.copy()
        values[INDEX["session_time_s"]] += TICK_S
        values[INDEX["lap_dist_frac"]] = 0.6
        given_out = [out.recording for out in step(frame_of(tick.tick + 1, values), state) if isinstance(out, LapDone)]
    else:
        given_out = [out.recording for out in gone(state)]
    (lap,) = (open_drive(recorded).timed[-1] for recorded in given_out)
    first, *_ = open_drive(whole).timed
    assert lap.lap_time_s == pytest.approx(first.lap_time_s, abs=3e-3)
    assert lap.clean == first.clean
    assert gone(state) == []


def test_another_reference_counts_at_once_and_what_was_found_stays_until_the_next_lap():
    analyzed = fresh_state().report
    state = State(CueSettings(), demo_session()[0].session)
    first, second = (replace(analyzed, lap=None, running=replace(analyzed.running), rule=rule) for rule in ("given: a", "given: b"))
    for report in (first, second):
        assert [event.reason for event in foresee(report, state)] == [report.rule]
        assert state.running is report.running
    take(analyzed, state)
    foresee(first, state)
    assert state.running is first.running
    assert state.report.rule == first.rule
    assert (state.report.found, state.report.seen, state.report.lap) == (analyzed.found, analyzed.seen, analyzed.lap)

"""Spun or off the track where something was asked for, through the live loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from coach.compare.cause import Cause
from coach.cues.settings import CueSettings, Style, settings_for
from coach.cues.tones import TonePlan
from coach.cues.topics import LOST_CAR, TopicState
from coach.events import CueState, Event, EventKind
from coach.live.analyst import Analyst
from coach.live.driving import crossed
from coach.live.lost_car import note_off
from coach.live.report import LapReport
from coach.live.silence import REPLAY
from coach.live.state import Output, State
from coach.replay import frames_of, replay
from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.faults import parse_event, parse_faults
from coach.sim.order import Order
from coach.sim.output import made_from
from coach.sim.skill import load_skill
from coach.telemetry.frame import INDEX, Frame, frame_of
from coach.track.map import TrackMap
from tests.coach.cues.made import LENGTH_M, corner, entry, plan, road
from tests.coach.live.frames import frame
from tests.coach.live.test_speaking import NOTHING, SESSION
from tests.coach.played import Played, play

pytestmark = pytest.mark.xdist_group("session")  # the drives are made once
OFF, ON = frame(track_surface=0.0), frame()
LAPS, SEED, SPINS_ON = 11, 6, 8


def driving(station_m: float, *, linked: bool = False) -> State:
    """On lap 7 at a station, corner 2 having been spoken about on lap 6."""
    corners = [corner(number, complex_id=int(linked and number in {2, 3})) for number in range(1, 7)]
    corners[0] = replace(corners[0], start_m=50.0)  # what lies before is the tail of the last one
    line = np.zeros(3)
    state = State(CueSettings(), SESSION)
    track = TrackMap("", "", "", LENGTH_M, 1000.0, 1, 1, *[line] * 8, tuple(corners))
    state.report = LapReport(NOTHING, None, track=track, road=road())
    state.place.know_length(LENGTH_M)
    state.place.station_m, state.lap, state.silent = station_m, 7, ""
    state.topics.entries.append(entry(2))
    state.topics.entries[0].cued(6)
    return state


def driven(state: State, *frames: Frame) -> list[Event]:
    out: list[Output] = []
    for one in frames:
        note_off(one, state, out)
    return [event for event in out if isinstance(event, Event)]


def test_off_the_track_at_its_corner_a_topic_is_taken_back_once():
    state = driving(900.0)
    (event,) = driven(state, ON, OFF, OFF, OFF, ON, OFF, OFF, OFF)
    assert (event.kind, event.corner, event.state, event.reason) == (EventKind.TOPIC, 2, TopicState.CLOSED.value, LOST_CAR)


@pytest.mark.parametrize(("station_m", "linked", "taken_back"), [(1200.0, False, False), (1200.0, True, True), (1700.0, True, False)])
def test_a_linked_corner_counts_as_its_own_another_does_not(station_m: float, *, linked: bool, taken_back: bool):
    assert bool(driven(driving(station_m, linked=linked), OFF, OFF)) == taken_back


def test_before_the_first_window_it_is_the_last_corner_of_the_lap_before():
    state = driving(20.0)
    state.topics.entries[:] = [entry(6)]
    state.topics.entries[0].cued(7)  # for the passage to come
    assert not driven(state, OFF, OFF)
    state.topics.entries[0].cued_for[:] = [6]
    assert driven(state, ON, OFF, OFF)


@pytest.mark.parametrize("frames", [(OFF, ON, OFF, ON), (frame(track_surface=np.nan),) * 3, (ON,) * 3])
def test_a_faulty_tick_is_no_excursion(frames: tuple[Frame, ...]):
    assert not driven(driving(900.0), *frames)


def test_what_a_replay_shows_is_nobodys_doing():
    state = driving(900.0)
    state.silent = REPLAY
    assert not driven(state, OFF, OFF, OFF)


def test_off_the_track_before_anything_is_known_of_it_ends_nothing():
    state = driving(900.0)
    state.report = None
    assert not driven(state, OFF, OFF)


@cache
def spoken_about(*, spins: bool) -> Played:
    """A drive with a habit of being slow in a corner, and perhaps a spin there once it was spoken about."""
    circuit = load_circuit("lime-rock")
    order = Order(
        circuit=circuit,
        car=load_car("gt4"),
        skill=load_skill("intermediate"),
        laps=LAPS,
        seed=SEED,
        faults=parse_faults((f"slow_apex@T1:8%@L4-{LAPS}",), circuit, LAPS),
        events=(parse_event(f"spin@L{SPINS_ON}:T1", circuit, LAPS),) if spins else (),
    )
    run = order.drive()
    return play(made_from(run.columns, run.lap_times_s, circuit, order.car, order.skill.name).recording)


@pytest.mark.parametrize("spins", [False, True])
def test_who_spins_off_where_he_was_asked_to_be_faster_hears_no_more_of_it(*, spins: bool):
    played = spoken_about(spins=spins)
    topic = next(one for one in played.state.topics.entries if one.topic.corner == 1)
    assert topic.first_cued is not None
    assert topic.first_cued <= SPINS_ON
    assert topic.taken_back == spins
    closed = [event for event in played.of(EventKind.TOPIC, TopicState.CLOSED.value) if event.reason == LOST_CAR]
    assert [(event.corner, event.lap) for event in closed] == [(1, SPINS_ON)] * spins
    later = [event.lap for event in played.spoken if event.corner == 1 and event.cause == topic.topic.cause.value and event.lap > SPINS_ON]
    assert bool(later) != spins


@pytest.mark.parametrize("how", ["garage", "towed"])
def test_who_gives_up_right_after_a_spin_hears_no_more_of_it_either(how: str):
    """The usual thing to do: no straight follows on which the corner would be looked at."""
    recording = spoken_about(spins=True).recording
    state = State(settings_for(Style.TALKATIVE), recording.session)
    analyst = Analyst(state.settings)
    spin_m = 237.0

    def frames() -> Iterator[Frame]:
        for one in frames_of(recording):
            if one["lap_number"] == SPINS_ON and one["lap_dist_m"] > spin_m + 40.0:
                break
            yield one
        for k in range(120):
            values = one.values.copy()
            values[INDEX["session_time_s"]] += k / 60.0
            if how == "garage":
                values[INDEX["is_on_track"]] = 0.0
            else:
                values[INDEX["lap_dist_frac"]] = 0.01
            yield frame_of(one.tick + k, values)

    events = list(replay(frames(), state, analyst))
    topic = next(one for one in state.topics.entries if one.topic.corner == 1)
    assert topic.taken_back
    assert [event.station_m for event in events if event.kind is EventKind.DETECTION and event.cause == "spin"]


def test_what_was_planned_about_it_is_dropped_with_the_reason():
    state = driving(900.0)
    (topic,) = state.topics.entries
    other = entry(5, Cause.BRAKE_EARLY)
    state.topics.entries.append(other)
    state.arbiter.add(plan(1000.0, 1100.0, 1200.0, 1300.0, topic))
    state.arbiter.add(plan(2000.0, 2100.0, 2200.0, 2300.0, other))
    state.tones = [TonePlan(topic, 1300.0), TonePlan(other, 2300.0)]
    events = driven(state, OFF, OFF)
    dropped = [(event.kind, event.corner, event.reason) for event in events if event.state == CueState.DROPPED]
    assert dropped == [(EventKind.CUE, 2, LOST_CAR), (EventKind.TONES, 2, LOST_CAR)]
    assert [one.entry for one in state.arbiter.plans] == [other]
    assert [one.entry for one in state.tones] == [other]


def test_laps_of_a_race_that_count_from_one_again_are_after_those_of_the_practice():
    state, out = driving(900.0), []
    state.silence.out_lap = False
    (topic,) = state.topics.entries
    topic.cued(7)
    topic.cued(8)  # about the next lap
    crossed(frame(lap_number=1.0), state, out)
    assert topic.first_cued is not None
    assert topic.first_cued < max(topic.cued_for) < 1
    assert driven(state, OFF, OFF)


def test_a_cue_about_the_next_passage_is_not_to_blame_for_this_one():
    state = driving(900.0)
    (topic,) = state.topics.entries
    topic.cued_for[:] = [8]
    assert not driven(state, OFF, OFF)

"""Tones to a braking point, on a drive with a habit of braking early."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from coach.compare.cause import Cause
from coach.compare.phases import CornerPhases
from coach.cues.road import Road
from coach.cues.settings import Style
from coach.cues.tones import APPROACH_S, TOLD_AHEAD_S, arrives_in_s, point_asked
from coach.cues.topic import LapSeen
from coach.events import CueState, Event, EventKind, ToneState
from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.faults import parse_faults
from coach.sim.order import Order
from coach.sim.output import made_from
from coach.sim.skill import load_skill
from tests.coach.cues.made import BRAKES_M, entry, road, seen_corner
from tests.coach.drives import simulated
from tests.coach.played import Played, play

pytestmark = pytest.mark.xdist_group("session")  # the drives are made once
LAPS, SEED = 9, 6
WITHIN_S = 0.020  # of the plan: what the stream keeps, too


@cache
def toned(heard_after_s: float = 0.0) -> Played:
    circuit = load_circuit("tsukuba")
    faults = parse_faults(("brake_early@T1:30m@L4-9",), circuit, LAPS)
    order = Order(circuit=circuit, car=load_car("mx5"), skill=load_skill("intermediate"), laps=LAPS, seed=SEED, faults=faults)
    run = order.drive()
    made = made_from(run.columns, run.lap_times_s, circuit, order.car, order.skill.name)
    return play(made.recording, Style.TALKATIVE, heard_after_s=heard_after_s, braking_tones=1)


def point_reached_s(played: Played, tones: Event) -> float:
    """When the car came to the braking point of some tones."""
    frac = played.recording.column("lap_dist_frac")
    step = np.diff(frac)
    driven_m = np.concatenate(([frac[0]], frac[0] + np.cumsum(step - np.round(step)))) * played.state.place.length_m
    tick = int(np.searchsorted(played.time_s, tones.t_s))
    to_m = driven_m[tick] + (tones.deadline_m - driven_m[tick]) % played.state.place.length_m
    return float(np.interp(to_m, driven_m[tick:], played.time_s[tick:]))


def test_the_third_tone_and_the_tick_fall_on_the_braking_point():
    played = toned()
    approaches, ticks = played.of(EventKind.TONES, ToneState.APPROACH), played.of(EventKind.TONES, ToneState.BRAKE)
    assert len(approaches) >= 5
    assert len(ticks) >= 3
    for tones in approaches:
        assert tones.heard_s + APPROACH_S == pytest.approx(point_reached_s(played, tones), abs=WITHIN_S)
    for tick in ticks:
        assert tick.heard_s == pytest.approx(point_reached_s(played, tick), abs=WITHIN_S)


def test_tones_are_told_ahead_the_approach_on_the_straight_and_no_tick_to_who_brakes_already():
    played = toned()
    for tones in played.of(EventKind.TONES, ToneState.APPROACH, ToneState.BRAKE):
        assert 0.0 <= tones.heard_s - tones.t_s <= TOLD_AHEAD_S
        busy = played.busy_at(tones) if tones.state == ToneState.APPROACH else played.braking[np.searchsorted(played.time_s, tones.t_s)]
        assert not busy
        assert all(not cue.t_s <= tones.heard_s < cue.t_s + cue.spoken_s for cue in played.spoken)


def test_a_wireless_output_is_told_of_tones_as_long_ahead_as_it_needs():
    late_s = 0.6
    told = toned(late_s).of(EventKind.TONES, ToneState.APPROACH, ToneState.BRAKE)
    assert len(told) >= 8
    assert all(tones.heard_s - tones.t_s >= late_s for tones in told)


def test_every_plan_has_its_ends_in_order_and_a_reason_when_it_is_not_heard():
    """Planned, then the approach or dropped; after an approach the tick or dropped."""
    played = toned()
    after = {CueState.PLANNED: {ToneState.APPROACH, CueState.DROPPED}, ToneState.APPROACH: {ToneState.BRAKE, CueState.DROPPED}}
    open_: dict[tuple[int, float], str] = {}
    for tones in played.of(EventKind.TONES):
        which = tones.corner, tones.deadline_m
        assert tones.cause in {"brake_early", "brake_late"}
        assert bool(tones.reason) == (tones.state == CueState.DROPPED)
        if tones.state != CueState.PLANNED:
            assert tones.state in after[open_.pop(which)]
        if tones.state in after:
            open_[which] = tones.state
    assert len(open_) == len(played.state.tones)


def test_without_the_setting_there_are_no_tones():
    assert play(simulated("tsukuba_mx5"), Style.TALKATIVE).of(EventKind.TONES) == []


def made_entry(brake_on_later_m: float):
    made = entry(1, Cause.BRAKE_EARLY)
    made.candidate.figures["brake_on_later_m"] = brake_on_later_m
    return made


@pytest.mark.parametrize(("later_m", "asked_m"), [(-20.0, 290.0), (10.0, 305.0)])
def test_half_of_what_is_missing_to_the_reference_is_asked_for(later_m, asked_m):
    assert point_asked(made_entry(later_m), [lap_with(BRAKES_M)]) == pytest.approx(asked_m)


def test_a_reference_that_does_not_brake_gives_no_point():
    assert np.isnan(point_asked(made_entry(-20.0), [lap_with(np.nan)]))
    assert np.isnan(point_asked(made_entry(-20.0), []))


def lap_with(brake_on_m: float) -> LapSeen:
    corner = seen_corner(1, Cause.BRAKE_EARLY)
    object.__setattr__(corner, "reference_phases", CornerPhases(brake_on_m=brake_on_m))
    return LapSeen(1, (corner,))


def test_a_slower_car_arrives_later_than_usual():
    on: Road = road(50.0)
    assert arrives_in_s(300.0, 200.0, 50.0, on) == pytest.approx(2.0)
    assert arrives_in_s(300.0, 200.0, 40.0, on) == pytest.approx(2.5)
    assert arrives_in_s(150.0, 200.0, 50.0, on) < 0.0

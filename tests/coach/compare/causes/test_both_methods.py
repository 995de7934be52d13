"""What both methods must see, each by itself, on drawn laps: causes in the order of time, and prices that are what was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from coach.compare.cause import Cause, CauseShare
from coach.compare.causes import evidence, impulses
from coach.compare.pair import LapPair
from tests.coach.compare.causes.drawn_pairs import APEX_M, APEX_MPS, LENGTH_M, Drive, pair_of, time_lost_s

STATION = np.arange(LENGTH_M + 1, dtype=np.float64)
STAB = (APEX_M + 5.0, APEX_M + 15.0)
Attribute = Callable[[LapPair], tuple[tuple[CauseShare, ...], ...]]
both = pytest.mark.parametrize("attribute", [evidence.attribute, impulses.attribute], ids=["evidence", "impulses"])


def named_s(shares: tuple[CauseShare, ...]) -> float:
    return sum(share.time_lost_s for share in shares if share.cause is not Cause.UNEXPLAINED)


@both
def test_braking_harder_from_the_same_point_sheds_the_speed_too_early(attribute: Attribute) -> None:
    pair = pair_of(Drive(lift_m=339.0, brake_on_m=340.0, brake=0.8), Drive(lift_m=339.0, brake_on_m=340.0, brake=0.5))
    assert time_lost_s(pair) > 0.05
    assert attribute(pair)[0][0].cause is Cause.BRAKE_EARLY


@both
def test_braking_harder_to_a_speed_that_is_missing_at_the_apex_is_a_slow_apex(attribute: Attribute) -> None:
    own = Drive(lift_m=369.0, brake_on_m=370.0, brake=0.8, apex_mps=0.9 * APEX_MPS)
    assert attribute(pair_of(own, Drive(lift_m=369.0, brake_on_m=370.0, brake=0.7)))[0][0].cause is Cause.SLOW_APEX


@both
def test_the_brake_again_in_the_corner_beyond_what_tyres_hold_there_is_a_lock_up(attribute: Attribute) -> None:
    pair = pair_of(Drive(stab_m=STAB))
    straight_on = np.where((STAB[0] <= STATION) & (STAB[1] > STATION), 0.5, 1.0) * pair.own_path.curvature_1pm
    pair = replace(pair, own_path=replace(pair.own_path, curvature_1pm=straight_on))
    assert attribute(pair)[0][0].cause is Cause.LOCKUP


@both
def test_late_braking_is_the_cause_of_the_lock_up_it_leads_to(attribute: Attribute) -> None:
    late = Drive(lift_m=389.0, brake_on_m=390.0, brake=1.0, bite=0.95, apex_mps=0.88 * APEX_MPS, throttle_on_m=APEX_M + 20.0)
    assert attribute(pair_of(late))[0][0].cause is Cause.BRAKE_LATE


@both
def test_late_braking_costs_what_is_left_of_what_it_gained_first(attribute: Attribute) -> None:
    pair = pair_of(Drive(lift_m=389.0, brake_on_m=390.0, apex_mps=0.95 * APEX_MPS, throttle_on_m=APEX_M + 10.0))
    assert named_s(attribute(pair)[0]) == pytest.approx(time_lost_s(pair), abs=max(0.02, 0.1 * time_lost_s(pair)))


@both
def test_a_wide_line_costs_its_length_less_the_speed_it_carries(attribute: Attribute) -> None:
    pair = wide(pair_of(Drive(apex_mps=1.01 * APEX_MPS)))
    assert time_lost_s(pair) > 0.05
    first = attribute(pair)[0][0]
    assert first.cause is Cause.LINE
    assert first.time_lost_s == pytest.approx(time_lost_s(pair), abs=0.02)


def wide(pair: LapPair) -> LapPair:
    """The own lap driven 3 m outside through the corner, 8 % longer there."""
    there = (STATION > 440.0) & (STATION < 600.0)
    bump = np.where(there, np.sin((STATION - 440.0) / 160.0 * np.pi) ** 2, 0.0)
    stretch = np.where(there, 1.08, 1.0)
    speed = pair.own.grid["speed_mps"]
    time = np.concatenate([[0.0], np.cumsum((stretch[1:] + stretch[:-1]) / (speed[1:] + speed[:-1]))])
    path = replace(pair.own_path, stretch=stretch, offset_m=-3.0 * bump, course_rad=pair.own_path.course_rad + np.gradient(-3.0 * bump))
    return replace(pair, own=replace(pair.own, grid={**pair.own.grid, "time_s": time}), own_path=path)


@both
def test_no_named_cause_makes_up_for_another(attribute: Attribute) -> None:
    for own in (Drive(throttle_on_m=APEX_M + 25.0), Drive(lift_m=359.0, brake_on_m=360.0), Drive(most_throttle=0.5)):
        pair = pair_of(own)
        assert named_s(attribute(pair)[0]) <= time_lost_s(pair) + max(0.02, 0.1 * time_lost_s(pair))

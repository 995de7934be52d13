"""Method B on drawn laps: every action is found where it was done, and the parts sum to the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach.compare.cause import CARRIED, Cause
from coach.compare.causes.impulse_gates import Gates, gates_for, ramp
from coach.compare.causes.impulse_grip import common_loss
from coach.compare.causes.impulse_kernel import price, price_plain
from coach.compare.causes.impulse_sides import sides_of
from coach.compare.causes.impulse_units import turning_points, units_of
from coach.compare.causes.impulses import attribute
from tests.coach.compare.causes.drawn_pairs import APEX_M, APEX_MPS, LENGTH_M, SCATTER, Drive, pair_of, time_lost_s, without, without_path

STATION = np.arange(LENGTH_M + 1, dtype=np.float64)
BEND = (430.0, 460.0)  # where a car that turns in early is bent already, still on the reference's straight

WORSE = {
    "brakes 20 m early": (Drive(lift_m=359.0, brake_on_m=360.0), Cause.BRAKE_EARLY),
    "brakes at 60 %": (Drive(lift_m=299.0, brake_on_m=300.0, brake=0.48), Cause.BRAKE_SOFT),
    "coasts 60 m": (Drive(lift_m=320.0, brake_on_m=384.0), Cause.COASTING),
    "lifts on the straight": (Drive(lifted_m=(200.0, 240.0), lift_m=389.0, brake_on_m=390.0), Cause.LIFT),
    "8 % slow at the apex": (Drive(lift_m=374.0, brake_on_m=375.0, apex_mps=0.92 * APEX_MPS), Cause.SLOW_APEX),
    "throttle 25 m late": (Drive(throttle_on_m=APEX_M + 25.0), Cause.THROTTLE_LATE),
    "half throttle": (Drive(most_throttle=0.5), Cause.THROTTLE_SOFT),
    "a gear too high": (Drive(gear_up=(560.0, 700.0)), Cause.GEAR),
    "less power": (Drive(push=0.9), Cause.POWER),
    "a tighter line": (
        Drive(lift_m=374.0, brake_on_m=375.0, apex_mps=0.92 * APEX_MPS, tighter=1.18, offset_m=2.0),
        Cause.LINE,
    ),
    "locks up": (Drive(brake=1.0, bite=0.95, apex_mps=0.9 * APEX_MPS, throttle_on_m=APEX_M + 6.0), Cause.LOCKUP),
    "pushes": (Drive(more_steer=1.5, throttle_on_m=APEX_M + 25.0), Cause.UNDERSTEER),
    "slides": (Drive(sideslip_rad=0.2, most_throttle=0.6), Cause.OVERSTEER),
    "spins its wheels": (Drive(spin=0.3, most_throttle=0.6), Cause.WHEELSPIN),
}


@pytest.mark.parametrize("what", WORSE)
def test_the_action_that_was_done_worse_comes_first(what: str) -> None:
    drive, cause = WORSE[what]
    pair = pair_of(drive)
    assert time_lost_s(pair) > 0.05
    assert attribute(pair)[0][0].cause is cause


def test_late_braking_that_ends_slow_is_called_late_not_slow() -> None:
    pair = pair_of(Drive(lift_m=389.0, brake_on_m=390.0, apex_mps=0.88 * APEX_MPS, throttle_on_m=APEX_M + 20.0))
    assert attribute(pair)[0][0].cause is Cause.BRAKE_LATE


@pytest.mark.parametrize("what", WORSE)
def test_shares_sum_to_the_time_lost_in_every_window(what: str) -> None:
    pair = pair_of(WORSE[what][0])
    for k, shares in enumerate(attribute(pair)):
        assert sum(share.time_lost_s for share in shares) == pytest.approx(time_lost_s(pair, k), abs=1e-4)


def test_a_lap_against_itself_loses_nothing() -> None:
    assert all(not shares for shares in attribute(pair_of(Drive())))


def test_a_faster_lap_has_no_cause_but_a_gain() -> None:
    shares = attribute(pair_of(Drive(), Drive(most_throttle=0.5)))[0]
    assert sum(share.time_lost_s for share in shares) < -0.1
    assert max(shares, key=lambda share: abs(share.time_lost_s)).cause is Cause.UNEXPLAINED


def test_a_loss_paid_on_the_next_straight_says_which_corner_it_comes_from() -> None:
    share = attribute(pair_of(Drive(throttle_on_m=APEX_M + 25.0)))[1][0]
    assert share.cause is Cause.THROTTLE_LATE
    assert share.detail[CARRIED] == 1.0


def test_the_exit_of_the_pits_before_the_first_window_is_no_corner() -> None:
    late, usual = Drive(throttle_on_m=APEX_M + 25.0), Drive()
    pair = pair_of(late, replace(usual, start_mps=12.0))
    assert all(CARRIED not in share.detail for share in attribute(pair)[0])
    for own, reference in ((late, replace(usual, start_mps=12.0)), (replace(late, start_mps=12.0), usual)):
        unit = units_of(sides_of(pair_of(own, reference)), SCATTER.v_min_frac)[0]
        assert unit.own.slowest > usual.brake_on_m
        assert unit.reference.slowest > usual.brake_on_m


def test_evidence_names_the_metres() -> None:
    share = attribute(pair_of(Drive(lift_m=359.0, brake_on_m=360.0)))[0][0]
    assert share.detail["onset_earlier_m"] == pytest.approx(20.0, abs=2.0)


def test_without_a_path_nobody_is_blamed_for_the_line() -> None:
    shares = attribute(without_path(pair_of(WORSE["a tighter line"][0])))[0]
    assert all(share.cause is not Cause.LINE for share in shares)
    assert shares[0].cause is Cause.SLOW_APEX


def test_a_source_without_pedals_explains_nothing_but_still_adds_up() -> None:
    pair = without(
        pair_of(WORSE["brakes 20 m early"][0]), "throttle_raw_frac", "brake_raw_frac", "gear", "rpm", "steer_rad", "yaw_rate_radps"
    )
    shares = attribute(pair)[0]
    assert sum(share.time_lost_s for share in shares) == pytest.approx(time_lost_s(pair), abs=1e-4)


def test_twice_the_scatter_makes_a_small_difference_no_evidence() -> None:
    wide = gates_for(SCATTER.__class__(**{**{name: getattr(SCATTER, name) for name in SCATTER.__slots__}, "brake_on_m": 15.0}))
    assert wide.onset_m == 30.0
    assert wide.offset_m == Gates().offset_m


def test_ramp_is_half_at_the_gate_and_nothing_for_the_unknown() -> None:
    assert ramp(2.0, 2.0) == 0.5
    assert ramp(float("nan"), 2.0) == 0.0


def test_turning_points_ignore_ripples() -> None:
    values = np.array([0.0, -0.01, 0.0, -0.5, -0.49, -0.5, -0.1, -0.12, -0.1, -0.4, 0.0])
    assert turning_points(values, 0.1) == [3, 9]


def test_kernel_equals_its_plain_twin() -> None:
    rng = np.random.default_rng(7)
    m, causes = 400, 5
    energy = np.cumsum(rng.normal(0.0, 3.0, m)) - 5.0
    lost = -energy[1:] * 1e-4
    weights = rng.dirichlet(np.ones(causes), m - 1)
    window, unit = np.arange(m - 1) // 150, np.arange(m - 1) // 90
    counts = (int(window[-1]) + 1, int(unit[-1]) + 1)
    fast, slow = price(energy, lost, weights, window, unit, counts), price_plain(energy, lost, weights, window, unit, counts)
    np.testing.assert_allclose(fast[0], slow[0], rtol=1e-12)
    np.testing.assert_allclose(fast[1], slow[1], rtol=1e-12)
    assert slow[0].sum() + slow[1].sum() == pytest.approx(lost.sum())


def test_less_in_every_corner_and_on_the_brakes_with_the_same_steering_is_grip() -> None:
    less = np.full(6, -0.08)
    assert common_loss(less, less, np.zeros(6), 0.03) == pytest.approx(0.08)


def test_a_careful_driver_who_steers_less_does_not_lack_grip() -> None:
    less = np.full(6, -0.08)
    assert common_loss(less, less, np.full(6, -0.08), 0.03) == 0.0


def test_a_loss_in_some_corners_only_is_not_grip() -> None:
    assert common_loss(np.array([-0.1, -0.1, -0.1, 0.0, 0.0, -0.1]), np.full(6, -0.1), np.zeros(6), 0.03) == 0.0


def test_throttle_that_comes_late_a_second_time_is_no_lift() -> None:
    reference = Drive(throttle_on_m=460.0, ramp_m=5.0, lifted_m=(500.0, 530.0))
    own = replace(reference, lifted_m=(500.0, 560.0))
    assert attribute(pair_of(own, reference))[0][0].cause is Cause.THROTTLE_LATE


def test_throttle_given_up_while_the_reference_keeps_it_is_a_lift() -> None:
    reference = Drive(throttle_on_m=460.0, ramp_m=5.0)
    own = replace(reference, lifted_m=(500.0, 560.0))
    assert attribute(pair_of(own, reference))[0][0].cause is Cause.LIFT


def test_braking_early_for_an_arc_that_allows_no_more_is_the_line() -> None:
    pair = pair_of(Drive(lift_m=359.0, brake_on_m=360.0))
    bent = pair.own_path.curvature_1pm + np.where(
        (pair.own_path.curvature_1pm == 0.0) & (BEND[0] < STATION) & (BEND[1] > STATION), 0.025, 0.0
    )
    offset = np.where((BEND[0] < STATION) & (STATION < APEX_M), 1.5, 0.0)
    early = replace(pair, own_path=replace(pair.own_path, curvature_1pm=bent, offset_m=offset))
    assert attribute(pair)[0][0].cause is Cause.BRAKE_EARLY
    assert attribute(early)[0][0].cause is Cause.LINE


def test_late_braking_on_a_wide_line_at_no_higher_speed_is_the_line() -> None:
    pair = pair_of(Drive(lift_m=389.0, brake_on_m=390.0, apex_mps=0.88 * APEX_MPS, throttle_on_m=APEX_M + 20.0))
    slower = pair.own.grid["speed_mps"] < pair.reference.grid["speed_mps"]
    for where, cause in ((slower, Cause.LINE), (~slower & (STATION > 390.0), Cause.BRAKE_LATE)):
        wide = -3.0 * np.cumsum(where & (STATION < APEX_M)) / np.sum(where & (STATION < APEX_M))
        beside = replace(pair, own_path=replace(pair.own_path, offset_m=np.where(STATION < 700.0, wide, 0.0)))
        assert attribute(beside)[0][0].cause is cause


def test_a_pedal_that_holds_elsewhere_at_lower_speed_locks_nothing() -> None:
    pair = pair_of(*WORSE["locks up"][:1])
    brake = pair.reference.grid["brake_raw_frac"].copy()
    brake[1000:1010] = 1.0
    speed = pair.reference.grid["speed_mps"].copy()
    speed[1000:1010] = 20.0
    held = replace(pair, reference=replace(pair.reference, grid={**pair.reference.grid, "brake_raw_frac": brake, "speed_mps": speed}))
    assert any(share.cause is Cause.LOCKUP for share in attribute(pair)[0])
    assert all(share.cause is not Cause.LOCKUP for share in attribute(held)[0])

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach.sim.circuit import CircuitCorner
from coach.sim.true_phases import Driven, true_phases

LENGTH_M = 1000.0
CORNERS = (CircuitCorner(1, "", 1, 280.0, 300.0, 320.0), CircuitCorner(2, "", -1, 680.0, 700.0, 720.0))


def driven(**pedals: list[tuple[float, float]]) -> Driven:
    """A lap at about 40 m/s whose speed dips to 20 m/s at 300 m and to 30 m/s at 700 m; pedals as (station, value) knots."""
    station = np.arange(-300.0, 1300.0, 0.1)
    speed = 40.0 - 20.0 * np.exp(-(((station - 300.0) / 60.0) ** 2)) - 10.0 * np.exp(-(((station - 700.0) / 60.0) ** 2))
    time = np.concatenate([[0.0], np.cumsum(np.diff(station) / speed[1:])])
    values = {name: np.interp(station, *zip(*knots, strict=True)) for name, knots in pedals.items()}
    values = {"brake": 0.0 * station, "throttle": 0.0 * station} | values
    return Driven(time, station, speed, values["brake"], values["throttle"])


def test_braking_point_and_end_are_first_and_last_touch():
    phases = true_phases(driven(brake=[(200, 0), (210, 1), (280, 1), (300, 0)]), CORNERS, LENGTH_M)[1]
    assert phases.brake_on_m == pytest.approx(200.0, abs=0.1)
    assert phases.brake_off_m == pytest.approx(300.0, abs=0.15)
    assert phases.brake_peak == 1.0


def test_minimum_speed_is_that_of_the_car():
    phases = true_phases(driven(), CORNERS, LENGTH_M)
    assert (phases[1].v_min_mps, phases[1].v_min_at_m) == pytest.approx((20.0, 300.0), abs=0.1)
    assert (phases[2].v_min_mps, phases[2].v_min_at_m) == pytest.approx((30.0, 700.0), abs=0.1)


def test_the_main_application_counts_not_the_dab_before_it():
    knots = [(150, 0), (152, 0.3), (155, 0), (200, 0), (210, 1), (300, 0)]
    assert true_phases(driven(brake=knots), CORNERS, LENGTH_M)[1].brake_on_m == pytest.approx(200.0, abs=0.1)


def test_a_press_let_go_for_a_moment_is_one_application():
    knots = [(190, 0), (194, 0.3), (198, 0), (200, 0), (210, 1), (300, 0)]
    assert true_phases(driven(brake=knots), CORNERS, LENGTH_M)[1].brake_on_m == pytest.approx(190.0, abs=0.2)


def test_braking_for_a_corner_before_a_flat_one_is_not_taken_for_the_one_after_it():
    corners = (CORNERS[0], CircuitCorner(2, "", 1, 480.0, 500.0, 520.0), replace(CORNERS[1], number=3))
    knots = [(200, 0), (210, 1), (280, 0.9), (300, 0), (640, 0), (645, 0.2), (690, 0)]
    lap = driven(brake=knots)
    speed = np.where((lap.station_m > 400) & (lap.station_m < 590), 39.0 + 0.001 * lap.station_m, lap.speed_mps)
    phases = true_phases(replace(lap, speed_mps=speed), corners, LENGTH_M)
    assert np.isnan(phases[2].v_min_mps)
    assert phases[3].brake_on_m == pytest.approx(640.0, abs=0.2)


def test_braking_belongs_to_the_corner_it_is_for():
    phases = true_phases(driven(brake=[(600, 0), (610, 1), (690, 0)]), CORNERS, LENGTH_M)
    assert np.isnan(phases[1].brake_on_m)
    assert phases[2].brake_on_m == pytest.approx(600.0, abs=0.1)


def test_throttle_point_is_where_the_application_that_ends_in_full_throttle_begins():
    knots = [(240, 1), (245, 0), (260, 0), (262, 0.3), (265, 0), (310, 0), (360, 1), (600, 1), (610, 0)]
    phases = true_phases(driven(throttle=knots), CORNERS, LENGTH_M)[1]
    assert phases.lift_m == pytest.approx(240.1, abs=0.01)
    assert phases.throttle_on_m == pytest.approx(310.0, abs=0.3)
    assert phases.full_throttle_m == pytest.approx(359.0, abs=0.01)


def test_a_touch_of_full_throttle_is_not_held():
    knots = [(310, 0), (330, 1), (332, 0.5), (380, 1), (600, 1)]
    assert true_phases(driven(throttle=knots), CORNERS, LENGTH_M)[1].full_throttle_m > 375.0


def test_a_corner_taken_flat_has_no_phases():
    flat = (*CORNERS, CircuitCorner(3, "", 1, 900.0, 910.0, 920.0))
    rising = driven()
    speed = np.where(rising.station_m > 760.0, 40.0 + 0.01 * (rising.station_m - 760.0), rising.speed_mps)
    phases = true_phases(Driven(rising.time_s, rising.station_m, speed, rising.brake_frac, rising.throttle_frac), flat, LENGTH_M)
    assert np.isnan(phases[3].v_min_mps)
    assert np.isfinite(phases[2].v_min_mps)


def test_braking_for_the_first_corner_may_begin_before_the_line():
    corners = (CircuitCorner(1, "", 1, 30.0, 50.0, 70.0),)
    station = np.arange(-300.0, 1300.0, 0.1)
    speed = 40.0 - 20.0 * np.exp(-(((station - 50.0) / 60.0) ** 2))
    time = np.concatenate([[0.0], np.cumsum(np.diff(station) / speed[1:])])
    brake = np.interp(station, [-60, -50, 30, 40], [0, 1, 1, 0])
    phases = true_phases(Driven(time, station, speed, brake, 0.0 * station), corners, LENGTH_M)[1]
    assert phases.brake_on_m == pytest.approx(-60.0, abs=0.1)


@pytest.mark.parametrize("start_m", [200.0, 200.2, 200.4, 200.6])
def test_ramps_sampled_at_60_hz_give_their_points_within_a_decimetre(start_m):
    fine = driven(
        brake=[(start_m, 0), (start_m + 8, 1), (280, 1), (290 + start_m / 100, 0)],
        throttle=[(start_m + 110, 0), (start_m + 128, 1), (600, 1)],
    )
    ticks = np.arange(0.0, fine.time_s[-1], 1 / 60)
    columns = (np.interp(ticks, fine.time_s, column) for column in (fine.station_m, fine.speed_mps, fine.brake_frac, fine.throttle_frac))
    truth, sampled = true_phases(fine, CORNERS, LENGTH_M)[1], true_phases(Driven(ticks, *columns), CORNERS, LENGTH_M)[1]
    for name in ("brake_on_m", "brake_off_m", "throttle_on_m", "full_throttle_m"):
        assert getattr(sampled, name) == pytest.approx(getattr(truth, name), abs=0.1), name

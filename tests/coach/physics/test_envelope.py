"""The envelope learned from laps whose car is known, and from laps that show little of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach.physics.envelope import ELLIPSE_DEFAULT, accelerations, learn_car
from coach.physics.quasi_steady import G_MPS2, quasi_steady_lap
from coach.track.path import PathSource
from tests.coach.physics.synthetic import CAR, LENGTH, SPEED, circuit, flat_track, lap_at, lap_at_limit


def learned(*laps, **options):
    return learn_car([trace for trace, _ in laps], [path for _, path in laps], **options)


def at(car, name, v):
    return np.interp(v, car.speed_mps, getattr(car, name))


def test_the_limits_of_a_lap_at_the_limit_are_found():
    car, v = learned(lap_at_limit(circuit())), np.array([22.0, 30.0, 40.0])
    assert at(car, "lateral_mps2", v) == pytest.approx(np.interp(v, SPEED, CAR.lateral_mps2), rel=0.05)
    assert at(car, "braking_mps2", v) == pytest.approx(np.interp(v, SPEED, CAR.braking_mps2), rel=0.08)
    assert at(car, "accel_full_mps2", v) == pytest.approx(np.interp(v, SPEED, CAR.accel_full_mps2), rel=0.05)
    assert car.ellipse == pytest.approx(CAR.ellipse, abs=0.25)
    assert car.traction_share == pytest.approx(CAR.traction_share, abs=0.12)


def test_full_throttle_beyond_the_speeds_seen_still_falls_with_speed():
    car = learned(lap_at_limit(circuit()))
    assert np.all(np.diff(car.accel_full_mps2[car.speed_mps > 40.0]) < 0.0)
    assert np.all(np.isfinite(car.accel_full_mps2))


def test_a_spike_in_the_curvature_does_not_define_the_car():
    trace, path = lap_at_limit(circuit())
    spiked = path.curvature_1pm.copy()
    spiked[700:704] = 0.2
    assert learned((trace, replace(path, curvature_1pm=spiked))).lateral_mps2 == pytest.approx(
        learned((trace, path)).lateral_mps2, rel=0.02
    )


def test_a_driver_who_uses_less_shows_less():
    full, careful = learned(lap_at_limit(circuit())), learned(lap_at_limit(circuit(), share=0.8))
    assert at(careful, "lateral_mps2", 25.0) == pytest.approx(0.8 * at(full, "lateral_mps2", 25.0), rel=0.05)


def test_a_lower_quantile_gives_lower_limits():
    lap = lap_at_limit(circuit())
    assert at(learned(lap, quantile=0.8), "lateral_mps2", 25.0) < at(learned(lap), "lateral_mps2", 25.0)


def test_grade_is_taken_out():
    grade = 0.04 * np.sin(2 * np.pi * np.arange(LENGTH) / LENGTH)
    kappa = circuit()
    lap = lap_at(quasi_steady_lap(kappa, 1.0, CAR, grade_frac=grade), kappa, grade=grade)
    known, v = learned(lap, track=flat_track(grade_frac=grade)), np.array([30.0, 40.0])
    assert at(known, "accel_full_mps2", v) == pytest.approx(np.interp(v, SPEED, CAR.accel_full_mps2), rel=0.06)
    assert at(known, "braking_mps2", v) == pytest.approx(np.interp(v, SPEED, CAR.braking_mps2), rel=0.08)


def test_bank_is_taken_out():
    bank = np.full(LENGTH, np.radians(15.0))
    kappa = np.abs(circuit())
    lap = lap_at(quasi_steady_lap(kappa, 1.0, CAR, bank_rad=bank), kappa)
    assert at(learned(lap, track=flat_track(bank_rad=bank)), "lateral_mps2", 25.0) == pytest.approx(at(CAR, "lateral_mps2", 25.0), rel=0.08)
    assert at(learned(lap), "lateral_mps2", 25.0) > 1.2 * at(CAR, "lateral_mps2", 25.0)


def test_a_parked_slope_shows_no_acceleration_of_its_own():
    grade = np.full(LENGTH, 0.05)
    trace, path = lap_at(np.full(LENGTH, 40.0), np.zeros(LENGTH))
    along, across = accelerations(trace, path, flat_track(grade_frac=grade))
    assert along[50] == pytest.approx(0.05 * G_MPS2)
    assert across[50] == 0.0


def test_an_oval_with_one_kind_of_corner_gets_no_downforce_from_thin_air():
    car = learned(lap_at_limit(circuit((60.0, 60.0))))
    assert np.ptp(car.lateral_mps2) == pytest.approx(0.0, abs=0.05 * car.lateral_mps2[0])


def test_a_lap_without_braking_or_cornering_is_survived():
    car = learned(lap_at(np.full(LENGTH, 60.0), np.full(LENGTH, 1e-5)))
    assert car.braking_mps2 == pytest.approx(G_MPS2)
    assert car.ellipse == ELLIPSE_DEFAULT
    assert np.isfinite(car.accel_full_mps2).all()


def test_a_steering_path_is_marked_as_shape_only():
    assert learned(lap_at_limit(circuit(), source=PathSource.STEERING)).lateral_by_shape
    assert not learned(lap_at_limit(circuit())).lateral_by_shape


def test_no_path_means_that_the_lateral_limit_is_unknown():
    trace, path = lap_at_limit(circuit(), source=PathSource.NONE)
    nothing = np.full(len(path.course_rad), np.nan)
    car = learned((trace, replace(path, curvature_1pm=nothing, stretch=nothing)))
    assert np.isnan(car.lateral_mps2).all()
    assert at(car, "accel_full_mps2", 40.0) == pytest.approx(at(CAR, "accel_full_mps2", 40.0), rel=0.1)


def test_pedals_are_not_needed_to_survive():
    trace, path = lap_at_limit(circuit())
    bare = {name: trace.grid[name] for name in ("station_m", "time_s", "speed_mps")}
    car = learned((replace(trace, grid=bare, ticks=bare), path))
    assert np.isfinite(car.accel_full_mps2).all()
    assert np.isfinite(car.braking_mps2).all()


def test_gear_ratios_come_out():
    car = learned(lap_at_limit(circuit()))
    assert car.speed_per_rpm[2:4] == pytest.approx([0.006, 0.009], rel=1e-3)
    assert np.isnan(car.speed_per_rpm[0])


def test_hits_count_the_driving_behind_each_speed():
    car = learned(lap_at_limit(circuit()))
    assert car.hits[0] == 0
    assert car.hits.max() > 50


def test_no_lap_is_an_error():
    with pytest.raises(ValueError, match="at least one lap"):
        learn_car([], [])

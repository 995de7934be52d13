"""The quasi-steady lap against closed forms, symmetries and its plain twin."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.arrays import FloatArray
from coach.physics import quasi_steady
from coach.physics.car import CarModel
from coach.physics.quasi_steady import G_MPS2, quasi_steady_lap, time_of, times_of

SPEED = np.arange(0.0, 101.0)


def a_car(*, grip: float = 1.0, accel: FloatArray | None = None, ellipse: float = 2.0, aero: float = 0.0) -> CarModel:
    power = np.minimum(8.0, 450.0 / np.maximum(SPEED, 1.0)) - 0.0008 * SPEED**2
    return CarModel(
        speed_mps=SPEED,
        accel_full_mps2=power if accel is None else accel,
        lateral_mps2=grip * (13.0 + aero * SPEED**2),
        braking_mps2=grip * (12.0 + 0.001 * SPEED**2),
        braking_typical_mps2=10.0,
        ellipse=ellipse,
        speed_per_rpm=np.full(7, np.nan),
        hits=np.full(len(SPEED), 10.0),
        traction_share=0.7,
    )


def a_circuit(seed: int, n: int = 1200) -> FloatArray:
    """Smooth bends of 20-150 m radius on a closed lap of n stations."""
    rng = np.random.default_rng(seed)
    s = np.arange(n)
    bends = [(rng.uniform(0, n), rng.choice([-1, 1]) / rng.uniform(20, 150), rng.uniform(15, 50)) for _ in range(6)]
    gap = [np.abs((s - at + n / 2) % n - n / 2) for at, _, _ in bends]
    return np.sum([k * np.exp(-((d / w) ** 2)) for d, (_, k, w) in zip(gap, bends, strict=True)], axis=0)


def test_a_circle_is_driven_at_the_speed_the_grip_allows():
    v = quasi_steady_lap(np.full(300, 1 / 50.0), 1.0, a_car())
    assert v == pytest.approx(np.sqrt(13.0 * 50.0), rel=1e-9)


def test_downforce_raises_the_speed_on_a_circle():
    v = quasi_steady_lap(np.full(300, 1 / 50.0), 1.0, a_car(aero=0.004))
    assert v == pytest.approx(np.sqrt(13.0 * 50.0 / (1.0 - 0.004 * 50.0)), rel=2e-4)


def test_bank_carries_the_car_like_a_bobsleigh():
    bank, radius, mu = np.radians(20.0), 80.0, 13.0 / G_MPS2
    v = quasi_steady_lap(np.full(300, 1 / radius), 1.0, a_car(), bank_rad=np.full(300, bank))
    textbook = np.sqrt(G_MPS2 * radius * (np.sin(bank) + mu * np.cos(bank)) / (np.cos(bank) - mu * np.sin(bank)))
    assert v == pytest.approx(textbook, rel=1e-6)


def test_bank_leaning_out_of_the_corner_costs_speed():
    flat, out = (quasi_steady_lap(np.full(100, -0.01), 1.0, a_car(), bank_rad=np.full(100, bank)) for bank in (0.0, 0.05))
    assert np.all(out < flat)


def test_from_standstill_the_energy_is_what_the_engine_gave():
    car = a_car(accel=np.full(len(SPEED), 4.0))
    v = quasi_steady_lap(np.zeros(401), 1.0, car, closed=False, v_start_mps=0.0)
    assert v[-1] ** 2 / 2 == pytest.approx(4.0 * 400.0, rel=1e-9)
    assert time_of(v, 1.0, closed=False) == pytest.approx(np.sqrt(2 * 400.0 / 4.0), rel=1e-3)


def test_braking_to_a_cap_uses_the_whole_brake():
    cap = np.full(301, np.nan)
    cap[200] = 20.0
    car = dataclasses.replace(a_car(accel=np.zeros(len(SPEED))), braking_mps2=np.full(len(SPEED), 12.0))
    v = quasi_steady_lap(np.zeros(301), 1.0, car, closed=False, v_start_mps=60.0, v_cap_mps=cap)
    start = 200 - (60.0**2 - 20.0**2) / (2 * 12.0)
    assert v[: int(start)] == pytest.approx(60.0)
    assert v[190] ** 2 == pytest.approx(20.0**2 + 2 * 12.0 * 10)
    assert v[200:] == pytest.approx(20.0)


def test_too_fast_a_start_is_answered_with_the_speed_that_can_still_be_braked_away():
    v = quasi_steady_lap(np.r_[np.zeros(10), np.full(50, 0.05)], 1.0, a_car(), closed=False, v_start_mps=60.0)
    assert v[0] < 60.0


def test_a_slope_takes_and_gives_its_own_pull():
    car = a_car(accel=np.full(len(SPEED), 4.0))
    for grade in (0.05, -0.05):
        v = quasi_steady_lap(np.zeros(101), 1.0, car, closed=False, v_start_mps=10.0, grade_frac=np.full(101, grade))
        assert v[-1] ** 2 == pytest.approx(10.0**2 + 2 * (4.0 - G_MPS2 * grade) * 100.0)


def test_a_flat_out_oval_settles_at_its_top_speed():
    v = quasi_steady_lap(np.full(2000, 1e-4), 1.0, a_car())
    drag_limited = np.interp(0.0, -a_car().accel_full_mps2[5:], SPEED[5:])
    assert v == pytest.approx(drag_limited, rel=0.01)
    assert np.ptp(v) < 1e-3


@given(seed=st.integers(0, 1000), grip=st.floats(1.02, 1.5))
@settings(max_examples=25, deadline=None)
def test_more_grip_is_never_slower(seed, grip):
    slow, fast = (time_of(quasi_steady_lap(a_circuit(seed), 1.0, a_car(grip=g)), 1.0) for g in (1.0, grip))
    assert fast < slow


@given(seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_a_mirrored_track_takes_the_same_time(seed):
    kappa = a_circuit(seed)
    assert np.array_equal(quasi_steady_lap(kappa, 1.0, a_car()), quasi_steady_lap(-kappa, 1.0, a_car()))


@given(seed=st.integers(0, 1000), shift=st.integers(1, 1199))
@settings(max_examples=25, deadline=None)
def test_where_the_line_is_drawn_does_not_matter(seed, shift):
    kappa = a_circuit(seed)
    v, moved = quasi_steady_lap(kappa, 1.0, a_car()), quasi_steady_lap(np.roll(kappa, shift), 1.0, a_car())
    assert np.roll(v, shift) == pytest.approx(moved, rel=1e-6)


@given(seed=st.integers(0, 1000), scale=st.floats(0.5, 2.0))
@settings(max_examples=25, deadline=None)
def test_a_track_scaled_by_f_with_power_to_match_takes_root_f_of_the_time(seed, scale):
    kappa, root = a_circuit(seed), np.sqrt(scale)
    car = a_car()
    scaled = dataclasses.replace(car, speed_mps=root * SPEED)
    v, bigger = quasi_steady_lap(kappa, 1.0, car), quasi_steady_lap(kappa / scale, scale, scaled)
    assert bigger == pytest.approx(root * v, rel=1e-9)
    assert time_of(bigger, scale) == pytest.approx(root * time_of(v, 1.0), rel=1e-9)


@given(seed=st.integers(0, 1000), ellipse=st.sampled_from([1.0, 1.4, 2.0]), closed=st.booleans(), grip=st.floats(0.5, 1.5))
@settings(max_examples=20, deadline=None)
def test_the_kernel_equals_its_plain_twin(seed, ellipse, closed, grip):
    kappa, rng = a_circuit(seed, 400), np.random.default_rng(seed)
    car = a_car(ellipse=ellipse, grip=grip, aero=0.003)
    road = quasi_steady._road(kappa, rng.uniform(0.9, 1.1, 400), car, rng.uniform(-0.05, 0.05, 400), rng.uniform(-0.1, 0.1, 400), None)
    arguments = (*dataclasses.astuple(road), *quasi_steady._tables(car), car.ellipse, car.traction_share, 900.0, closed)
    fast, plain = np.empty(400), np.empty(400)
    quasi_steady._solve(*arguments, fast)
    quasi_steady.solve_plain(*arguments, plain)
    assert fast == pytest.approx(plain, rel=1e-9)


def test_the_answer_obeys_every_limit():
    kappa, car = a_circuit(5), a_car()
    v = quasi_steady_lap(kappa, 1.0, car)
    a = np.diff(np.append(v, v[0]) ** 2) / 2
    assert np.all(v**2 * np.abs(kappa) <= np.interp(v, SPEED, car.lateral_mps2) * (1 + 1e-9))
    assert np.all(a <= np.interp(v, SPEED, car.accel_full_mps2) + 1e-3)
    assert np.all(-a <= np.interp(np.roll(v, -1), SPEED, car.braking_mps2) + 1e-3)


def test_one_metre_is_fine_enough():
    s = np.arange(1200)
    kappa = a_circuit(7)
    fine = np.interp(np.arange(9600) / 8, s, kappa, period=1200)
    coarse_s, fine_s = time_of(quasi_steady_lap(kappa, 1.0, a_car()), 1.0), time_of(quasi_steady_lap(fine, 0.125, a_car()), 0.125)
    assert coarse_s == pytest.approx(fine_s, rel=1e-3)


def test_an_unknown_lateral_limit_leaves_only_the_cap():
    car = dataclasses.replace(a_car(), lateral_mps2=np.full(len(SPEED), np.nan))
    cap = np.where(np.arange(1200) == 600, 25.0, np.nan)
    v = quasi_steady_lap(a_circuit(2), 1.0, car, v_cap_mps=cap)
    assert np.argmin(v) == 600
    assert v[600] == pytest.approx(25.0)


def test_times_start_at_zero_and_end_with_the_lap_time():
    t = times_of(np.full(100, 20.0), 2.0)
    assert (t[0], len(t), t[-1]) == (0.0, 101, pytest.approx(10.0))


def test_a_path_with_a_hole_is_refused():
    with pytest.raises(ValueError, match="finite curvature"):
        quasi_steady_lap(np.full(10, np.nan), 1.0, a_car())

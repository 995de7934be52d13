"""The cars behave like the published figures of their class."""

from __future__ import annotations

import numpy as np
import pytest

from coach.errors import BadInput
from coach.sim.car import Car, car_ids, load_car, power_peak_w
from coach.sim.dynamics import Air
from coach.sim.limits import Limits, car_limits, top_speed

AIR = Air(1.2, 0.0, 0.0, 1.0, 1.0, 1.0)
STILL_G = 9.80665


def test_four_cars_that_say_they_are_approximations() -> None:
    assert set(car_ids()) >= {"skip-barber", "mx5", "gt4", "gt3"}
    assert all("(approximation)" in load_car(car_id).name for car_id in car_ids())


def test_an_unknown_car_names_those_there_are() -> None:
    with pytest.raises(BadInput, match="mx5"):
        load_car("tank")


@pytest.mark.parametrize("car_id", ["skip-barber", "mx5", "gt4", "gt3"])
def test_power_top_speed_and_sprint_are_those_published(car_id: str) -> None:
    car = load_car(car_id)
    assert power_peak_w(car.params) / 1e3 == pytest.approx(car.facts["power_kw"][0], rel=0.05)
    assert top_speed(car.params, AIR, 20.0) * 3.6 == pytest.approx(car.facts["top_speed_kmh"][0], rel=0.10)
    sprint = next(name for name in car.facts if name.startswith("zero_to_"))
    to_mps = float(sprint.removeprefix("zero_to_").removesuffix("_s")) / 3.6
    assert sprint_s(car, to_mps) == pytest.approx(car.facts[sprint][0], rel=0.15)


@pytest.mark.parametrize("car_id", ["skip-barber", "mx5", "gt4", "gt3"])
def test_cornering_is_that_of_the_class(car_id: str) -> None:
    car = load_car(car_id)
    limits = car_limits(car.params, AIR, 20.0)
    for name, (value, _, _) in car.facts.items():
        if name.startswith("lateral_g_"):
            speed = float(name.removeprefix("lateral_g_").removesuffix("kmh")) / 3.6
            assert np.interp(speed, limits.v_mps, limits.lateral_mps2) / STILL_G == pytest.approx(value, rel=0.10)


def test_downforce_lifts_the_gt3_and_not_the_mx5() -> None:
    gt3, mx5 = (car_limits(load_car(name).params, AIR, 20.0) for name in ("gt3", "mx5"))

    def gain(limits: Limits) -> float:
        return float(np.interp(55.0, limits.v_mps, limits.lateral_mps2) / np.interp(20.0, limits.v_mps, limits.lateral_mps2))

    assert gain(gt3) > 1.2
    assert gain(mx5) < 1.05


def test_braking_and_driving_fall_with_cornering() -> None:
    limits = car_limits(load_car("gt4").params, AIR, 20.0)
    assert (np.diff(limits.braking_mps2, axis=1) < 0.05).all()  # scrub adds a little where the tyres have force to spare
    assert (np.diff(limits.driving_mps2, axis=1) < 0.05).all()


def sprint_s(car: Car, to_mps: float) -> float:
    """Standing start with the clutch slipping in first gear, and the time of the gear changes."""
    limits = car_limits(car.params, AIR, 20.0)
    v = np.linspace(0.1, to_mps, 400)
    rolling = float(np.trapezoid(1.0 / np.interp(v, limits.v_mps, limits.driving_mps2[:, 0]), v))
    p = car.params
    at_shift = p.shift_rpm * np.pi / 30.0 / (p.gears * p.final_drive) * p.wheel_radius_m
    return rolling + float(np.sum(at_shift < to_mps)) * p.shift_time_s + 0.3  # a driver's start: 0.3 s of clutch

"""What counts as an event: by the force of the axle, and not what a spinning car's wheels do."""

from __future__ import annotations

import numpy as np
import pytest

from coach.sim.car import load_car
from coach.sim.happened import LOCK_SLIP, RunEvent, find_events
from coach.sim.lap import RECORDED_NAMES

CAR = load_car("mx5").params
HERE = slice(20, 40)  # a third of a second


def events(**here: float) -> list[RunEvent]:
    """A second at 30 m/s, rolling freely on equal loads; `here` holds for a third of it."""
    ticks = {name: np.zeros(60) for name in RECORDED_NAMES} | {"t": np.arange(60) / 60, "vx": np.full(60, 30.0)}
    ticks |= {f"fz{i}": np.full(60, 3000.0) for i in range(4)}
    for name, value in here.items():
        ticks[name][HERE] = value
    return list(find_events(ticks, np.ones(60), CAR))


def test_both_fronts_locked_are_a_strong_lockup() -> None:
    (one,) = events(k0=-1.0, k1=-1.0, rho0=8.0, rho1=8.0, brake=0.8)
    assert one.kind == "lockup"
    assert one.strength == pytest.approx(1.0)
    assert one.duration_s == pytest.approx(20 / 60)


def test_a_lockup_of_an_unloaded_wheel_is_a_weak_one() -> None:
    (one,) = events(k0=-0.6, rho0=5.0, fz0=300.0, fz1=5700.0, brake=0.3)
    assert one.kind == "lockup"
    assert one.strength < LOCK_SLIP


def test_a_front_that_only_brakes_too_hard_is_no_understeer() -> None:
    slip = 0.19
    assert events(k0=-slip, k1=-slip, rho0=slip / CAR.peak_slip_long, rho1=slip / CAR.peak_slip_long, brake=0.8) == []


def test_a_front_that_slides_across_is_understeer() -> None:
    (one,) = events(rho0=1.6, rho1=1.6)
    assert one.kind == "understeer"
    assert one.strength == pytest.approx(1.6)


@pytest.mark.parametrize("why", [{"lost": 1.0}, {"vy": 12.0}, {"off": 4.0}])
def test_wheels_of_a_car_that_spins_or_is_off_are_no_lockup(why: dict[str, float]) -> None:
    kinds = {one.kind for one in events(k0=-1.0, k1=-1.0, k2=-1.0, k3=-1.0, brake=1.0, **why)}
    assert "lockup" not in kinds


def test_the_way_back_after_a_spin_is_no_spin() -> None:
    assert [one.kind for one in events(lost=1.0)] == ["spin"]
    assert events(lost=2.0) == []

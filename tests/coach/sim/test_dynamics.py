"""The two-track model obeys mechanics, stands still at rest, locks, spins, and does not depend on its step."""

from __future__ import annotations

import numpy as np
import pytest

from coach.arrays import FloatArray
from coach.sim import dynamics as dyn
from coach.sim.car import CarParams, load_car
from coach.sim.dynamics import Air, Controls, step
from coach.sim.lap import new_state

AIR = Air(1.2, 0.0, 0.0, 1.0, 1.0, 1.0)
G = dyn.G_MPS2


def flat_road(bank_rad: float = 0.0, grade: float = 0.0, half_m: float = 500.0) -> FloatArray:
    """A straight 10 km strip, so wide that nothing is off the track."""
    return np.tile(np.array([0.0, np.arctan(grade), bank_rad, 0.0, half_m, half_m, 0.0, 1.0]), (10000, 1))


def drive(
    car: CarParams, v_mps: float, seconds: float, *, throttle: float = 0.0, brake: float = 0.0, steer: float = 0.0, gear: int = 3,
    road: FloatArray | None = None, air: Air = AIR, hz: float = 480.0, s_m: float = 0.0,
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    x, _ = new_state(car, s_m, 0.0, v_mps, 20.0)
    here, out = np.zeros(8), np.zeros(dyn.OUTPUTS)
    controls = Controls(throttle, brake, steer, gear, gear > 0, 0.0)
    for _ in range(round(seconds * hz)):
        step(car, air, flat_road() if road is None else road, 1.0, x, controls, 1.0 / hz, here, out)
    return x, out


CAR = load_car("mx5").params
ROAD = flat_road()


def test_a_car_at_rest_stays_at_rest() -> None:
    x, _ = drive(CAR, 0.0, 2.0, brake=1.0, gear=0, road=ROAD)
    assert abs(x[dyn.S]) < 1e-6
    assert abs(x[dyn.VX]) < 1e-6
    assert not x[[dyn.N, dyn.VY, dyn.R]].any()


def test_loads_add_up_to_the_weight_and_move_forward_under_braking() -> None:
    _, rest = drive(CAR, 20.0, 1.0, gear=0, road=ROAD, air=AIR._replace(density=0.0))
    _, braking = drive(CAR, 40.0, 1.0, brake=0.5, gear=0, road=ROAD, air=AIR._replace(density=0.0))
    weight = (CAR.mass_kg + 20.0 * 0.74) * G
    for out in (rest, braking):
        assert out[dyn.O_FZ0 : dyn.O_FZ0 + 4].sum() == pytest.approx(weight, rel=1e-9)
    assert braking[dyn.O_FZ0] > rest[dyn.O_FZ0] * 1.2


def test_a_left_turn_has_the_signs_of_a_left_turn_and_loads_the_right() -> None:
    x, out = drive(CAR, 25.0, 2.0, throttle=0.2, steer=0.03, road=ROAD)
    assert x[dyn.R] > 0.1
    assert out[dyn.O_AY] > 2.0
    assert x[dyn.N] > 1.0
    assert out[dyn.O_FZ0 + 1] > out[dyn.O_FZ0]
    assert out[dyn.O_AY] == pytest.approx(x[dyn.VX] * x[dyn.R], rel=0.05)  # steady state


def test_right_mirrors_left() -> None:
    left, _ = drive(CAR, 25.0, 1.5, throttle=0.3, steer=0.04, road=ROAD)
    right, _ = drive(CAR, 25.0, 1.5, throttle=0.3, steer=-0.04, road=ROAD)
    for state in (dyn.N, dyn.PSI, dyn.VY, dyn.R):
        assert right[state] == pytest.approx(-left[state], rel=1e-9)
    assert right[dyn.VX] == pytest.approx(left[dyn.VX], rel=1e-12)


def test_a_full_pedal_locks_the_wheels_and_takes_the_steering() -> None:
    car = load_car("skip-barber").params
    locked, out = drive(car, 40.0, 1.0, brake=1.0, steer=0.05, gear=0, road=ROAD)
    rolling, _ = drive(car, 40.0, 1.0, brake=0.5, steer=0.05, gear=0, road=ROAD)
    assert out[dyn.O_KAPPA0] < -0.9
    assert locked[dyn.W0] == 0.0
    assert locked[dyn.N] < 0.3 * rolling[dyn.N]


def test_abs_keeps_the_wheels_turning() -> None:
    x, out = drive(load_car("gt3").params, 60.0, 1.0, brake=1.0, gear=0, road=ROAD)
    assert -0.35 < min(out[dyn.O_KAPPA0 : dyn.O_KAPPA0 + 4]) < -0.02
    assert 60.0 - x[dyn.VX] > 18.0  # more than 1.8 g with downforce


def test_traction_control_holds_the_wheelspin() -> None:
    car = load_car("gt3").params
    damp = AIR._replace(grip_frac=0.6)
    _, held = drive(car, 10.0, 0.5, throttle=1.0, gear=1, road=ROAD, air=damp)
    _, free = drive(car._replace(has_tc=False), 10.0, 0.5, throttle=1.0, gear=1, road=ROAD, air=damp)
    assert held[dyn.O_KAPPA0 + 2] < 0.2 < free[dyn.O_KAPPA0 + 2]


def test_uphill_costs_gravity() -> None:
    plain, _ = drive(CAR, 30.0, 1.0, gear=0, road=ROAD)
    uphill, _ = drive(CAR, 30.0, 1.0, gear=0, road=flat_road(grade=0.05))
    mass = CAR.mass_kg + 20.0 * 0.74
    turning = mass / (mass + 4.0 * CAR.wheel_inertia_kgm2 / CAR.wheel_radius_m**2)  # the wheels slow down, too
    assert plain[dyn.VX] - uphill[dyn.VX] == pytest.approx(turning * G * np.sin(np.arctan(0.05)), rel=0.02)


def test_a_bank_with_its_left_side_high_pulls_to_the_right() -> None:
    x, _ = drive(CAR, 20.0, 0.5, gear=0, road=flat_road(bank_rad=0.1))
    assert x[dyn.N] < -0.01


def test_grass_slows_and_lets_go() -> None:
    road = flat_road(half_m=0.0)
    on_grass, out = drive(CAR, 30.0, 1.0, gear=0, road=road)
    on_track, _ = drive(CAR, 30.0, 1.0, gear=0, road=ROAD)
    assert out[dyn.O_OFF] + out[dyn.O_KERB] == 4
    assert on_grass[dyn.VX] < on_track[dyn.VX]


def test_a_headwind_slows_and_a_draft_helps() -> None:
    still, _ = drive(CAR, 50.0, 2.0, gear=0, road=ROAD)
    head, _ = drive(CAR, 50.0, 2.0, gear=0, road=ROAD, air=AIR._replace(wind_mps=10.0, wind_to_rad=np.pi))
    draft, _ = drive(CAR, 50.0, 2.0, gear=0, road=ROAD, air=AIR._replace(drag_frac=0.7))
    assert head[dyn.VX] < still[dyn.VX] < draft[dyn.VX]


def test_fuel_burns_with_the_work_done() -> None:
    x, _ = drive(CAR, 40.0, 5.0, throttle=1.0, gear=4, road=ROAD)
    litres_per_hour = (20.0 - x[dyn.FUEL]) / 5.0 * 3600.0
    assert 25.0 < litres_per_hour < 55.0  # 110 kW at 280 g/kWh are 42 l/h


@pytest.mark.parametrize("car_id", ["skip-barber", "gt3"])
@pytest.mark.parametrize("v_mps", [1.0, 5.0, 30.0])
def test_half_the_step_gives_the_same_motion(car_id: str, v_mps: float) -> None:
    """Stable and converged at 480 Hz, at walking pace too."""
    car = load_car(car_id).params
    given = {"throttle": 0.4, "steer": 0.05 if v_mps < 20.0 else 0.02, "gear": 2 if v_mps < 20.0 else 4, "road": ROAD}
    coarse, _ = drive(car, v_mps, 1.5, hz=480.0, **given)  # type: ignore[arg-type]
    fine, _ = drive(car, v_mps, 1.5, hz=1920.0, **given)  # type: ignore[arg-type]
    assert coarse[dyn.VX] == pytest.approx(fine[dyn.VX], rel=0.01)
    assert coarse[dyn.N] == pytest.approx(fine[dyn.N], rel=0.05, abs=0.02)

"""What this two-track model can do in steady state, by speed: the driver's knowledge of his car.

Balanced trim: each axle carries its share of the lateral force, loads moved by the accelerations and the air. A wheel's force is
within its friction circle. Tables over speed v (rows) and lateral share ay / ay_max(v) (columns):

    lateral[v]        largest lateral acceleration at constant speed (the rear wheels also drive against the drag)
    braking[v, j]     largest deceleration before a wheel locks (with ABS: all wheels at their limit), drag included
    driving[v, j]     largest acceleration by traction or power, drag included, may be negative
    coasting[v, j]    deceleration with both pedals up: engine, drag and slipping tyres
    flat[v, j]        1 where power and not traction is what limits: the pedal may be on the floor

Dragging of slipping tyres, F sin(slip angle), counts. It is derived from `dynamics.py` by balance of forces, never from driven laps.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from coach.arrays import FloatArray
from coach.sim import kernel_cache as _kernel_cache  # noqa: F401  must run before any kernel is loaded
from coach.sim.car import FUEL_KGPL, CarParams
from coach.sim.dynamics import G_MPS2, Air, engine_torque
from coach.sim.tyre import friction, inverse_shape

SPEEDS = 48
SHARES = 21
ROUNDS = 30  # of bisection: far below any tolerance used
BRAKING, DRIVING = True, False
REAR_RESERVE = 1.07  # the rear axle keeps this much more than it needs: a car whose rear goes first cannot be driven
ABS_SHARE = 0.97  # of the peak that a cycling ABS holds on average


class Limits(NamedTuple):
    """Tables; v_mps (SPEEDS,) equidistant from 3 m/s; lateral_mps2 (SPEEDS,); the others (SPEEDS, SHARES) over 0..1."""

    v_mps: FloatArray
    lateral_mps2: FloatArray
    braking_mps2: FloatArray
    driving_mps2: FloatArray
    flat: FloatArray
    coasting_mps2: FloatArray


def car_limits(car: CarParams, air: Air, fuel_l: float) -> Limits:
    """The tables for a car with some fuel in some air."""
    v = np.linspace(3.0, 1.02 * top_speed(car, air, fuel_l), SPEEDS)
    lateral = np.empty(SPEEDS)
    braking, driving, flat, coasting = np.empty((4, SPEEDS, SHARES))
    _fill(car, air, car.mass_kg + fuel_l * FUEL_KGPL, v, lateral, braking, driving, flat, coasting)
    return Limits(v, lateral, braking, driving, flat, coasting)


def top_speed(car: CarParams, air: Air, fuel_l: float) -> float:
    """Speed at which the best gear's force no longer beats the drag, m/s."""
    mass = car.mass_kg + fuel_l * FUEL_KGPL
    speeds = np.arange(20.0, 120.0, 0.25)
    spare = [best_drive(car, air, v) - resistance(car, air, mass, v) for v in speeds]
    slower = np.flatnonzero(np.array(spare) < 0.0)
    return float(speeds[slower[0]] if slower.size else speeds[-1])


@nb.njit(cache=True)
def best_drive(car: CarParams, air: Air, v: float) -> float:
    """Largest force at the driven wheels in any gear at full throttle, N."""
    best = -1e9
    for ratio in car.gears:
        total = ratio * car.final_drive
        rpm = max(v / car.wheel_radius_m * total * 30.0 / math.pi, 1.6 * car.idle_rpm)
        if rpm < car.limit_rpm:
            best = max(best, engine_torque(car, rpm, 1.0, air.power_frac) * total * car.driveline_efficiency / car.wheel_radius_m)
    return float(best)


@nb.njit(cache=True)
def rotating_mass(car: CarParams, v: float) -> float:
    """Mass that wheels and engine add to acceleration in the gear the driver would use, kg."""
    per_gear = v / car.wheel_radius_m * car.final_drive * 30.0 / math.pi
    total = car.gears[-1] * car.final_drive
    for ratio in car.gears:
        if per_gear * ratio < car.shift_rpm:
            total = ratio * car.final_drive
            break
    return float((4.0 * car.wheel_inertia_kgm2 + car.engine_inertia_kgm2 * total * total) / car.wheel_radius_m**2)


@nb.njit(cache=True)
def engine_braking(car: CarParams, v: float) -> float:
    """Force of the closed throttle at the driven wheels, N, in a gear that turns the engine at four fifths of the shift speed."""
    rpm = 0.8 * car.shift_rpm
    ratio = min(rpm * math.pi / 30.0 * car.wheel_radius_m / max(v, 1.0), car.gears[0] * car.final_drive)
    return float(-engine_torque(car, rpm, 0.0, 1.0) * ratio / car.wheel_radius_m)


@nb.njit(cache=True)
def resistance(car: CarParams, air: Air, mass: float, v: float) -> float:
    """Drag and rolling resistance on a straight, N."""
    q = 0.5 * air.density * v * v
    load = mass * G_MPS2 + q * (car.lift_area_front_m2 + car.lift_area_rear_m2)
    return float(q * car.drag_area_m2 * air.drag_frac + car.rolling_frac * load)


@nb.njit(cache=True)
def grips(car: CarParams, air: Air, mass: float, v: float, ax: float, ay: float, cap: FloatArray) -> None:
    """Friction circle of each wheel, N, shape (4,), in steady state; ay + left."""
    base = car.a_m + car.b_m
    q = 0.5 * air.density * v * v
    shift = mass * ax * car.height_m / base
    front = mass * G_MPS2 * car.b_m / base + q * car.lift_area_front_m2 - shift
    rear = mass * G_MPS2 * car.a_m / base + q * car.lift_area_rear_m2 + shift
    roll = mass * ay * car.height_m
    d_front, d_rear = roll * car.roll_share_front / car.track_front_m, roll * (1.0 - car.roll_share_front) / car.track_rear_m
    for i in range(4):
        half, moved = (0.5 * front, d_front) if i < 2 else (0.5 * rear, d_rear)
        load = max(half - moved if i % 2 == 0 else half + moved, 0.0)
        mu = friction(load, car.mu_front if i < 2 else car.mu_rear, car.mu_load_sensitivity, car.rated_load_n)
        cap[i] = mu * load * air.grip_frac


@nb.njit(cache=True)
def _side_left(a: float, b: float) -> float:
    """Force left in a circle of radius a beside b; negative when b alone is too much."""
    return math.sqrt(a * a - b * b) if abs(b) < a else -1e9


@nb.njit(cache=True)
def slip_angle(fy: float, fx: float, cap: float, peak: float, c: float) -> float:
    """Slip angle, rad >= 0, of an axle that gives fy beside fx of its circle `cap`."""
    total = math.sqrt(fx * fx + fy * fy)
    if total < 1.0 or cap < 1.0:
        return 0.0
    return math.atan(peak * inverse_shape(min(total / cap, 1.0), c) * abs(fy) / total)


@nb.njit(cache=True)
def _locking(car: CarParams, force: float) -> float:
    """Moment, N m, that the differential puts against the turn at a driving (> 0) or braking force of the engine, N."""
    lock = car.diff_preload_nm + abs(force) * car.wheel_radius_m * (car.diff_power_lock if force > 0.0 else car.diff_coast_lock)
    return 0.5 * lock / car.wheel_radius_m * car.track_rear_m


@nb.njit(cache=True)
def _margin(car: CarParams, air: Air, mass: float, v: float, ay: float, force: float, braking: bool, cap: FloatArray) -> tuple[float, float]:  # fmt: skip
    """(spare lateral force of the weaker axle, N; acceleration, m/s2) with `force` N of driving or braking at the wheels."""
    base = car.a_m + car.b_m
    turned = base * ay / max(v * v, 4.0)  # the steered wheels pull along the car, too
    fy_f, fy_r = mass * ay * car.b_m / base * math.sqrt(1.0 + turned * turned), mass * ay * car.a_m / base
    ax, spare = 0.0, 0.0
    drag = 0.5 * air.density * v * v * car.drag_area_m2 * air.drag_frac
    for _ in range(4):  # loads move with the acceleration found: four rounds settle to 1e-4
        grips(car, air, mass, v, ax, ay, cap)
        front, rear = cap[0] + cap[1], cap[2] + cap[3]
        if braking:
            engine = engine_braking(car, v)
            bf, br = force * car.brake_bias_front, force * (1.0 - car.brake_bias_front) + engine
            if car.has_abs:
                bf, br = min(bf, ABS_SHARE * front), min(br, ABS_SHARE * rear)
                left_f, left_r = _side_left(front, bf), _side_left(rear, br)
            else:
                left_f = _side_left(cap[0], 0.5 * bf) + _side_left(cap[1], 0.5 * bf)
                left_r = _side_left(cap[2], 0.5 * br) + _side_left(cap[3], 0.5 * br)
            fx_f, fx_r = -bf, -br
            twist_force = -engine
        else:
            left_f, left_r = front, _side_left(rear, force)
            fx_f, fx_r = 0.0, force
            twist_force = force
        # The locked differential and the loaded steered wheel turn the car straight: the front pays.
        uneven = abs(cap[1] - cap[0]) / max(front, 1.0)
        twist = _locking(car, twist_force) + fy_f * uneven * turned * 0.5 * car.track_front_m
        twist = twist / base if ay > 0.5 else 0.0
        spare = min(left_f - fy_f - twist, left_r - REAR_RESERVE * (fy_r - twist))
        scrub = fy_f * math.sin(slip_angle(fy_f, fx_f, front, car.peak_slip_front, car.shape_c))
        scrub += fy_r * math.sin(slip_angle(fy_r, fx_r, rear, car.peak_slip_rear, car.shape_c))
        roll = car.rolling_frac * (mass * G_MPS2 + 0.5 * air.density * v * v * (car.lift_area_front_m2 + car.lift_area_rear_m2))
        ax = (fx_f + fx_r - scrub - drag - roll) / mass
    return spare, ax


@nb.njit(cache=True)
def _steady_lateral(car: CarParams, air: Air, mass: float, v: float, cap: FloatArray) -> float:
    """Largest lateral acceleration at constant speed, m/s2."""
    low, high = 0.0, 60.0
    for _ in range(ROUNDS):
        ay = 0.5 * (low + high)
        force = resistance(car, air, mass, v)
        for _again in range(3):  # the drive that holds the speed, scrub included
            spare, ax = _margin(car, air, mass, v, ay, force, DRIVING, cap)
            force = max(force - mass * ax, 0.0)
        spare, ax = _margin(car, air, mass, v, ay, force, DRIVING, cap)
        if spare >= 0.0:
            low = ay
        else:
            high = ay
    return low


@nb.njit(cache=True)
def _most(car: CarParams, air: Air, mass: float, v: float, ay: float, most: float, braking: bool, cap: FloatArray) -> float:
    """Acceleration with the largest force that leaves the axles enough lateral force, m/s2."""
    low, high = 0.0, most
    for _ in range(ROUNDS):
        force = 0.5 * (low + high)
        if _margin(car, air, mass, v, ay, force, braking, cap)[0] >= 0.0:
            low = force
        else:
            high = force
    return _margin(car, air, mass, v, ay, low, braking, cap)[1]


@nb.njit(cache=True)
def _fill(
    car: CarParams, air: Air, mass: float, v: FloatArray, lateral: FloatArray, braking: FloatArray, driving: FloatArray, flat: FloatArray,
    coasting: FloatArray,
) -> None:  # fmt: skip
    cap = np.empty(4)
    most_brake = car.brake_torque_nm / car.wheel_radius_m
    for i in range(v.size):
        lateral[i] = _steady_lateral(car, air, mass, v[i], cap)
        for j in range(braking.shape[1]):
            ay = lateral[i] * j / (braking.shape[1] - 1)
            braking[i, j] = -_most(car, air, mass, v[i], ay, most_brake, BRAKING, cap)
            coasting[i, j] = min(-_margin(car, air, mass, v[i], ay, 0.0, BRAKING, cap)[1], braking[i, j])
            force = max(best_drive(car, air, v[i]), 0.0)
            driving[i, j] = _most(car, air, mass, v[i], ay, force, DRIVING, cap)
            spare, full = _margin(car, air, mass, v[i], ay, force, DRIVING, cap)
            if full > 0.0:
                full *= mass / (mass + rotating_mass(car, v[i]))
            driving[i, j] = min(driving[i, j], full)
            flat[i, j] = 1.0 if spare >= 0.0 else 0.0

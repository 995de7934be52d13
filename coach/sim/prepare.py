"""What a driver finds out before he counts: the line, and how close to the limits this car can be driven at every corner.

A noise-free expert drives; where he leaves his line or the rear slides, the shares of the limits used around that corner go down
a little, until a lap is clean. The answer belongs to circuit, car and conditions and is kept for the process.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from coach.arrays import FloatArray
from coach.sim.car import Car
from coach.sim.circuit import Circuit
from coach.sim.driver import Hands
from coach.sim.dynamics import Air
from coach.sim.habits import acting
from coach.sim.lap import RECORDED, RECORDED_NAMES, TICK_HZ, drive_lap, new_state
from coach.sim.limits import Limits, car_limits
from coach.sim.line import fast_line
from coach.sim.orders import Base, lap_orders
from coach.sim.plan import Conditions, Plan, Skill
from coach.sim.profile import full_use, path_of, slope, target_speed, times_of
from coach.sim.skill import EXPERT

SHORTEST = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4)  # mixes of the shortest way into the line of least curvature that are tried
FIRST_USE = 0.995  # of the lateral and braking limits: where the search begins; beyond it a driver has nothing to correct with
FIRST_BRAKING = 0.95  # people keep this much in hand: a locked wheel costs more than it gains
STEP_DOWN = 0.005
LEAST_USE = 0.80
ROUNDS = 40
ASTRAY_M = 0.45  # off the line by more than this: too fast here
NEAR_LOCK = -0.20  # slip of a wheel: beyond it lies a lock-up
SLIDING = 1.35  # rear slip over the slip of the peak
GAS_CONSTANT = 287.05  # J/(kg K), dry air
PRESSURE_PA = 101325.0
BEST_TRACK_C, GRIP_PER_C = 30.0, 0.0015  # estimates: 1.5 % of grip per 10 C away from the tyre's best
WET_GRIP = 0.45  # share of grip lost in standing water: wet asphalt keeps 0.5-0.7 (accident reconstruction tables)
FULL_LAP_S = 400.0

_prepared: dict[tuple[str, str, Conditions], Base] = {}


def air_of(conditions: Conditions, circuit: Circuit) -> Air:
    """What surrounds the car in some conditions."""
    density = PRESSURE_PA / (GAS_CONSTANT * (conditions.air_temp_c + 273.15))
    grip = conditions.grip_frac * (1.0 - GRIP_PER_C * abs(conditions.track_temp_c - BEST_TRACK_C)) * (1.0 - WET_GRIP * conditions.wetness)
    blows_to = circuit.north_rad - conditions.wind_dir_rad + np.pi
    return Air(density, conditions.wind_speed_mps, blows_to, conditions.drag_frac, conditions.power_frac, grip)


def hands_of(skill: Skill) -> Hands:
    """Hands and feet of a skill, as the kernel reads them."""
    return Hands(
        skill.brake_rise_s,
        skill.brake_fall_s,
        skill.throttle_rise_s,
        skill.throttle_fall_s,
        skill.steer_rate_radps,
        skill.reaction_s,
        skill.overlap_frac,
    )


def road_of(circuit: Circuit) -> FloatArray:
    """The road as `dynamics.step` reads it, shape (n, 8)."""
    grade = np.arctan(slope(circuit.elevation_m, circuit.step_m))
    vertical = slope(slope(circuit.elevation_m, circuit.step_m), circuit.step_m)
    kerb = np.full(circuit.x_m.size, circuit.kerb_m)
    columns = (circuit.curvature_1pm, grade, circuit.bank_rad, vertical, circuit.left_m, circuit.right_m, circuit.heading_rad, kerb)
    return np.ascontiguousarray(np.stack(columns, axis=1))


def fuel_of(car: Car, conditions: Conditions) -> float:
    """Fuel at the start, l."""
    return 0.5 * car.fuel_max_l if conditions.fuel_l is None else conditions.fuel_l


def prepare(circuit: Circuit, car: Car, conditions: Conditions) -> Base:
    """Line and usable shares of the limits; found once per circuit, car and conditions."""
    shape = hashlib.sha256(circuit.curvature_1pm.tobytes() + circuit.left_m.tobytes() + circuit.elevation_m.tobytes()).hexdigest()
    key = (f"{circuit.id} {shape}", car.id, conditions)
    if key not in _prepared:
        _prepared[key] = _search(circuit, car, conditions)
    return _prepared[key]


def _search(circuit: Circuit, car: Car, conditions: Conditions) -> Base:
    fuel = fuel_of(car, conditions)
    air = air_of(conditions, circuit)
    n = circuit.x_m.size
    limits = car_limits(car.params, air, fuel)
    offset = _fastest_line(circuit, car, limits)
    base = Base(circuit, car, limits, offset, np.full(n, FIRST_USE), np.full(n, FIRST_BRAKING), fuel)
    for _ in range(ROUNDS):
        astray, locked = _trial(base, air)
        if not astray.any() and not locked.any():
            break
        lower, softer = (STEP_DOWN * _spread(bad, circuit.step_m) for bad in (astray, np.maximum(astray, locked)))
        base = replace(base, lateral=np.maximum(base.lateral - lower, LEAST_USE), braking=np.maximum(base.braking - softer, LEAST_USE))
    return base


def _fastest_line(circuit: Circuit, car: Car, limits: Limits) -> FloatArray:
    """Of lines between least curvature and shortest way the one with the least quasi-steady lap time, offsets (n,)."""
    lines = [fast_line(circuit, car_width_m=2.0 * car.half_width_m, shortest=share) for share in SHORTEST]
    return min(lines, key=lambda offset: quasi_steady_s(circuit, limits, offset))


def quasi_steady_s(circuit: Circuit, limits: Limits, offset_m: FloatArray) -> float:
    """Lap time on a line with every limit fully used at every station: no hands, no feet, no margin."""
    path = path_of(circuit, offset_m)
    speed = target_speed(limits, path, circuit.step_m, full_use(offset_m.size))
    return float(times_of(speed, path, circuit.step_m)[-1])


def _spread(bad: FloatArray, step_m: float) -> FloatArray:
    """1 from 120 m before each bad station to 20 m after it (what went wrong began before), blended; shape (n,)."""
    n = bad.size
    reach = np.zeros(n)
    at = np.flatnonzero(bad)
    for shift in range(-round(120.0 / step_m), round(20.0 / step_m)):
        reach[(at + shift) % n] = 1.0
    width = max(round(30.0 / step_m), 1)
    kernel = np.ones(width) / width
    return np.asarray(np.convolve(np.concatenate([reach[-width:], reach, reach[:width]]), kernel, mode="same")[width:-width])


def _trial(base: Base, air: Air) -> tuple[FloatArray, FloatArray]:
    """1 at stations where a noise-free expert on his second lap left his line or slid; where a wheel of his nearly locked; (n,) each."""
    circuit, n = base.circuit, base.offset_m.size
    acts = acting(Plan(skill=EXPERT, scatter=0.0), circuit, 0, 0)
    rows = lap_orders(base, EXPERT, acts, np.zeros((2, n)))
    orders = np.stack([rows, rows])
    car = base.car.params
    x, d = new_state(car, 0.0, float(base.offset_m[0]), 0.9 * float(rows[0, 0]), base.fuel_l)
    bad, locked = np.zeros(n), np.zeros(n)
    for lap in range(2):
        out = np.zeros((round(FULL_LAP_S * TICK_HZ), RECORDED))
        count = drive_lap(car, air, hands_of(EXPERT), road_of(circuit), circuit.step_m, orders, circuit.length_m, x, d, out)
        x[0] -= circuit.length_m
        named = dict(zip(RECORDED_NAMES, out[:count].T, strict=True))
        at = np.floor(named["s"] / circuit.step_m).astype(np.int64) % n
        aside = np.abs(named["n"] - np.interp(named["s"], np.arange(n) * circuit.step_m, base.offset_m, period=circuit.length_m))
        wrong = (aside > ASTRAY_M) | (0.5 * (named["rho2"] + named["rho3"]) > SLIDING) | (named["lost"] > 0.0)
        wrong &= np.hypot(named["vx"], named["vy"]) > 8.0
        if lap == 1 or named["lost"].any():
            first = np.flatnonzero(wrong & (np.cumsum(named["lost"] > 0.0) < 2))  # what follows a spin says nothing
            bad[at[first]] = 1.0
            slip = np.min([named[f"k{i}"] for i in range(4)], axis=0)
            locked[at[(slip < NEAR_LOCK) & (named["brake"] > 0.05) & (named["lost"] == 0.0)]] = 1.0
        if named["lost"].any():
            break
    return bad, locked

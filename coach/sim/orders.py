"""From habits to orders: the rows along the track that the driver's kernel follows on one lap.

A habit changes the target where it acts (line, share of the limits, speed); a mistake lays a pedal or the wheel over it. What
comes of it is the business of `dynamics.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import Cause
from coach.sim import driver as order
from coach.sim.car import Car, mass_with_fuel
from coach.sim.circuit import Circuit, CircuitCorner
from coach.sim.dynamics import G_MPS2
from coach.sim.habits import Acting
from coach.sim.limits import SHARES, SPEEDS, Limits
from coach.sim.plan import Skill
from coach.sim.profile import Path, Use, full_use, path_of, shares_of, target_speed

BLEND_M = 25.0  # habits fade in and out over this
PAST_GRIP = 1.25  # of the pedal that locks: what a lock-up presses
HELD_BACK = 0.15  # throttle while a soft application begins
CALM = 0.15  # share of the hand's restlessness that is left on a straight, against a corner at the limit
ABOVE_LOCK, ABOVE_ABS = 1.02, 1.15  # of the pedal at the limit: what a careful foot reaches at most
STAB = 3.0  # how much quicker a foot stabs than it applies
BEYOND = 0.4  # an understeering driver enters above the limit of grip by this share of the size
TURNS_MORE = 0.35  # of the front's peak slip, per percent of size
HARD = 0.78  # of the hardest braking of a corner: what still counts as hard
OVERSTEER_M = 9.0  # how long the rear alone is braked: a downshift without a blip, about half a second
GEAR_M = 60.0  # a wrong gear is kept this long after the throttle opens
PLATEAU_MPS = 0.3  # what counts as the same speed: a profile has long flat tops and feet
GOES_ON_M = 10.0  # beyond a slowest point the speed no longer falls
LEAST_DROP_MPS = 1.0  # less than this fall of speed is no braking


@dataclass(frozen=True, slots=True)
class Base:
    """What a driver knows of a circuit with a car: the line and the shares of the limits that the car can be driven at."""

    circuit: Circuit
    car: Car
    limits: Limits
    offset_m: FloatArray
    lateral: FloatArray  # share of the lateral limit, (n,)
    braking: FloatArray
    fuel_l: float


@dataclass(frozen=True, slots=True)
class Marks:
    """Stations of a corner on a target profile, in steps of the circuit; onset may lie before the line (< 0)."""

    onset: int  # speed begins to fall
    slowest: int
    opened: int  # speed rises from here on
    full: int  # power alone limits from here on
    brakes: bool  # False: nothing to brake for


def lap_orders(
    base: Base, skill: Skill, acts: Mapping[int, Acting], noise: FloatArray, held_up: FloatArray | None = None
) -> FloatArray:  # fmt: skip
    """Rows (n, ORDERS) of one lap.

    noise (2, n): of the hand wheel, rad, and of the pedals, share; held_up (n,): share of the usual speed that others allow.
    """
    circuit = base.circuit
    plain = _use(base, skill)
    path0 = path_of(circuit, base.offset_m)
    v0 = target_speed(base.limits, path0, circuit.step_m, plain)
    marks = corner_marks(base, path0, v0)
    offset = _line(base, acts)
    path = path_of(circuit, offset) if offset is not base.offset_m else path0
    use = _habit_use(base, plain, acts, marks, v0)
    if held_up is not None:
        use.v_cap_mps[:] = np.where(held_up < 1.0, np.minimum(use.v_cap_mps, held_up * v0), use.v_cap_mps)
    v = target_speed(base.limits, path, circuit.step_m, use)
    rows = _rows(base, path, v, use)
    marks = corner_marks(base, path, v)  # where this lap's braking really begins
    meant = marks if path is path0 else corner_marks(base, path0, target_speed(base.limits, path0, circuit.step_m, use))
    _shift_brakes(base, rows, acts, marks, meant, v)
    _soft_throttle(base, rows, acts, marks, v, skill)
    _mistakes(base, rows, acts, marks, v)
    busy = shares_of(base.limits, path, v, np.tile(np.linspace(0.0, 1.0, SHARES), (SPEEDS, 1)))
    rows[:, order.STEER_NOISE] = noise[0] * (CALM + (1.0 - CALM) * busy)
    rows[:, order.PEDAL_NOISE] = noise[1]
    return rows


def _use(base: Base, skill: Skill) -> Use:
    n = base.offset_m.size
    use = full_use(n)
    use.lateral[:], use.braking[:] = base.lateral * skill.pace_frac, base.braking * skill.pace_frac
    use.plateau[:], use.let_go[:], use.throttle_from[:] = skill.plateau_frac, skill.let_go_frac, skill.throttle_from_frac
    use.driving[:] = 0.98 * skill.pace_frac  # a margin to wheelspin, without which every exit would be corrected
    return use


def corner_marks(base: Base, path: Path, v: FloatArray) -> dict[int, Marks]:
    """Where each corner's braking, slowest point, throttle and full throttle lie on a target profile v (n,)."""
    circuit, n = base.circuit, v.size
    flat = shares_of(base.limits, path, v, base.limits.flat) > 0.5
    spans = [(int(c.start_m / circuit.step_m) - 5, int(c.end_m / circuit.step_m) + 5) for c in circuit.corners]
    slowest = [lo + int(np.argmin(v[np.arange(lo, hi) % n])) for lo, hi in spans]
    # The end of a window in which he brakes for the next corner is no slowest point of its own.
    own = [bool(v[(at + round(GOES_ON_M / circuit.step_m)) % n] > v[at % n] - PLATEAU_MPS) for at in slowest]
    earlier = [at - n for at, is_own in zip(slowest, own, strict=True) if is_own] or [slowest[-1] - n]
    marks = {}
    for k, corner in enumerate(circuit.corners):
        before = earlier[-1]
        if own[k]:
            earlier.append(slowest[k])
        back = v[np.arange(slowest[k], before - 1, -1) % n]
        onset = slowest[k] - int(np.argmax(back >= back.max() - PLATEAU_MPS))
        after = slowest[k + 1] if k + 1 < len(slowest) else slowest[0] + n
        ahead = np.arange(slowest[k], max(after, slowest[k] + 2)) % n
        top = int(np.argmax(v[ahead]))
        full = int(
            np.argmax(flat[ahead] & (np.diff(v[ahead], append=np.inf) > 0.0) & (np.arange(ahead.size) >= _last_dip(v[ahead[: top + 1]])))
        )
        opened = _last_dip(v[ahead[: max(full, 1) + 1]])
        drop = v[onset % n] - v[slowest[k] % n]
        marks[corner.number] = Marks(onset, slowest[k], slowest[k] + opened, slowest[k] + full, bool(drop > LEAST_DROP_MPS and own[k]))
    return marks


def _last_dip(v: FloatArray) -> int:
    """Index of the last place at which v is hardly above its minimum."""
    return int(np.flatnonzero(v <= v.min() + PLATEAU_MPS)[-1])


def _bump(n: int, lo: float, hi: float, blend: float) -> FloatArray:
    """1 between two positions (steps), 0 away from them, smooth; wraps around, shape (n,)."""
    middle, half = 0.5 * (lo + hi), 0.5 * (hi - lo)
    away = np.abs((np.arange(n) - middle + 0.5 * n) % n - 0.5 * n) - half
    t = np.clip(away / max(blend, 1.0), 0.0, 1.0)
    return np.asarray(1.0 - t * t * (3.0 - 2.0 * t))


def _line(base: Base, acts: Mapping[int, Acting]) -> FloatArray:
    """The line of this lap; the base's own array when no habit touches it."""
    circuit, offset = base.circuit, base.offset_m
    n, moved = offset.size, offset
    room = base.car.half_width_m
    for corner in circuit.corners:
        habit = acts[corner.number].habit
        lo, hi = corner.start_m / circuit.step_m, corner.end_m / circuit.step_m
        if habit.turn_in_shift_m:
            weight = _bump(n, lo - 20.0, 0.5 * (lo + hi), 60.0)
            later = np.interp(np.arange(n) - habit.turn_in_shift_m / circuit.step_m, np.arange(n), offset, period=n)
            moved = moved + weight * (later - offset)
        if habit.line_offset_m:
            middle = corner.apex_m / circuit.step_m
            reach = max(0.5 * (hi - lo), 40.0) + 30.0
            moved = moved - corner.direction * habit.line_offset_m * _bump(n, middle, middle, reach)
    if moved is offset:
        return offset
    low, high = np.minimum(offset, -circuit.right_m - circuit.kerb_m + room), np.maximum(offset, circuit.left_m + circuit.kerb_m - room)
    change = np.clip(moved, low, high) - offset
    width = np.hanning(2 * round(BLEND_M / circuit.step_m) + 1)
    reach = width.size // 2
    return offset + np.convolve(np.concatenate([change[-reach:], change, change[:reach]]), width / width.sum(), mode="valid")


def _between(n: int, lo: int, hi: int) -> FloatArray:
    """Indices lo..hi - 1 around the lap."""
    return np.arange(lo, max(hi, lo)) % n  # type: ignore[return-value]


def _habit_use(base: Base, plain: Use, acts: Mapping[int, Acting], marks: Mapping[int, Marks], v: FloatArray) -> Use:
    """Shares of the limits, and caps of speed, with this lap's habits."""
    step, n = base.circuit.step_m, v.size
    use = Use(*(share.copy() for share in plain))
    for corner in base.circuit.corners:
        habit, mark = acts[corner.number].habit, marks[corner.number]
        if habit.v_min_frac != 1.0:
            inside = _bump(n, corner.start_m / step, corner.end_m / step, BLEND_M / step)
            use.lateral[:] *= 1.0 + (habit.v_min_frac**2 - 1.0) * inside
        for cause, size in acts[corner.number].mistakes:
            if cause is Cause.UNDERSTEER:  # faster than the car's limit, whatever the driver's own pace
                inside = _bump(n, corner.start_m / step, corner.end_m / step, BLEND_M / step)
                use.lateral[:] += inside * (1.0 + BEYOND * size / 100.0 - use.lateral)
        if habit.brake_level_frac != 1.0:
            use.braking[:] *= 1.0 + (habit.brake_level_frac - 1.0) * _bump(n, mark.onset - 80.0 / step, mark.slowest, 5.0)
        if habit.trail_frac != 1.0:
            use.let_go[:] /= 1.0 + (max(habit.trail_frac, 0.1) - 1.0) * _bump(n, mark.onset, mark.slowest, 5.0)
        if habit.throttle_shift_m > 0.0:
            held = _between(n, mark.slowest, mark.opened + round(habit.throttle_shift_m / step))
            slow = v[mark.slowest % n] * habit.v_min_frac
            use.v_cap_mps[held] = np.minimum(use.v_cap_mps[held], slow)
    return use


def _rows(base: Base, path: Path, v: FloatArray, use: Use) -> FloatArray:
    rows = np.zeros((v.size, order.ORDERS))
    rows[:, order.V] = v
    rows[:, order.A] = (np.roll(v, -1) ** 2 - v**2) / (2.0 * path.stretch * base.circuit.step_m)
    rows[:, order.OFFSET], rows[:, order.COURSE], rows[:, order.CURVATURE] = path.offset_m, path.course_rad, path.curvature_1pm
    held = v >= 0.999 * use.v_cap_mps
    rows[:, order.FLAT] = (shares_of(base.limits, path, v, base.limits.flat) > 0.5) & (rows[:, order.A] > 0.0) & ~held
    rows[:, order.THROTTLE_MOST] = rows[:, order.STEER_GAIN] = rows[:, order.RATE] = 1.0
    rows[:, order.BRAKE_MOST] = _hardest(base, path, v)
    return rows


def _hardest(base: Base, path: Path, v: FloatArray) -> FloatArray:
    """Pedal that a driver who knows the limit does not exceed, (n,); with ABS he dares a little more."""
    beyond_coasting = base.limits.braking_mps2 - base.limits.coasting_mps2
    force = shares_of(base.limits, path, v, beyond_coasting) * mass_with_fuel(base.car.params, base.fuel_l)
    pedal = force / (base.car.params.brake_torque_nm / base.car.params.wheel_radius_m)
    return np.clip((ABOVE_ABS if base.car.params.has_abs else ABOVE_LOCK) * pedal, 0.05, 1.0)


def _shift_brakes(
    base: Base, rows: FloatArray, acts: Mapping[int, Acting], marks: Mapping[int, Marks], meant: Mapping[int, Marks], v: FloatArray
) -> None:  # fmt: skip
    """Brake earlier: the same fall of speed, this much before. Later than on the line he meant to drive (a late braker leaves it): full speed on, then all of it at once."""
    step, n = base.circuit.step_m, v.size
    for number, mark in marks.items():
        shift = round(acts[number].habit.brake_shift_m / step)
        if shift == 0 or not mark.brakes:
            continue
        if shift < 0:
            zone = _between(n, mark.onset + shift, mark.slowest)
            rows[zone, order.V] = np.minimum(v[zone], np.maximum(v[(zone - shift) % n], v[mark.slowest % n]))
            rows[zone, order.FLAT] = 0.0
        else:
            zone = _between(n, mark.onset, max(mark.onset, meant[number].onset) + shift)
            rows[zone, order.V] = v[mark.onset % n] + 0.02 * np.arange(zone.size)
            rows[zone, order.FLAT] = 1.0
        after = (zone + 1) % n
        ds = step
        rows[zone, order.A] = np.clip((rows[after, order.V] ** 2 - rows[zone, order.V] ** 2) / (2.0 * ds), -60.0, 20.0)
        if shift > 0:
            rows[zone, order.A] = 1.0


def _soft_throttle(
    base: Base, rows: FloatArray, acts: Mapping[int, Acting], marks: Mapping[int, Marks], v: FloatArray, skill: Skill
) -> None:  # fmt: skip
    """A flatter application: the throttle is held back on a ramp that is as much longer."""
    step, n = base.circuit.step_m, v.size
    for number, mark in marks.items():
        habit = acts[number].habit
        if habit.throttle_slope_frac >= 1.0:
            continue
        start = mark.opened + round(max(habit.throttle_shift_m, 0.0) / step)
        usual = max(mark.full - mark.opened, v[mark.slowest % n] * skill.throttle_rise_s / step)
        length = round(usual / max(habit.throttle_slope_frac, 0.1))
        zone = _between(n, start, start + length)
        ramp = HELD_BACK + (1.0 - HELD_BACK) * np.arange(zone.size) / max(length, 1)
        rows[zone, order.THROTTLE_MOST] = np.minimum(rows[zone, order.THROTTLE_MOST], ramp)


def _mistakes(base: Base, rows: FloatArray, acts: Mapping[int, Acting], marks: Mapping[int, Marks], v: FloatArray) -> None:
    """Pedals and wheel laid over the target."""
    step, n = base.circuit.step_m, v.size
    for corner in base.circuit.corners:
        mark = marks[corner.number]
        if shift := acts[corner.number].habit.gear_shift:
            rows[_between(n, mark.onset, mark.opened + round(GEAR_M / step)), order.GEAR_ADD] = shift
        for cause, size in acts[corner.number].mistakes:
            length = round(size / step)
            if cause is Cause.LIFT:
                rows[_between(n, mark.full + 15, mark.full + 15 + length), order.THROTTLE_MOST] = 0.0
            elif cause is Cause.COASTING:
                rows[_between(n, mark.onset - length, mark.onset), order.THROTTLE_MOST] = 0.0
            elif cause is Cause.LOCKUP and mark.brakes:
                zone = _last_of_braking(rows, mark, length)
                rows[zone, order.BRAKE_LEAST] = np.minimum(PAST_GRIP * lock_pedal(base, v[zone]), 1.0)
            elif cause is Cause.WHEELSPIN:
                zone = _between(n, mark.slowest, mark.slowest + length)
                rows[zone, order.THROTTLE_LEAST], rows[zone, order.RATE] = 1.0, STAB
            elif cause is Cause.UNDERSTEER:
                rows[:, order.STEER_GAIN] += TURNS_MORE * size * _bump(n, corner.start_m / step, mark.slowest, 10.0)
            elif cause is Cause.OVERSTEER:
                _step_out(base, rows, corner, size)


def _last_of_braking(rows: FloatArray, mark: Marks, length: int) -> FloatArray:
    """The last `length` stations of hard braking: there a wheel locks, and before the turn nothing can be mended any more."""
    way = np.arange(mark.onset, mark.slowest)
    braking = rows[way % len(rows), order.A]
    end = mark.onset + int(np.flatnonzero(braking <= HARD * braking.min())[-1]) + 1
    return _between(len(rows), max(mark.onset + 3, end - length), end)


def _step_out(base: Base, rows: FloatArray, corner: CircuitCorner, size: float) -> None:
    """Brake the rear alone, on the way to the apex, by a share of what its static load can hold."""
    car, step = base.car.params, base.circuit.step_m
    middle = round(corner.apex_m / step)
    zone = _between(rows.shape[0], middle - round(OVERSTEER_M / step), middle)
    load = 0.5 * G_MPS2 * mass_with_fuel(car, base.fuel_l) * car.a_m / (car.a_m + car.b_m)
    rows[zone, order.HANDBRAKE] = size / 100.0 * car.mu_rear * load * car.wheel_radius_m / car.brake_torque_nm


def lock_pedal(base: Base, v: FloatArray) -> FloatArray:
    """Pedal at which the straight car locks, 0..1, by speed."""
    force = np.interp(v, base.limits.v_mps, base.limits.braking_mps2[:, 0]) * mass_with_fuel(base.car.params, base.fuel_l)
    return np.clip(force / (base.car.params.brake_torque_nm / base.car.params.wheel_radius_m), 0.05, 1.0)

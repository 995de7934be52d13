"""The driver: turns orders along the track into pedals, gears and hand wheel, as hands and feet do. One kernel, `control`.

Orders are rows on the circuit's stations: what to aim at (speed, line) and what is laid over it by habit, mistake, traffic or
noise. Steering: the curvature of the line ahead plus the error of place and course over a preview, turned into the front slip
angle that gives it; a driver feels the front, so he never asks for more than its peak, and the wheel follows the car's nose
(countersteer). Pedals: the force that the aimed acceleration needs plus the error of speed. Every pedal and the wheel move at
the rate of the skill.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from coach.arrays import FloatArray
from coach.sim.car import FUEL_KGPL, CarParams
from coach.sim.dynamics import (
    AX,
    AY,
    FUEL,
    G_MPS2,
    O_BANK,
    O_GRADE,
    O_KAPPA0,
    O_OFF,
    O_SLIP0,
    PSI,
    RPM,
    SY0,
    VX,
    VY,
    Air,
    N,
    R,
    S,
    engine_torque,
)
from coach.sim.limits import grips, resistance, rotating_mass
from coach.sim.tyre import inverse_shape

# Orders: columns of the rows, shape (n, ORDERS).
V, A, OFFSET, COURSE, CURVATURE, FLAT = 0, 1, 2, 3, 4, 5
THROTTLE_MOST, THROTTLE_LEAST, BRAKE_MOST, BRAKE_LEAST = 6, 7, 8, 9
GEAR_ADD, STEER_GAIN, STEER_NOISE, PEDAL_NOISE, HANDBRAKE, RATE, PIT, PUSH = 10, 11, 12, 13, 14, 15, 16, 17
ORDERS = 18

# Driver's own state.
THROTTLE, BRAKE, STEER, GEAR, SHIFT_LEFT, BASE_GEAR, SINCE_SHIFT, EASE_BRAKE, EASE_THROTTLE, LOST, CROSSED_T, BLIP = range(12)

PREVIEW_S = 0.55  # preview of place and course; people look about this far for lane keeping (Donges 1978: compensatory level)
CORRECT_S = 0.04  # lead of a foot that is on its pedal already
LIGHTEST = 0.05  # share of the pedal: below it people stay off the brake
SMALLEST_PRESS = 0.2  # share of the pedal: a smaller press is no slower
SPEED_GAIN = 3.0  # 1/s, speed error to acceleration
FRONT_USE = 0.997  # of the front's peak that steering asks for at most: felt through the wheel
WIDE_M, WIDE_SLOWS = 0.5, 0.025  # further outside than this a driver slows, by this share of his speed per metre
ON_GRASS = 0.15  # throttle with a wheel on the grass: more turns the car round
SCARED_RAD = 0.15  # sideslip at which a foot leaves the throttle by itself
SLOW_ENOUGH = 0.98  # of the speed aimed at: here even a foot that pressed too hard lets go
STARTLED = 0.75  # of the speed aimed at: here any driver notices what his foot does
RESCUE = 0.06  # pedal per m/s of excess speed, beyond the planned limit: who is too fast brakes on and runs wide
INSIST_FROM = 0.8  # share of the front's grip from which a driver who steers too much turns further
FOLLOW = 0.5  # share of an unsettled sideslip that the wheel follows at once
DAMPING_S = 0.06  # yaw rate beyond the wanted one, into countersteer
SLIDE_RAD = 0.05  # beyond this deviation the wheel follows fully: countersteer
SPUN_RAD = 1.2  # sideslip beyond which nobody drives on


class Hands(NamedTuple):
    """Hands and feet of a skill; see `plan.Skill`."""

    brake_rise_s: float
    brake_fall_s: float
    throttle_rise_s: float
    throttle_fall_s: float
    steer_rate_radps: float
    reaction_s: float
    overlap_frac: float


@nb.njit(cache=True)
def order_at(orders: FloatArray, step_m: float, s: float, column: int) -> float:
    """One order at a station, m; orders (2, n, ORDERS) are this lap and the next."""
    n = orders.shape[1]
    at = max(s / step_m, 0.0)
    i = int(at)
    f = at - i
    a = orders[min(i // n, 1), i % n, column]
    b = orders[min((i + 1) // n, 1), (i + 1) % n, column]
    return float(a + f * (b - a))


@nb.njit(cache=True)
def _toward(value: float, target: float, up: float, down: float) -> float:
    """Move to a target at no more than `up` or `down` per call."""
    return min(value + up, target) if target > value else max(value - down, target)


@nb.njit(cache=True)
def _steering(
    car: CarParams, air: Air, hands: Hands, orders: FloatArray, step_m: float, x: FloatArray, out: FloatArray, mass: float, v: float
) -> float:  # fmt: skip
    """Road wheel angle to aim at, rad."""
    s, base = x[S], car.a_m + car.b_m
    course = x[PSI] + math.atan2(x[VY], x[VX])
    ahead = s + v * hands.reaction_s
    look = max(v * PREVIEW_S, 4.0)
    kappa = order_at(orders, step_m, ahead, CURVATURE)
    bend = (order_at(orders, step_m, ahead + 2.0, CURVATURE) - order_at(orders, step_m, ahead - 2.0, CURVATURE)) / 4.0
    aside = order_at(orders, step_m, s, OFFSET) - x[N]
    turn = order_at(orders, step_m, s, COURSE) - course
    gain = order_at(orders, step_m, s, STEER_GAIN)
    wanted = kappa + 2.0 * aside / look**2 + 2.0 * turn / look
    ay = v * v * wanted + G_MPS2 * out[O_BANK]
    front = mass * ay * car.b_m / base + car.yaw_inertia_kgm2 * v * v * bend / base
    rear = mass * ay * car.a_m / base - car.yaw_inertia_kgm2 * v * v * bend / base
    cap = np.empty(4)
    grips(car, air, mass, v, x[AX], min(max(ay, -25.0), 25.0), cap)
    pull = mass * abs(min(x[AX], 0.0))
    alpha = _slip_for(front, cap[0] + cap[1], car.brake_bias_front * pull, car.peak_slip_front, car.shape_c)
    trail = _slip_for(rear, cap[2] + cap[3], (1.0 - car.brake_bias_front) * pull, car.peak_slip_rear, car.shape_c)
    sideslip = math.atan2(x[VY], max(x[VX], 1.0))
    slide = sideslip - (car.b_m * wanted - trail)
    beyond = math.copysign(max(abs(slide) - SLIDE_RAD, 0.0), slide)
    angle = base * wanted + alpha - trail + FOLLOW * slide + (1.0 - FOLLOW) * beyond - DAMPING_S * (x[R] - v * wanted)
    nose = math.atan2(x[VY] + car.a_m * x[R], max(x[VX], 1.0))
    need = abs(front) / max(cap[0] + cap[1], 1.0)
    insist = (gain - 1.0) * car.peak_slip_front * min(max((need - INSIST_FROM) / (1.0 - INSIST_FROM), 0.0), 1.0)
    angle += math.copysign(insist, front)  # turning the wheel further because the car does not turn
    most = math.atan(car.peak_slip_front) + insist
    return float(nose + min(max(angle - nose, -most), most))


@nb.njit(cache=True)
def _slip_for(force: float, cap: float, pull: float, peak: float, c: float) -> float:
    """Slip angle, rad, + left, at which an axle with a friction circle of cap gives a lateral force beside a pull along."""
    total = math.sqrt(force * force + pull * pull)
    rho = inverse_shape(min(total / max(cap, 1.0), FRONT_USE), c)
    return math.copysign(math.atan(peak * rho * abs(force) / max(total, 1.0)), force)


@nb.njit(cache=True)
def _running_wide(orders: FloatArray, step_m: float, x: FloatArray, v: float) -> float:
    """How far outside his line the driver will be half a preview ahead, m."""
    kappa = order_at(orders, step_m, x[S], CURVATURE)
    aside = order_at(orders, step_m, x[S], OFFSET) - x[N]
    turn = order_at(orders, step_m, x[S], COURSE) - x[PSI] - math.atan2(x[VY], max(x[VX], 1.0))
    return math.copysign(1.0, kappa) * (aside + 0.5 * PREVIEW_S * v * turn) if abs(kappa) > 1e-3 else 0.0


@nb.njit(cache=True)
def _pedals(
    car: CarParams, air: Air, hands: Hands, orders: FloatArray, step_m: float, x: FloatArray, d: FloatArray, out: FloatArray, mass: float, v: float
) -> tuple[float, float]:  # fmt: skip
    """(throttle, brake) to aim at, 0..1."""
    s = x[S]
    # The middle of an application meets the plan: half the ramp, and the time the other foot needs to leave.
    lead = 0.5 * hands.brake_rise_s + hands.throttle_fall_s * (1.0 - hands.overlap_frac)
    planned = min(order_at(orders, step_m, s + v * lead, A), order_at(orders, step_m, s + v * CORRECT_S, A))
    aim = order_at(orders, step_m, s, V) * (1.0 - WIDE_SLOWS * min(max(_running_wide(orders, step_m, x, v) - WIDE_M, 0.0), 5.0))
    wanted = planned + SPEED_GAIN * (aim - v)
    base = car.a_m + car.b_m
    scrub = mass * abs(x[AY]) / base * 0.5 * (car.b_m * abs(x[SY0] + x[SY0 + 1]) + car.a_m * abs(x[SY0 + 2] + x[SY0 + 3]))
    spinning = rotating_mass(car, v) * max(wanted, 0.0)
    need = spinning + mass * (wanted + G_MPS2 * out[O_GRADE]) + resistance(car, air, mass, v) + scrub
    ratio = car.gears[max(int(d[GEAR]), 1) - 1] * car.final_drive / car.wheel_radius_m
    closed = engine_torque(car, x[RPM], 0.0, air.power_frac) * ratio
    opened = engine_torque(car, min(x[RPM], car.limit_rpm - 1.0), 1.0, air.power_frac) * ratio * car.driveline_efficiency
    noise = 1.0 + order_at(orders, step_m, s, PEDAL_NOISE)
    throttle, brake = 0.0, 0.0
    if need > closed:
        throttle = min((need - closed) / max(opened - closed, 1.0) * noise, 1.0)
        if order_at(orders, step_m, s + v * 0.5 * hands.throttle_rise_s, FLAT) > 0.5 and wanted > 0.0:
            throttle = 1.0
    else:
        brake = min((closed - need) / (car.brake_torque_nm / car.wheel_radius_m) * noise, 1.0)
        brake = brake if brake > LIGHTEST else 0.0
    return throttle, brake


@nb.njit(cache=True)
def _feel(car: CarParams, d: FloatArray, out: FloatArray, dt: float, reaction: float, forced: bool) -> None:
    """Ease the pedals after lock-up and wheelspin are felt; not where a mistake is ordered."""
    locked = min(out[O_KAPPA0], out[O_KAPPA0 + 1], out[O_KAPPA0 + 2], out[O_KAPPA0 + 3])
    spinning = max(out[O_KAPPA0 + 2], out[O_KAPPA0 + 3])
    slide = max(out[O_SLIP0 + 2], out[O_SLIP0 + 3])
    rate = dt / max(reaction, dt)
    too_much = max((-locked / car.peak_slip_long - 1.1) / 2.0, 0.0) if not car.has_abs else 0.0
    too_much = 0.0 if forced else max(too_much, (slide - 1.25) / 1.0)
    d[EASE_BRAKE] += rate * (min(too_much, 0.6) - d[EASE_BRAKE]) if too_much > d[EASE_BRAKE] else -dt / 0.4 * d[EASE_BRAKE]
    too_much = max((spinning / car.peak_slip_long - 1.1) / 2.0, (slide - 1.25) / 1.5, 0.0) if not forced else 0.0
    d[EASE_THROTTLE] += rate * (min(too_much, 0.8) - d[EASE_THROTTLE]) if too_much > d[EASE_THROTTLE] else -dt / 0.4 * d[EASE_THROTTLE]


@nb.njit(cache=True)
def control(
    car: CarParams, air: Air, hands: Hands, orders: FloatArray, step_m: float, x: FloatArray, d: FloatArray, out: FloatArray, dt: float
) -> None:  # fmt: skip
    """Move pedals, wheel and gear of the driver's state d for the next dt, s."""
    v = math.sqrt(x[VX] ** 2 + x[VY] ** 2)
    mass = car.mass_kg + x[FUEL] * FUEL_KGPL
    s = x[S]
    throttle, brake = _pedals(car, air, hands, orders, step_m, x, d, out, mass, v)
    brake_least, throttle_least = order_at(orders, step_m, s, BRAKE_LEAST), order_at(orders, step_m, s, THROTTLE_LEAST)
    if v < STARTLED * order_at(orders, step_m, s, V) or abs(math.atan2(x[VY], max(x[VX], 1.0))) > SCARED_RAD:
        throttle_least = 0.0  # nobody stands on a pedal until he stops, or spins
    if v < SLOW_ENOUGH * order_at(orders, step_m, s, V):
        brake_least = 0.0  # nor brakes on when he is slower than he wanted to be
    _feel(car, d, out, dt, hands.reaction_s, brake_least > 0.0 or throttle_least > 0.0)
    throttle = max(min(throttle, order_at(orders, step_m, s, THROTTLE_MOST)) * (1.0 - d[EASE_THROTTLE]), throttle_least)
    most = min(order_at(orders, step_m, s, BRAKE_MOST) + RESCUE * max(v - order_at(orders, step_m, s, V) - 0.3, 0.0), 1.0)
    brake = max(min(brake, most) * (1.0 - d[EASE_BRAKE]), brake_least)
    if out[O_OFF] > 0.0 and throttle_least == 0.0:
        throttle = min(throttle, ON_GRASS)
    if d[LOST] > 0.0:
        throttle, brake = 0.0, 1.0
    if brake > 0.0 and throttle_least == 0.0:
        throttle = 0.0
    if d[THROTTLE] > hands.overlap_frac + 0.02 and brake_least == 0.0:
        brake = 0.0  # one foot leaves before the other comes
    if d[BRAKE] > hands.overlap_frac + 0.02 and throttle_least == 0.0:
        throttle = 0.0
    rate = order_at(orders, step_m, s, RATE)
    d[THROTTLE] = _toward(d[THROTTLE], throttle, rate * dt / hands.throttle_rise_s, dt / hands.throttle_fall_s)
    # A movement takes about as long whether it is large or small (isochrony: Viviani and McCollum 1983).
    d[BRAKE] = _toward(d[BRAKE], brake, max(brake, SMALLEST_PRESS) * dt / hands.brake_rise_s, dt / hands.brake_fall_s)
    aim = _steering(car, air, hands, orders, step_m, x, out, mass, v) * car.steering_ratio
    aim = min(max(aim + order_at(orders, step_m, s, STEER_NOISE), -car.steer_max_rad), car.steer_max_rad)
    most = hands.steer_rate_radps * dt
    d[STEER] += min(max((aim - d[STEER]) * dt / (0.35 * hands.reaction_s + dt), -most), most)
    _gears(car, d, round(order_at(orders, step_m, s, GEAR_ADD)), dt, v)


@nb.njit(cache=True)
def _gears(car: CarParams, d: FloatArray, add: int, dt: float, v: float) -> None:
    """Choose the gear: up at the shift speed, down when the lower gear leaves a fifth of the revs; one change at a time."""
    d[SINCE_SHIFT] += dt
    if d[SHIFT_LEFT] > 0.0:
        d[SHIFT_LEFT] -= dt
        return
    count = car.gears.size
    base = int(d[BASE_GEAR])
    per_gear = v / car.wheel_radius_m * car.final_drive * 30.0 / math.pi
    if d[SINCE_SHIFT] > 0.22 + car.shift_time_s:
        if base < count and per_gear * car.gears[base - 1] > car.shift_rpm and d[BRAKE] < 0.05:
            base += 1
        elif base > 1 and per_gear * car.gears[base - 2] < 0.85 * car.shift_rpm:
            base -= 1
    d[BASE_GEAR] = base
    wanted = min(max(base + add, 1), count)
    while per_gear * car.gears[wanted - 1] > 1.02 * car.limit_rpm and wanted < count:
        wanted += 1  # no over-revving, whatever is ordered
    if wanted != int(d[GEAR]) and d[SINCE_SHIFT] > 0.22 + car.shift_time_s:
        d[BLIP] = 1.0 if wanted < int(d[GEAR]) else 0.0
        d[GEAR] = wanted
        d[SHIFT_LEFT], d[SINCE_SHIFT] = car.shift_time_s, 0.0

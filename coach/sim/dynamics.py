"""The motion of the car: a planar two-track model on a road that bends, climbs and banks. One kernel, `step`.

State in the road's own coordinates (station s, offset n, heading psi against the centre line), velocities and wheel speeds in
body axes, x forward, y left. Wheel order: left front, right front, left rear, right rear.

    vx' = Fx/m + r vy + gravity,   vy' = Fy/m - r vx + gravity,   r' = Mz/Iz
    s' = (vx cos psi - vy sin psi)/(1 - n kappa),   n' = vx sin psi + vy cos psi,   psi' = r - kappa s'

Loads follow the acceleration with one lag (quasi-static body). Lateral slip follows with the relaxation length; longitudinal
slip is solved with the wheel's spin in one implicit step on the secant of the tyre curve, which no step size makes unstable.
Semi-implicit Euler: velocities first, then positions. Tested: a quarter of the step changes speed by less than 1 %, at walking pace too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from coach.arrays import FloatArray
from coach.sim.car import FUEL_KGPL, CarParams
from coach.sim.tyre import friction, stiffness_share

G_MPS2 = 9.80665
SLOWEST_MPS = 2.0  # slip is measured against at least this speed
KERB_GRIP, GRASS_GRIP = 0.97, 0.50  # estimates: painted concrete; dry grass 0.4-0.6 (accident reconstruction tables)
KERB_DRAG, GRASS_DRAG = 0.01, 0.10  # additional rolling resistance, share of the load

# State vector.
S, N, PSI, VX, VY, R, W0, SY0, AX, AY, FUEL, RPM, T, DIST = 0, 1, 2, 3, 4, 5, 6, 10, 14, 15, 16, 17, 18, 19
ABS0, TC = 20, 24  # share of brake torque that each wheel's ABS leaves; share of throttle that traction control takes
STATES = 25
# What the step reports beside the state.
O_AX, O_AY, O_SLIP0, O_KAPPA0, O_FZ0, O_OFF, O_ABS, O_VDOTX, O_VDOTY, O_GRADE, O_BANK, O_KERB, O_GN = (
    0,
    1,
    2,
    6,
    10,
    14,
    15,
    16,
    17,
    18,
    19,
    20,
    21,
)
OUTPUTS = 22


class Air(NamedTuple):
    """What surrounds the car: kg/m3; m/s and direction of the wind (where it blows to, in the plane of the circuit); factors."""

    density: float
    wind_mps: float
    wind_to_rad: float
    drag_frac: float
    power_frac: float
    grip_frac: float


class Controls(NamedTuple):
    """What acts on the car during one step: pedals 0..1, road wheel angle rad, gear 1.. or 0, brake share of the rear alone."""

    throttle: float
    brake: float
    steer: float
    gear: int
    coupled: bool
    handbrake: float


@nb.njit(cache=True)
def engine_torque(car: CarParams, rpm: float, throttle: float, power_frac: float) -> float:
    """Torque at the crankshaft, N m: between the braking torque of the closed throttle and the full torque."""
    drag = -(car.engine_brake_nm + car.engine_brake_nm_per_rpm * max(rpm - car.idle_rpm, 0.0))
    if rpm >= car.limit_rpm:
        return drag
    full = np.interp(rpm, car.torque_rpm, car.torque_nm) * power_frac
    return drag + throttle * (full - drag)


@nb.njit(cache=True)
def road_at(road: FloatArray, step_m: float, s: float, out: FloatArray) -> None:
    """Interpolate the rows of road, shape (n, 8): curvature, grade, bank, vertical curvature, left, right, heading, kerb."""
    n = road.shape[0]
    at = s / step_m
    i = math.floor(at)
    f = at - i
    i %= n
    j = i + 1 if i + 1 < n else 0
    for k in range(road.shape[1]):
        out[k] = road[i, k] + f * (road[j, k] - road[i, k])
    out[6] = road[i, 6] + f * step_m * road[i, 0]  # heading jumps by a turn at the line


@nb.njit(cache=True)
def _loads(car: CarParams, x: FloatArray, mass: float, gn: float, q: float, fz: FloatArray) -> None:
    """Vertical loads of the four wheels, N, from the lagged specific forces x[AX], x[AY]."""
    base = car.a_m + car.b_m
    shift = mass * x[AX] * car.height_m / base
    front = mass * gn * car.b_m / base + q * car.lift_area_front_m2 - shift
    rear = mass * gn * car.a_m / base + q * car.lift_area_rear_m2 + shift
    roll = mass * x[AY] * car.height_m
    d_front = roll * car.roll_share_front / car.track_front_m
    d_rear = roll * (1.0 - car.roll_share_front) / car.track_rear_m
    fz[0], fz[1] = max(0.5 * front - d_front, 0.0), max(0.5 * front + d_front, 0.0)
    fz[2], fz[3] = max(0.5 * rear - d_rear, 0.0), max(0.5 * rear + d_rear, 0.0)


@nb.njit(cache=True)
def _spin(inertia: float, omega: float, torque: float, brake: float, dt: float, k: float, radius: float, vx: float, vc: float) -> float:
    """Wheel speed after dt, rad/s, implicit in the tyre's secant stiffness k (N per slip); friction brakes stop, not reverse."""
    free = (inertia * omega / dt + torque + radius * k * vx / vc) / (inertia / dt + radius * radius * k / vc)
    return _braked(free, brake / (inertia / dt + radius * radius * k / vc))


@nb.njit(cache=True)
def _braked(free: float, most: float) -> float:
    return free - most if free > most else (free + most if free < -most else 0.0)


@nb.njit(cache=True)
def step(car: CarParams, air: Air, road: FloatArray, step_m: float, x: FloatArray, u: Controls, dt: float, here: FloatArray, out: FloatArray) -> None:  # fmt: skip
    """Advance the state x by dt, s; `here` (8,) and `out` (OUTPUTS,) are filled on the way."""
    road_at(road, step_m, x[S], here)
    kappa, grade, bank = here[0], here[1], here[2]
    psi, vx, vy, r = x[PSI], x[VX], x[VY], x[R]
    mass = car.mass_kg + x[FUEL] * FUEL_KGPL
    v2 = vx * vx + vy * vy
    wind = air.wind_mps * math.cos(air.wind_to_rad - here[6] - psi)
    relative = vx - wind
    q = 0.5 * air.density * relative * relative
    gn = max(G_MPS2 * math.cos(grade) * math.cos(bank) + v2 * (here[3] * math.cos(psi) - kappa * math.sin(bank)), 1.0)
    fz = out[O_FZ0 : O_FZ0 + 4]
    _loads(car, x, mass, gn, q, fz)
    fx_total, fy_total, moment = _tyres(car, air, x, u, dt, here, out)
    drag = math.copysign(q * car.drag_area_m2 * air.drag_frac, relative)
    fx = (fx_total - drag) / mass
    fy = fy_total / mass
    sin_grade, sin_bank, c, s = math.sin(grade), math.sin(bank), math.cos(psi), math.sin(psi)
    gx = -G_MPS2 * (sin_grade * c + sin_bank * s)
    gy = -G_MPS2 * (sin_bank * c - sin_grade * s)
    out[O_VDOTX], out[O_VDOTY] = fx + gx + r * vy, fy + gy - r * vx
    out[O_AX], out[O_AY], out[O_GRADE], out[O_BANK], out[O_GN] = (
        fx + gx,
        fy + gy,
        sin_grade * c + sin_bank * s,
        sin_bank * c - sin_grade * s,
        gn,
    )
    lag = dt / (car.load_lag_s + dt)
    x[AX] += lag * (fx - x[AX])
    x[AY] += lag * (fy - x[AY])
    x[VX] = vx + dt * out[O_VDOTX]
    x[VY] = vy + dt * out[O_VDOTY]
    x[R] = r + dt * moment / car.yaw_inertia_kgm2
    along = (x[VX] * c - x[VY] * s) / max(1.0 - x[N] * kappa, 0.2)
    x[S] += dt * along
    x[N] += dt * (x[VX] * s + x[VY] * c)
    x[PSI] += dt * (x[R] - kappa * along)
    x[DIST] += dt * math.sqrt(v2)
    x[T] += dt


@nb.njit(cache=True)
def _surface(n_wheel: float, here: FloatArray) -> int:
    """0 asphalt, 1 kerb, 2 grass under a wheel at an offset."""
    beyond = n_wheel - here[4] if n_wheel > 0.0 else -n_wheel - here[5]
    return 0 if beyond <= 0.0 else (1 if beyond <= here[7] else 2)


@nb.njit(cache=True)
def _tyres(
    car: CarParams, air: Air, x: FloatArray, u: Controls, dt: float, here: FloatArray, out: FloatArray
) -> tuple[float, float, float]:
    """Forces of the four tyres on the car, body axes, N, and their moment, N m; wheel speeds and slips move on by dt."""
    vx, vy, r = x[VX], x[VY], x[R]
    cos_psi, sin_psi = math.cos(x[PSI]), math.sin(x[PSI])
    near_edge = abs(x[N]) + 3.5 > min(here[4], here[5])  # no car is longer than 7 m across the road
    k_long, vwx, vwy, vc, rolling = np.empty(4), np.empty(4), np.empty(4), np.empty(4), np.empty(4)
    off, kerbs = 0, 0
    for i in range(4):
        front = i < 2
        arm_x = car.a_m if front else -car.b_m
        arm_y = (0.5 if i % 2 == 0 else -0.5) * (car.track_front_m if front else car.track_rear_m)
        wx, wy = vx - r * arm_y, vy + r * arm_x
        if front:
            ca, sa = math.cos(u.steer), math.sin(u.steer)
            wx, wy = ca * wx + sa * wy, -sa * wx + ca * wy
        vwx[i], vwy[i] = wx, wy
        vc[i] = max(abs(wx), SLOWEST_MPS)
        surface = _surface(x[N] + arm_y * cos_psi + arm_x * sin_psi, here) if near_edge else 0
        grip = air.grip_frac * (1.0 if surface == 0 else (KERB_GRIP if surface == 1 else GRASS_GRIP))
        rolling[i] = car.rolling_frac + (0.0 if surface == 0 else (KERB_DRAG if surface == 1 else GRASS_DRAG))
        kerbs += surface == 1
        off += surface == 2
        travel = vc[i] * dt / car.relaxation_m
        x[SY0 + i] += travel / (1.0 + travel) * (-wy / vc[i] - x[SY0 + i])
        sx = (x[W0 + i] * car.wheel_radius_m - wx) / vc[i]
        peak_y = car.peak_slip_front if front else car.peak_slip_rear
        rho = math.sqrt((sx / car.peak_slip_long) ** 2 + (x[SY0 + i] / peak_y) ** 2)
        load = out[O_FZ0 + i]
        mu = friction(load, car.mu_front if front else car.mu_rear, car.mu_load_sensitivity, car.rated_load_n) * grip
        k_long[i] = mu * load * stiffness_share(rho, car.shape_c)
        out[O_SLIP0 + i] = rho
        vwy[i] = k_long[i] * x[SY0 + i] / peak_y  # from here on: lateral force
        k_long[i] /= car.peak_slip_long
    out[O_OFF], out[O_KERB] = off, kerbs
    _brakes_and_drive(car, air, x, u, dt, k_long, vwx, vc, out)
    fx_sum, fy_sum, moment = 0.0, 0.0, 0.0
    for i in range(4):
        front = i < 2
        arm_x = car.a_m if front else -car.b_m
        arm_y = (0.5 if i % 2 == 0 else -0.5) * (car.track_front_m if front else car.track_rear_m)
        sx = (x[W0 + i] * car.wheel_radius_m - vwx[i]) / vc[i]
        out[O_KAPPA0 + i] = sx
        fx = k_long[i] * sx - rolling[i] * out[O_FZ0 + i] * min(max(vwx[i] / SLOWEST_MPS, -1.0), 1.0)
        fy = vwy[i]
        if front:
            ca, sa = math.cos(u.steer), math.sin(u.steer)
            fx, fy = ca * fx - sa * fy, sa * fx + ca * fy
        fx_sum += fx
        fy_sum += fy
        moment += arm_x * fy - arm_y * fx
    return fx_sum, fy_sum, moment


@nb.njit(cache=True)
def _brakes_and_drive(
    car: CarParams, air: Air, x: FloatArray, u: Controls, dt: float, k: FloatArray, vwx: FloatArray, vc: FloatArray, out: FloatArray
) -> None:  # fmt: skip
    """Turn the wheels by dt: brakes with ABS, the driven rear axle with engine, differential and traction control."""
    radius = car.wheel_radius_m
    cut = 0.0
    brake = np.empty(4)
    for i in range(4):
        share = 0.5 * (car.brake_bias_front if i < 2 else 1.0 - car.brake_bias_front)
        brake[i] = u.brake * share * car.brake_torque_nm
        if car.has_abs:
            slip = (x[W0 + i] * radius - vwx[i]) / vc[i]
            if u.brake > 0.0 and slip < -car.abs_slip and vwx[i] > 3.0:
                x[ABS0 + i] = max(x[ABS0 + i] - 14.0 * dt, 0.3)  # full release in 0.07 s, return in 0.15 s: ABS valve rates
            else:
                x[ABS0 + i] = min(x[ABS0 + i] + 6.0 * dt, 1.0)
            cut = max(cut, 1.0 - x[ABS0 + i])
            brake[i] *= x[ABS0 + i]
        if i >= 2:
            brake[i] += u.handbrake * car.brake_torque_nm
    out[O_ABS] = cut if u.brake > 0.0 else 0.0
    for i in range(2):
        x[W0 + i] = _spin(car.wheel_inertia_kgm2, x[W0 + i], 0.0, brake[i], dt, k[i], radius, vwx[i], vc[i])
    _driven_axle(car, air, x, u, dt, k, vwx, vc, brake)


@nb.njit(cache=True)
def _driven_axle(
    car: CarParams, air: Air, x: FloatArray, u: Controls, dt: float, k: FloatArray, vwx: FloatArray, vc: FloatArray, brake: FloatArray
) -> None:  # fmt: skip
    """Both rear wheels at once: engine inertia on their mean speed, locking torque on their difference, brakes."""
    radius = car.wheel_radius_m
    mean = 0.5 * (x[W0 + 2] + x[W0 + 3])
    torque, reflected = 0.0, 0.0
    throttle = u.throttle
    if car.has_tc:
        slip = max(x[W0 + 2] * radius - vwx[2], x[W0 + 3] * radius - vwx[3]) / max(vc[2], 6.0)
        x[TC] = min(x[TC] + 9.0 * dt, 0.95) if slip > car.tc_slip and throttle > 0.0 else max(x[TC] - 4.0 * dt, 0.0)
        throttle *= 1.0 - x[TC]
    if u.gear >= 1 and u.coupled:
        ratio = car.gears[u.gear - 1] * car.final_drive
        rpm = mean * ratio * 30.0 / math.pi
        slipping = rpm < 1.6 * car.idle_rpm  # the clutch slips when pulling away
        x[RPM] = max(rpm, car.idle_rpm + 1500.0 * throttle) if slipping else rpm
        crank = engine_torque(car, x[RPM], throttle, air.power_frac)
        if rpm < car.idle_rpm and crank < 0.0:
            crank = 0.0  # declutched
        torque = crank * ratio * (car.driveline_efficiency if crank > 0.0 else 1.0)
        reflected = 0.0 if slipping else 0.25 * car.engine_inertia_kgm2 * ratio * ratio
        if crank > 0.0:
            x[FUEL] = max(x[FUEL] - crank * x[RPM] * math.pi / 30.0 * car.fuel_kg_per_j / FUEL_KGPL * dt, 0.0)
    lock = car.diff_preload_nm + abs(torque) * (car.diff_power_lock if torque > 0.0 else car.diff_coast_lock)
    viscous = lock / max(abs(x[W0 + 2] - x[W0 + 3]), 0.5)  # rad/s: below this difference the plates creep
    inertia = car.wheel_inertia_kgm2 + reflected
    d_l = inertia / dt + radius * radius * k[2] / vc[2] + 0.5 * viscous
    d_r = inertia / dt + radius * radius * k[3] / vc[3] + 0.5 * viscous
    cross = reflected / dt - 0.5 * viscous
    rhs_l = (inertia * x[W0 + 2] + reflected * x[W0 + 3]) / dt + 0.5 * torque + radius * k[2] * vwx[2] / vc[2]
    rhs_r = (inertia * x[W0 + 3] + reflected * x[W0 + 2]) / dt + 0.5 * torque + radius * k[3] * vwx[3] / vc[3]
    det = d_l * d_r - cross * cross
    for _ in range(2):  # first without brakes for the direction of rolling, then with them
        left = (rhs_l * d_r - rhs_r * cross) / det
        right = (rhs_r * d_l - rhs_l * cross) / det
        if brake[2] == 0.0:
            break
        if _ == 0:
            rhs_l -= brake[2] * np.sign(left)
            rhs_r -= brake[3] * np.sign(right)
            was_l, was_r = left, right
        else:
            left = 0.0 if left * was_l < 0.0 else left
            right = 0.0 if right * was_r < 0.0 else right
    x[W0 + 2], x[W0 + 3] = left, right

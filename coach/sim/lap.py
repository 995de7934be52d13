"""One lap from line to line in one kernel: driver and car in turn, one row per tick of 60 Hz.

The state goes in and comes out, so that laps follow one another; nothing here draws random numbers or knows habits.
"""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from coach.arrays import FloatArray
from coach.sim import kernel_cache as _kernel_cache  # noqa: F401  must run before any kernel is loaded
from coach.sim.car import CarParams
from coach.sim.driver import (
    BLIP,
    BRAKE,
    CROSSED_T,
    GEAR,
    HANDBRAKE,
    LOST,
    OFFSET,
    PIT,
    PUSH,
    SHIFT_LEFT,
    SPUN_RAD,
    STEER,
    THROTTLE,
    Hands,
    control,
    order_at,
)
from coach.sim.dynamics import (
    ABS0,
    AX,
    AY,
    FUEL,
    O_ABS,
    O_AX,
    O_AY,
    O_BANK,
    O_FZ0,
    O_GN,
    O_GRADE,
    O_KAPPA0,
    O_KERB,
    O_OFF,
    O_SLIP0,
    PSI,
    RPM,
    SY0,
    TC,
    VX,
    VY,
    W0,
    Air,
    Controls,
    N,
    R,
    S,
    T,
    step,
)

TICK_HZ = 60
SUB = 8  # physics steps per tick: 480 Hz
CONTROL_EVERY = 4  # the driver acts at 120 Hz
BARRIER_M = 12.0  # beyond the edge line: what lies there stops the car
RECOVER_MPS = 4.0  # turning round after a spin

# Recorded columns, shape (ticks, RECORDED).
RECORDED_NAMES = (
    "t", "s", "n", "psi", "vx", "vy", "r", "ax", "ay", "gn", "grade", "bank", "throttle", "brake", "steer", "gear", "coupled", "rpm",
    "abs", "tc", "w0", "w1", "w2", "w3", "fuel", "off", "kerb", "rho0", "rho1", "rho2", "rho3", "k0", "k1", "k2", "k3",
    "fax", "fay", "pit", "body", "lost", "fz0", "fz1", "fz2", "fz3", "blip",
)  # fmt: skip
RECORDED = len(RECORDED_NAMES)


@nb.njit(cache=True)
def _record(row: FloatArray, car: CarParams, x: FloatArray, d: FloatArray, out: FloatArray, throttle: float, coupled: bool, pit: float) -> None:  # fmt: skip
    row[0], row[1], row[2], row[3], row[4], row[5], row[6] = x[T], x[S], x[N], x[PSI], x[VX], x[VY], x[R]
    row[7], row[8], row[9], row[10], row[11] = out[O_AX], out[O_AY], out[O_GN], out[O_GRADE], out[O_BANK]
    row[12], row[13], row[14], row[15], row[16], row[17] = d[THROTTLE], d[BRAKE], d[STEER], d[GEAR], 1.0 if coupled else 0.0, x[RPM]
    row[18], row[19], row[24], row[25], row[26] = out[O_ABS], x[TC], x[FUEL], out[O_OFF], out[O_KERB]
    for i in range(4):
        row[20 + i] = x[W0 + i] * car.wheel_radius_m
        row[27 + i], row[31 + i], row[40 + i] = out[O_SLIP0 + i], out[O_KAPPA0 + i], out[O_FZ0 + i]
    row[35], row[36], row[37], row[38], row[39], row[44] = x[AX], x[AY], pit, throttle, d[LOST], d[BLIP]


@nb.njit(cache=True)
def _recover(x: FloatArray, d: FloatArray, aim: float, dt: float) -> None:
    """After a spin: stand, turn round on the spot, creep back to the line. A script, not physics."""
    x[VX], x[VY], x[R] = RECOVER_MPS, 0.0, 0.0
    x[PSI] = math.atan2(math.sin(x[PSI]), math.cos(x[PSI]))
    turn = min(max(-x[PSI], -1.0 * dt), 1.0 * dt)
    x[PSI] += turn
    x[R] = turn / dt
    if abs(x[PSI]) < 0.3:
        x[N] += min(max(aim - x[N], -2.0 * dt), 2.0 * dt)
    for i in range(4):
        x[SY0 + i] = 0.0
    x[AX], x[AY] = 0.0, 0.0
    if abs(x[PSI]) < 1e-3 and abs(aim - x[N]) < 1.0:
        d[LOST] = 0.0


@nb.njit(cache=True)
def _lost(x: FloatArray, d: FloatArray, here: FloatArray) -> None:
    """Notice a spin (1), a stop against the barrier (2), and when the car stands (2: recovering)."""
    v = math.sqrt(x[VX] ** 2 + x[VY] ** 2)
    if d[LOST] == 0.0 and v > 4.0 and (abs(math.atan2(x[VY], x[VX])) > SPUN_RAD or abs(x[PSI]) > 1.6):
        d[LOST] = 1.0
    if x[N] > here[4] + BARRIER_M or -x[N] > here[5] + BARRIER_M:
        x[N] = here[4] + BARRIER_M if x[N] > 0.0 else -here[5] - BARRIER_M
        d[LOST] = 2.0
    if d[LOST] == 1.0 and v < 2.0:
        d[LOST] = 2.0


@nb.njit(cache=True, nogil=True)  # a drive may be published while the next is made
def drive_lap(
    car: CarParams,
    air: Air,
    hands: Hands,
    road: FloatArray,
    step_m: float,
    orders: FloatArray,
    s_end: float,
    x: FloatArray,
    d: FloatArray,
    rows: FloatArray,
) -> int:
    """Drive from the state's station to s_end; rows (most, RECORDED) are filled, their count is returned.

    d[CROSSED_T] is the time at s_end, between ticks. It stops early, d[CROSSED_T] < 0, when the rows are full.
    """
    dt = 1.0 / (TICK_HZ * SUB)
    here, out = np.zeros(8), np.zeros(22)
    d[CROSSED_T] = -1.0
    for tick in range(rows.shape[0]):
        throttle, coupled, pit = 0.0, True, 0.0
        for sub in range(SUB):
            if sub % CONTROL_EVERY == 0:
                control(car, air, hands, orders, step_m, x, d, out, dt * CONTROL_EVERY)
                pit = order_at(orders, step_m, x[S], PIT)
            coupled = d[SHIFT_LEFT] <= 0.0 and d[LOST] == 0.0
            throttle = d[THROTTLE] if coupled else (0.35 * d[BLIP] if d[LOST] == 0.0 else 0.0)
            if not coupled:
                ratio = car.gears[int(d[GEAR]) - 1] * car.final_drive
                goal = max(0.5 * (x[W0 + 2] + x[W0 + 3]) * ratio * 30.0 / math.pi, car.idle_rpm)
                x[RPM] += (goal - x[RPM]) * dt / (0.3 * car.shift_time_s + dt)
            u = Controls(
                throttle, d[BRAKE], d[STEER] / car.steering_ratio, int(d[GEAR]), coupled, order_at(orders, step_m, x[S], HANDBRAKE)
            )
            before, t_before = x[S], x[T]
            step(car, air, road, step_m, x, u, dt, here, out)
            x[VY] += order_at(orders, step_m, before, PUSH) * (x[S] - before)
            _lost(x, d, here)
            if d[LOST] == 2.0:
                _recover(x, d, order_at(orders, step_m, x[S], OFFSET), dt)
            if before < s_end <= x[S] and d[CROSSED_T] < 0.0:
                d[CROSSED_T] = t_before + dt * (s_end - before) / (x[S] - before)
        _record(rows[tick], car, x, d, out, throttle, coupled, pit)
        if d[CROSSED_T] >= 0.0:
            return tick + 1
    return len(rows)


def new_state(car: CarParams, s_m: float, offset_m: float, v_mps: float, fuel_l: float) -> tuple[FloatArray, FloatArray]:
    """State of car and driver rolling along the track in first gear."""
    x, d = np.zeros(25), np.zeros(12)
    x[S], x[N], x[VX], x[FUEL], x[RPM] = s_m, offset_m, v_mps, fuel_l, car.idle_rpm
    x[W0 : W0 + 4] = v_mps / car.wheel_radius_m
    x[ABS0 : ABS0 + 4] = 1.0
    d[GEAR] = 1.0
    d[5] = 1.0
    d[6] = 9.0
    return x, d

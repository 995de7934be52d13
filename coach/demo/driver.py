"""The demonstration's driver: a car, a few laps near its limit, and mistakes of known place and size.

A mistake is a cap on the speed in its corner under which the whole session is solved again, so it costs what it would cost in
this car: an early brake gives away speed before the corner, a slow apex also braking and exit, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import Cause
from coach.demo.circuit import Circuit
from coach.physics.car import CarModel
from coach.physics.quasi_steady import quasi_steady_lap, times_of

LAPS = 7
LEAD_IN_M, RUN_OUT_M = 450.0, 260.0  # pit exit to the line, and on after the last lap
PIT_EXIT_M, PIT_LIMIT_MPS = 150.0, 16.0
# (lap, corner, cause, size): metres earlier, share of the minimum speed, metres of delay, metres of neither pedal.
PLAN = (
    (4, 3, Cause.BRAKE_EARLY, 14.0),  # corner 3 is his habit: the one loss that several laps prove
    (4, 6, Cause.SLOW_APEX, 0.07),
    (5, 1, Cause.THROTTLE_LATE, 26.0),
    (5, 3, Cause.BRAKE_EARLY, 12.0),
    (6, 1, Cause.COASTING, 80.0),
    (6, 3, Cause.BRAKE_EARLY, 18.0),
    (6, 5, Cause.SLOW_APEX, 0.06),
    (7, 3, Cause.BRAKE_EARLY, 13.0),
    (7, 5, Cause.THROTTLE_LATE, 30.0),
)

SPEED = np.arange(0.0, 81.0)
CAR = CarModel(  # a light sports car: 190 W/kg, 1.35 g, a little downforce, rear-wheel drive
    speed_mps=SPEED,
    accel_full_mps2=np.minimum(5.5, 190.0 / np.maximum(SPEED, 1.0)) - 0.0006 * SPEED**2,
    lateral_mps2=13.2 + 0.0012 * SPEED**2,
    braking_mps2=11.2 + 0.0006 * SPEED**2,
    braking_typical_mps2=11.0,
    ellipse=1.7,
    speed_per_rpm=np.array([np.nan, 14.0, 21.5, 29.5, 38.0, 47.5, 58.0]) / 7000.0,
    hits=np.full(len(SPEED), 100.0),
    traction_share=0.55,
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing the driver did worse, and what it cost from before the corner until before the next one."""

    lap: int
    corner: int  # 1, 2, ... in driving order; the kink is corner 4
    cause: Cause
    size: float  # metres; for a slow apex the share of the minimum speed
    time_lost_s: float = float("nan")

    def __str__(self) -> str:
        size = f"{self.size:.0%}" if self.cause is Cause.SLOW_APEX else f"{self.size:.0f} m"
        return f"lap {self.lap}, corner {self.corner}: {self.cause.replace('_', ' ')}, {size}: {self.time_lost_s:.2f} s"


@dataclass(frozen=True, slots=True)
class Drive:
    """The whole session over stations, shape (m,) each.

    station_m: since the first crossing of the line, negative before it; driven_m: from each station to the next; offset_m: + left
    of the centre line.
    """

    station_m: FloatArray
    driven_m: FloatArray
    v_mps: FloatArray
    curvature_1pm: FloatArray
    offset_m: FloatArray
    offset_slope: FloatArray
    grade_frac: FloatArray
    mistakes: tuple[Mistake, ...]


def coasting_mps2(v_mps: FloatArray) -> FloatArray:
    """Deceleration with both pedals up: engine and rolling 0.6 m/s2, and the air."""
    drag: FloatArray = 0.6 + 0.0006 * np.square(v_mps)
    return drag


def drive(circuit: Circuit, rng: np.random.Generator) -> Drive:
    """Solve the session: lead-in, seven laps, run-out; mistakes on laps 4-7."""
    n = len(circuit.curvature_1pm)
    first, last = -round(LEAD_IN_M / circuit.step_m), LAPS * n + round(RUN_OUT_M / circuit.step_m)
    index = np.arange(first, last + 1)
    s = np.asarray(index * circuit.step_m, dtype=np.float64)
    around = index % n
    offset, slope, bend = _wander(s, rng)
    kappa_c = circuit.curvature_1pm[around]
    along = 1.0 - offset * kappa_c
    driven = np.hypot(along, slope) * circuit.step_m
    kappa = kappa_c / along + bend
    grade = circuit.grade_frac[around]
    effort = _effort(circuit, s, rng)
    pit = np.where(s < first * circuit.step_m + PIT_EXIT_M, PIT_LIMIT_MPS, np.nan)

    def solve(cap: FloatArray) -> FloatArray:
        demand = kappa / effort**2
        return quasi_steady_lap(demand, driven, CAR, grade_frac=grade, closed=False, v_cap_mps=cap, v_start_mps=PIT_LIMIT_MPS)

    clean = solve(pit)
    apexes = _apexes(circuit)
    own = _habitual_braking(apexes, clean, s, pit, rng)
    base = solve(own)
    cap, planned = own, []
    for lap, corner, cause, size in PLAN:
        at = lap * len(circuit.apex_m) + corner - 1  # lap 0 is the lead-in
        cap = np.fmin(cap, _cap(cause, size, base, s, apexes[at - 1], apexes[at]))
        planned.append(Mistake(lap, corner, cause, size))
    v = solve(cap)
    lost = times_of(v, driven, closed=False) - times_of(base, driven, closed=False)
    mistakes = tuple(replace(mistake, time_lost_s=_lost(circuit, mistake, s, lost)) for mistake in planned)
    return Drive(s, driven, v, kappa, offset, slope, grade, mistakes)


def _wander(s: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Offset from the centre line within some 0.3 m, its slope and the curvature it adds; no two laps alike."""
    offset, slope, bend = np.zeros(len(s)), np.zeros(len(s)), np.zeros(len(s))
    for wave_m in (173.0, 281.0, 457.0, 739.0):  # no common multiple with the lap
        k, phase, size = 2.0 * np.pi / wave_m, rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.08, 0.18)
        offset += size * np.sin(k * s + phase)
        slope += size * k * np.cos(k * s + phase)
        bend -= size * k**2 * np.sin(k * s + phase)
    return offset, slope, bend


def _effort(circuit: Circuit, s: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Share of the possible cornering speed that is used, shape (m,): about 99 %, 0.4 % different in each corner of each lap."""
    knots = _apexes(circuit)
    return np.interp(s, knots, np.clip(rng.normal(0.99, 0.004, len(knots)), 0.975, 1.0))


def _apexes(circuit: Circuit) -> FloatArray:
    """Apex stations of the lap before the first crossing up to the one after the last, shape ((LAPS + 2) * corners,)."""
    laps = np.arange(-1, LAPS + 1)[:, None] * circuit.length_m
    stations: FloatArray = (laps + np.asarray(circuit.apex_m)).ravel()
    return stations


def _habitual_braking(apexes: FloatArray, v: FloatArray, s: FloatArray, cap: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Caps that let the driver brake up to 4 m before the last moment, differently each time."""
    for before, apex in pairwise(apexes):
        if before > s[0] and apex < s[-1]:
            cap = np.fmin(cap, _cap(Cause.BRAKE_EARLY, rng.uniform(0.0, 4.0), v, s, before, apex))
    return cap


def _cap(cause: Cause, size: float, v: FloatArray, s: FloatArray, before_m: float, apex_m: float) -> FloatArray:
    """The speeds (m,) that a mistake forbids from being exceeded, NaN where it forbids nothing.

    v: the speeds without it; before_m, apex_m: apex of the corner before and of the corner itself.
    """
    cap, step_m = np.full(len(v), np.nan), float(s[1] - s[0])
    start, first, last = np.searchsorted(s, [before_m, max(apex_m - 45.0, before_m), apex_m + 45.0])
    low = int(first + np.argmin(v[first:last]))
    high = int(start + np.argmax(v[start : low + 1]))
    metres = round(size / step_m)
    if cause is Cause.BRAKE_EARLY:
        begin = max(high - metres, int(start))
        cap[begin : low + 1] = np.minimum.accumulate(v[np.minimum(np.arange(begin, low + 1) + metres, low)])
    elif cause is Cause.SLOW_APEX:
        cap[max(low - 8, 0) : low + 9] = (1.0 - size) * v[low]
    elif cause is Cause.THROTTLE_LATE:
        on = low + int(np.argmax(v[low:] > 1.01 * v[low]))
        cap[on : on + metres + 1] = v[on]  # he goes on holding the speed where the throttle could open: letting it go would be a lift
    elif cause is Cause.COASTING:
        _roll(cap, v, max(high - metres, int(start)), low, step_m)
    return cap


def _roll(cap: FloatArray, v: FloatArray, start: int, end: int, step_m: float) -> None:
    """Let the car roll on neither pedal from one station to another."""
    u = v[start] ** 2
    for i in range(start, min(end, len(v) - 1) + 1):
        cap[i] = np.sqrt(max(u, 1.0))
        u -= 2.0 * step_m * float(coasting_mps2(cap[i]))


def _lost(circuit: Circuit, mistake: Mistake, s: FloatArray, lost_s: FloatArray) -> float:
    """Time lost from the apex of the corner before to the apex of the corner after."""
    apexes, at = _apexes(circuit), mistake.lap * len(circuit.apex_m) + mistake.corner - 1
    return float(np.interp(apexes[at + 1], s, lost_s) - np.interp(apexes[at - 1], s, lost_s))

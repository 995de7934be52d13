"""The speed a driver aims at along a line: forward and backward over the stations with the limits of this very model.

Written for the driver of the proving ground and independent of the engine's solver. Explicit steps in v^2 (du/ds = 2 a); the
tyres carry v^2 kappa and the bank, the load grows with bank and vertical curvature.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from coach.arrays import FloatArray
from coach.sim import kernel_cache as _kernel_cache  # noqa: F401  must run before any kernel is loaded
from coach.sim.circuit import Circuit
from coach.sim.dynamics import G_MPS2
from coach.sim.limits import Limits


class Path(NamedTuple):
    """A driven line, shape (n,) each on the circuit's stations.

    offset_m: + left; course_rad: of the line against the centre line; curvature_1pm: of the line, + left; stretch: driven
    metres per metre of station; sin_grade along the line; sin_bank; vertical_1pm: d2z/ds2, + in a dip.
    """

    offset_m: FloatArray
    course_rad: FloatArray
    curvature_1pm: FloatArray
    stretch: FloatArray
    sin_grade: FloatArray
    sin_bank: FloatArray
    vertical_1pm: FloatArray


class Use(NamedTuple):
    """Share of each limit that the driver uses, shape (n,) each."""

    lateral: FloatArray
    braking: FloatArray
    driving: FloatArray
    plateau: FloatArray  # of straight-line braking, at most: the pedal stays there until turning needs the grip
    let_go: FloatArray  # of his hardest braking: where the tyres leave less, the brake is off; 0: trailed to the last
    throttle_from: FloatArray  # of full acceleration: where the tyres leave less after braking, he waits, both pedals up
    v_cap_mps: FloatArray


def slope(values: FloatArray, step_m: float) -> FloatArray:
    """Central difference along the closed lap, shape (n,)."""
    return np.asarray((np.roll(values, -1) - np.roll(values, 1)) / (2.0 * step_m))


def path_of(circuit: Circuit, offset_m: FloatArray) -> Path:
    """The line at offsets (n,), + left, of the circuit's stations."""
    kappa = circuit.curvature_1pm
    across, along = slope(offset_m, circuit.step_m), 1.0 - offset_m * kappa
    course = np.arctan2(across, along)
    stretch = np.hypot(across, along)
    grade, bank = np.arctan(slope(circuit.elevation_m, circuit.step_m)), circuit.bank_rad
    return Path(
        np.ascontiguousarray(offset_m, dtype=np.float64),
        course,
        (kappa + slope(course, circuit.step_m)) / stretch,
        stretch,
        np.sin(grade),
        np.sin(bank),
        slope(slope(circuit.elevation_m, circuit.step_m), circuit.step_m),
    )


def full_use(n: int, lateral: float = 1.0, braking: float = 1.0, driving: float = 1.0) -> Use:
    """The same shares everywhere, no speed cap."""
    return Use(np.full(n, lateral), np.full(n, braking), np.full(n, driving), np.ones(n), np.zeros(n), np.zeros(n), np.full(n, 1e3))


def target_speed(limits: Limits, path: Path, step_m: float, use: Use) -> FloatArray:
    """Speed aimed at, m/s, shape (n,), over the closed lap."""
    n = path.offset_m.size
    cap, v = np.empty(n), np.empty(n)
    _caps(limits, path, use, cap)
    v[:] = cap
    _forward_backward(limits, path, step_m, use, cap, v)
    return v


@nb.njit(cache=True)
def at_speed(table: FloatArray, limits: Limits, v: float) -> float:
    """A table over speed, linear, the ends hold."""
    x = (v - limits.v_mps[0]) / (limits.v_mps[1] - limits.v_mps[0])
    x = min(max(x, 0.0), limits.v_mps.size - 1.001)
    i = int(x)
    return float(table[i] + (x - i) * (table[i + 1] - table[i]))


@nb.njit(cache=True)
def at_share(table: FloatArray, limits: Limits, v: float, share: float) -> float:
    """A table over speed and lateral share, bilinear, the ends hold."""
    x = (v - limits.v_mps[0]) / (limits.v_mps[1] - limits.v_mps[0])
    x = min(max(x, 0.0), limits.v_mps.size - 1.001)
    y = min(max(share, 0.0), 0.9999) * (table.shape[1] - 1)
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    low = table[i, j] + fy * (table[i, j + 1] - table[i, j])
    return float(low + fx * (table[i + 1, j] + fy * (table[i + 1, j + 1] - table[i + 1, j]) - low))


@nb.njit(cache=True)
def lateral_need(path: Path, i: int, v: float) -> tuple[float, float]:
    """(lateral acceleration the tyres serve, m/s2, + left; load against that on the flat) at station i."""
    demand = v * v * path.curvature_1pm[i] + G_MPS2 * path.sin_bank[i]
    load = 1.0 + v * v * (path.vertical_1pm[i] - path.curvature_1pm[i] * path.sin_bank[i]) / G_MPS2
    return demand, max(load, 0.2)


@nb.njit(cache=True)
def _share(limits: Limits, path: Path, i: int, v: float, use: float) -> float:
    demand, load = lateral_need(path, i, v)
    return abs(demand) / (at_speed(limits.lateral_mps2, limits, v) * load * use)


@nb.njit(cache=True)
def _caps(limits: Limits, path: Path, use: Use, cap: FloatArray) -> None:
    top = limits.v_mps[-1]
    for i in range(cap.size):
        low, high = 3.0, top
        if _share(limits, path, i, top, use.lateral[i]) <= 1.0:
            low = top
        else:
            for _ in range(24):
                v = 0.5 * (low + high)
                if _share(limits, path, i, v, use.lateral[i]) <= 1.0:
                    low = v
                else:
                    high = v
        cap[i] = min(low, use.v_cap_mps[i])


@nb.njit(cache=True)
def _driving(limits: Limits, path: Path, use: Use, i: int, v: float, share: float) -> float:
    """Largest acceleration at station i beside a share of the lateral limit, m/s2, grade not counted."""
    ax = at_share(limits.driving_mps2, limits, v, share)
    if ax > 0.0 and at_share(limits.flat, limits, v, share) < 0.5:  # traction limits, not power
        ax *= use.driving[i] * min(lateral_need(path, i, v)[1], 1.0)
    return ax


@nb.njit(cache=True)
def _wanted_braking(limits: Limits, path: Path, use: Use, i: int, v: float) -> float:
    """Deceleration that the driver uses at station i, m/s2, grade not counted."""
    share = _share(limits, path, i, v, use.lateral[i])
    load = lateral_need(path, i, v)[1]
    straight = at_share(limits.braking_mps2, limits, v, 0.0) * load
    hardest = use.braking[i] * use.plateau[i] * straight
    ax = min(hardest, use.braking[i] * at_share(limits.braking_mps2, limits, v, share) * load)
    coasting = at_share(limits.coasting_mps2, limits, v, share)
    return float(ax if ax - coasting >= use.let_go[i] * (hardest - coasting) else min(ax, coasting))


@nb.njit(cache=True)
def _forward_backward(limits: Limits, path: Path, step_m: float, use: Use, cap: FloatArray, v: FloatArray) -> None:
    n = cap.size
    slowest = int(np.argmin(cap))
    waits = True  # with the throttle, since the last fall of speed
    for k in range(2 * n):
        i = (slowest + k) % n
        j = (i + 1) % n
        share = _share(limits, path, i, v[i], use.lateral[i])
        ax = _driving(limits, path, use, i, v[i], share)
        waits = waits and ax < use.throttle_from[i] * _driving(limits, path, use, i, v[i], 0.0)
        if waits:
            ax = min(ax, -at_share(limits.coasting_mps2, limits, v[i], share))
        ax -= G_MPS2 * path.sin_grade[i]
        after = math.sqrt(max(v[i] ** 2 + 2.0 * step_m * path.stretch[i] * ax, 9.0))
        v[j] = min(after, v[j], cap[j])
        waits = waits or (v[j] < v[i] and v[j] < after)
    for k in range(2 * n):
        j = (slowest - k) % n
        i = (j - 1) % n
        ax = _wanted_braking(limits, path, use, j, v[j]) + G_MPS2 * path.sin_grade[i]
        v[i] = min(math.sqrt(v[j] ** 2 + 2.0 * step_m * path.stretch[i] * max(ax, 0.1)), v[i])


def times_of(v: FloatArray, path: Path, step_m: float) -> FloatArray:
    """Elapsed time at each station, s, shape (n + 1,)."""
    ds = step_m * path.stretch
    return np.concatenate([[0.0], np.cumsum(2.0 * ds / (v + np.roll(v, -1)))])


def shares_of(limits: Limits, path: Path, v: FloatArray, table: FloatArray) -> FloatArray:
    """A table of the limits at every station of a profile v (n,), by speed and lateral share."""
    out = np.empty(v.size)
    _shares(limits, path, v, table, out)
    return out


@nb.njit(cache=True)
def _shares(limits: Limits, path: Path, v: FloatArray, table: FloatArray, out: FloatArray) -> None:
    for i in range(v.size):
        out[i] = at_share(table, limits, v[i], _share(limits, path, i, v[i], 1.0))

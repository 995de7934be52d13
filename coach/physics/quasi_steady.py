"""The speed a car can hold along a path: a quasi-steady-state lap of a point mass, forward and backward over the stations.

It knows no line of its own and no driver: the curvature comes from a driven path, the limits from a `CarModel`. Method of
coaching.md 2.6, written from the formulas. The state is u = v^2, because along the path du/ds = 2 a.

    cornering   u k = lateral(v) + bank terms        the largest u a station allows
    forward     u[i+1] = u[i] + 2 ds (min(accel_full(v), traction(v) e) - g grade)
    backward    u[i] = u[i+1] + 2 ds (braking(v) e + g grade)
    ellipse     e = (1 - (lateral use)^p)^(1/p)

Explicit steps: at 1 m the lap time is within 0.1 % of that on ever finer stations (tested).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numba as nb
import numpy as np

from coach.arrays import FloatArray
from coach.physics.car import CarModel

G_MPS2 = 9.80665  # standard gravity
NODES = 512  # of the tables over v^2; at 100 m/s a node is 0.1 m/s wide, far finer than any envelope is known
NO_LIMIT = 1e9  # m2/s2: a station that allows any speed
LAPS = 12  # most laps until a flat-out oval has found its top speed; a track with one corner needs one
SAME = 1e-9  # relative change of v^2 at the start of two successive laps that counts as none


@dataclass(frozen=True, slots=True)
class _Road:
    """What the solver needs of the path, shape (n,) each.

    k: curvature the tyres have to serve (>= 0); ext: lateral help of the bank, m/s2; hill: pull of the slope, m/s2, + uphill;
    ds: driven metres to the next station; cap: highest v^2 allowed.
    """

    k: FloatArray
    ext: FloatArray
    hill: FloatArray
    ds: FloatArray
    cap: FloatArray


def quasi_steady_lap(
    curvature_1pm: FloatArray,
    step_m: FloatArray | float,
    car: CarModel,
    *,
    grade_frac: FloatArray | None = None,
    bank_rad: FloatArray | None = None,
    closed: bool = True,
    v_cap_mps: FloatArray | None = None,
    v_start_mps: float | None = None,
) -> FloatArray:
    """Speeds (n,), m/s, that use the car fully at every station of a path.

    curvature_1pm (n,): + left, finite. step_m: driven metres from each station to the next, a number or (n,) (track step times
    the path's stretch). grade_frac (n,): rise per metre, + uphill; bank_rad (n,): + left side low; NaN there means none known.
    v_cap_mps (n,): speeds never exceeded (NaN: no cap): a counterfactual is the same lap with another cap. closed: station n is
    station 0 again. An open stretch begins at v_start_mps (None: as fast as the first station allows); the answer's first
    speed is lower than v_start_mps exactly when that could not be braked away in time. A slice of an array is enough for one
    corner. Where the lateral limit of `car` is NaN (source without path) curvature does not limit: only the cap does.
    """
    road = _road(curvature_1pm, step_m, car, grade_frac, bank_rad, v_cap_mps)
    tables, u_step = _tables(car)
    u = np.empty(len(road.k))
    u_start = NO_LIMIT if v_start_mps is None else float(v_start_mps) ** 2
    _solve(road.k, road.ext, road.hill, road.ds, road.cap, tables, u_step, car.ellipse, car.traction_share, u_start, closed, u)
    return np.sqrt(u)


def times_of(v_mps: FloatArray, step_m: FloatArray | float, *, closed: bool = True) -> FloatArray:
    """Elapsed time at each station, s: (n + 1,) over a closed lap, (n,) over an open stretch; starts at 0.

    Constant acceleration between stations. A stretch that stands still at both ends of a step takes for ever (inf).
    """
    v = np.append(v_mps, v_mps[0]) if closed else v_mps
    ds = np.broadcast_to(np.asarray(step_m, dtype=np.float64), v_mps.shape)[: len(v) - 1]
    with np.errstate(divide="ignore"):
        return np.concatenate([[0.0], np.cumsum(2.0 * ds / (v[:-1] + v[1:]))])


def time_of(v_mps: FloatArray, step_m: FloatArray | float, *, closed: bool = True) -> float:
    """Time over the stretch, s; see `times_of`."""
    return float(times_of(v_mps, step_m, closed=closed)[-1])


def _road(
    curvature: FloatArray,
    step_m: FloatArray | float,
    car: CarModel,
    grade: FloatArray | None,
    bank: FloatArray | None,
    v_cap: FloatArray | None,
) -> _Road:
    """The path as the solver reads it.

    Bank turns the tyres' plane: it carries part of the lateral force itself and presses the car on (load = g cos + v^2 kappa
    sin); the load is paid with the mechanical grip, lateral(0) / g, aerodynamics unchanged.
    """
    kappa = np.ascontiguousarray(curvature, dtype=np.float64)
    n = len(kappa)
    ds = np.array(np.broadcast_to(np.asarray(step_m, dtype=np.float64), (n,)))  # a copy: the kernel takes no read-only array
    cap = np.full(n, NO_LIMIT) if v_cap is None else np.ascontiguousarray(np.nan_to_num(np.square(v_cap), nan=NO_LIMIT, posinf=NO_LIMIT))
    hill = np.zeros(n) if grade is None else np.ascontiguousarray(G_MPS2 * np.nan_to_num(grade))
    if not (len(cap) == len(hill) == n and np.isfinite(kappa).all()):
        raise ValueError(f"a path of {n} stations needs finite curvature, and caps ({len(cap)}) and grade ({len(hill)}) of its length")
    if bank is None:
        return _Road(np.abs(kappa), np.zeros(n), hill, ds, cap)
    tilt = np.nan_to_num(bank)
    mu = float(np.nan_to_num(car.lateral_mps2[0])) / G_MPS2
    sin, cos = np.sin(tilt), np.cos(tilt)
    k = np.maximum(np.abs(kappa) * cos - mu * kappa * sin, 0.0)
    ext = G_MPS2 * (np.sign(kappa) * sin + mu * (cos - 1.0))
    return _Road(np.ascontiguousarray(k), np.ascontiguousarray(ext), hill, ds, cap)


def _tables(car: CarModel) -> tuple[FloatArray, float]:
    """The limits (lateral, full throttle, braking) as rows (3, NODES) over equal steps of v^2, and that step, m2/s2."""
    u_step = float(car.speed_mps[-1]) ** 2 / (NODES - 1)
    v = np.sqrt(u_step * np.arange(NODES))
    lateral = np.interp(v, car.speed_mps, np.nan_to_num(car.lateral_mps2, nan=NO_LIMIT))
    return np.stack([lateral, np.interp(v, car.speed_mps, car.accel_full_mps2), np.interp(v, car.speed_mps, car.braking_mps2)]), u_step


@nb.njit("float64(float64[::1], float64, float64)", cache=True, inline="always")
def _look_up(row: FloatArray, u_step: float, u: float) -> float:
    x = u / u_step
    j = int(x)
    if j >= len(row) - 1:
        return float(row[len(row) - 1])
    return float(row[j] + (x - j) * (row[j + 1] - row[j]))


@nb.njit("float64(float64, float64, float64, float64, float64)", cache=True, inline="always")
def _left_over(u: float, k: float, ext: float, lateral: float, p: float) -> float:
    """Share of the longitudinal limit that cornering leaves, 0..1."""
    room = lateral + ext
    use = u * k
    if use <= 0.0:
        return 1.0
    if use >= room:
        return 0.0
    if p == 2.0:
        return math.sqrt(1.0 - (use / room) ** 2)
    return float((1.0 - (use / room) ** p) ** (1.0 / p))


@nb.njit("void(float64[::1], float64[::1], float64[::1], float64[:, ::1], float64, float64[::1])", cache=True)
def _corner_limit(k: FloatArray, ext: FloatArray, cap: FloatArray, tables: FloatArray, u_step: float, limit: FloatArray) -> None:
    """Largest v^2 at which k u <= lateral(u) + ext, by walking the table from the cell of the station before."""
    row = tables[0]
    last = len(row) - 1
    j = 0
    for i in range(len(k)):
        ki, ei = k[i], ext[i]
        if ki <= 0.0:
            limit[i] = cap[i]
            continue
        while j < last and ki * u_step * (j + 1) < row[j + 1] + ei:
            j += 1
        while j > 0 and ki * u_step * j >= row[j] + ei:
            j -= 1
        if j == last:
            u = (row[last] + ei) / ki
        else:
            slope = (row[j + 1] - row[j]) / u_step
            u = (row[j] + ei - slope * u_step * j) / (ki - slope)
        limit[i] = min(max(u, 0.0), cap[i])


@nb.njit(
    "void(float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], float64[:, ::1], "
    "float64, float64, float64, float64, boolean, float64[::1])",
    cache=True,
)
def _solve(
    k: FloatArray,
    ext: FloatArray,
    hill: FloatArray,
    ds: FloatArray,
    cap: FloatArray,
    tables: FloatArray,
    u_step: float,
    p: float,
    traction_share: float,
    u_start: float,
    closed: bool,
    u: FloatArray,
) -> None:
    """Fill `u` (n,) with the solution.

    A closed lap starts at the station with the lowest limit, where nothing before it can matter, and is repeated until its
    start no longer changes (only needed where no corner limits). The ellipse takes the mean curvature of each step.
    """
    n = len(k)
    _corner_limit(k, ext, cap, tables, u_step, u)
    lateral, accel, braking = tables[0], tables[1], tables[2]
    s = 0
    if closed:
        for i in range(n):
            if u[i] < u[s]:
                s = i
        u_start = u_step * (len(accel) - 1)
    u[s] = min(u[s], u_start)

    for _ in range(LAPS if closed else 1):
        i = s
        before_start = u[s]
        for _j in range(n if closed else n - 1):
            after = i + 1 if i + 1 < n else 0
            left = _left_over(u[i], 0.5 * (k[i] + k[after]), ext[i], _look_up(lateral, u_step, u[i]), p)
            a = min(_look_up(accel, u_step, u[i]), traction_share * left * _look_up(braking, u_step, u[i])) - hill[i]
            reached = max(u[i] + 2.0 * ds[i] * a, 0.0)
            u[after] = min(u[after], reached)
            i = after
        if u[s] >= before_start * (1.0 - SAME):
            break

    for _ in range(LAPS if closed else 1):
        i = s if closed else n - 1
        before_start = u[s]
        for _j in range(n if closed else n - 1):
            before = i - 1 if i > 0 else n - 1
            left = _left_over(u[i], 0.5 * (k[i] + k[before]), ext[i], _look_up(lateral, u_step, u[i]), p)
            highest = u[i] + 2.0 * ds[before] * max(left * _look_up(braking, u_step, u[i]) + hill[i], 0.0)
            u[before] = min(u[before], highest)
            i = before
        if u[s] >= before_start * (1.0 - SAME):
            break


def solve_plain(
    k: FloatArray,
    ext: FloatArray,
    hill: FloatArray,
    ds: FloatArray,
    cap: FloatArray,
    tables: FloatArray,
    u_step: float,
    p: float,
    traction_share: float,
    u_start: float,
    closed: bool,
    u: FloatArray,
) -> None:
    """The same solution as `_solve` in plain numpy: the twin that the kernel is tested against, hundreds of times slower."""
    nodes = u_step * np.arange(tables.shape[1], dtype=np.float64)
    u[:] = [_corner_limit_plain(k[i], ext[i], cap[i], nodes, tables[0]) for i in range(len(k))]
    n, s = len(k), int(np.argmin(u)) if closed else 0
    u[s] = min(u[s], nodes[-1] if closed else u_start)

    def left_over(i: int, j: int) -> float:
        use = u[i] * 0.5 * (k[i] + k[j]) / max(np.interp(u[i], nodes, tables[0]) + ext[i], 1e-300)
        return float((1.0 - min(max(use, 0.0), 1.0) ** p) ** (1.0 / p))

    def sweep(order: list[int], step: Callable[[int, int], float]) -> None:
        for _ in range(LAPS if closed else 1):
            start = u[order[0]]
            for i, j in zip(order, order[1:] + ([order[0]] if closed else []), strict=False):
                u[j] = min(u[j], step(i, j))
            if u[order[0]] >= start * (1.0 - SAME):
                return

    def forward(i: int, j: int) -> float:
        grip = traction_share * left_over(i, j) * np.interp(u[i], nodes, tables[2])
        return float(max(u[i] + 2.0 * ds[i] * (min(np.interp(u[i], nodes, tables[1]), grip) - hill[i]), 0.0))

    def backward(i: int, j: int) -> float:
        return float(u[i] + 2.0 * ds[j] * max(left_over(i, j) * np.interp(u[i], nodes, tables[2]) + hill[i], 0.0))

    ahead = [(s + i) % n for i in range(n)]
    sweep(ahead, forward)
    sweep([s, *ahead[:0:-1]] if closed else ahead[::-1], backward)


def _corner_limit_plain(k: float, ext: float, cap: float, nodes: FloatArray, lateral: FloatArray) -> float:
    """Largest v^2 with k u <= lateral(u) + ext, from the first node that is too fast."""
    if k <= 0.0:
        return cap
    excess = k * nodes - lateral - ext
    too_fast = int(np.argmax(excess >= 0.0))
    if excess[too_fast] < 0.0:
        return min(float(lateral[-1] + ext) / k, cap)
    if too_fast == 0:
        return 0.0
    share = excess[too_fast - 1] / (excess[too_fast - 1] - excess[too_fast])
    return float(min(nodes[too_fast - 1] + share * nodes[1], cap))

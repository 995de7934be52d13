"""Bends of a closed track: stretches of lateral demand to one side, from any curvature and the speed it is driven at.

Knows no laps and no pedals; windows, numbers and marks are given in `coach/track/corners.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.track.smoothing import smooth

# coaching.md 2.3; the width and LEAVE are a little larger than there (15 m, 0.20), because drivers then agree better on what is one bend.
CURVATURE_WIDTH_M = 20.0
ENTER, LEAVE = 0.30, 0.25  # of the 95th percentile of the lateral demand v^2 |kappa|
MIN_LENGTH_M = 20.0
MERGE_GAP_M = 35.0


@dataclass(frozen=True, slots=True)
class Bend:
    """A stretch of one-sided lateral demand; stations may lie beyond L where it crosses the line."""

    direction: int
    turn_in_m: float
    apex_m: float
    turn_out_m: float


def find_bends(curvature_1pm: FloatArray, speed_mps: FloatArray, step_m: float) -> list[Bend]:
    """Stretches of lateral demand on a closed track; curvature and speed have shape (n,), curvature may have any scale."""
    kappa = smooth(curvature_1pm, CURVATURE_WIDTH_M, step_m, closed=True)
    demand = demand_of(kappa, speed_mps, CURVATURE_WIDTH_M, step_m)
    if not np.isfinite(demand).all():  # nothing turns, or the speed is not known
        return []
    origin = int(np.argmin(np.abs(demand)))  # start on a straight: no stretch crosses the ends of the rolled array
    rolled = np.roll(demand, -origin)
    found = [
        (sign, first, last) for sign in (1, -1) for first, last in merged(stretches(sign * rolled, ENTER, LEAVE), sign * rolled, step_m)
    ]
    bends = [_bend(sign, first, last, np.roll(kappa, -origin), rolled, origin, step_m) for sign, first, last in found]
    count = len(demand)
    bends = [bend for bend in bends if bend.turn_out_m - bend.turn_in_m >= MIN_LENGTH_M]
    wrapped = [_on_first_lap(bend, count * step_m) for bend in bends]
    return sorted(wrapped, key=lambda bend: bend.apex_m)


def stretches(demand: FloatArray, enter: float, leave: float) -> list[tuple[int, int]]:
    """[first, last] indices of stretches above `leave` that reach `enter`."""
    above = np.concatenate([[False], demand > leave, [False]])
    firsts, ends = np.flatnonzero(above[1:] & ~above[:-1]), np.flatnonzero(above[:-1] & ~above[1:])
    return [(int(a), int(b) - 1) for a, b in zip(firsts, ends, strict=True) if demand[a:b].max() >= enter]


def merged(found: list[tuple[int, int]], demand: FloatArray, step_m: float) -> list[tuple[int, int]]:
    """Stretches of one sign with a short gap become one, unless the other sign comes between."""
    joined: list[tuple[int, int]] = []
    for first, last in found:
        if joined and (first - joined[-1][1]) * step_m < MERGE_GAP_M and demand[joined[-1][1] : first + 1].min() > -LEAVE:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _bend(sign: int, first: int, last: int, kappa: FloatArray, demand: FloatArray, origin: int, step_m: float) -> Bend:
    # The geometric apex is where the curvature is largest, but on a long arc the largest value jumps about from lap to lap by
    # tens of metres: the centre of the squared curvature does not.
    apex = first + centre(sign * kappa[first : last + 1])
    turn_in, turn_out = crossing(sign * demand, first, -1, LEAVE), crossing(sign * demand, last, +1, LEAVE)
    return Bend(sign, (origin + turn_in) * step_m, (origin + apex) * step_m, (origin + turn_out) * step_m)


def demand_of(kappa: FloatArray, speed_mps: FloatArray, width_m: float, step_m: float) -> FloatArray:
    """Lateral demand v^2 kappa around a closed track, in shares of its 95th percentile; not finite where there is none."""
    demand = smooth(speed_mps, width_m, step_m, closed=True) ** 2 * kappa
    peak = float(np.percentile(np.abs(demand), 95))
    return demand / peak if peak > 0.0 else np.full(len(demand), np.nan)


def centre(bend: FloatArray) -> float:
    """Index, as a fraction, of the centre of the squared curvature towards the inside, shape (n,)."""
    weight = np.maximum(bend, 0.0) ** 2
    return float(weight @ np.arange(len(weight)) / weight.sum())


def crossing(demand: FloatArray, inside: int, way: int, level: float) -> float:
    """Index, as a fraction, at which the demand crosses a level just outside a stretch's last point."""
    outside = inside + way
    if not 0 <= outside < len(demand):
        return float(inside)
    high, low = float(demand[inside]), float(demand[outside])
    return inside + way * (high - level) / (high - low) if high > low else float(inside)


def _on_first_lap(bend: Bend, length_m: float) -> Bend:
    """The bend moved by a lap so that its apex lies in [0, L)."""
    shift = float(bend.apex_m // length_m) * length_m
    return Bend(bend.direction, bend.turn_in_m - shift, bend.apex_m - shift, bend.turn_out_m - shift)

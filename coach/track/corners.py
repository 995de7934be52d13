"""Finding the corners of a track from laps: fixed per track, numbered in driving order (method: coaching.md 2.3).

Curvature says where a corner is, the drivers' pedals say where its window starts (`coach/track/windows.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.laps.trace import LapTrace
from coach.track.lapwise import on_lap, typical, whole
from coach.track.map import Corner
from coach.track.path import LapPath
from coach.track.reckon import path_of
from coach.track.smoothing import smooth
from coach.track.windows import LapInputs, inputs_of, lap_starts, taken_flat, window_starts

# coaching.md 2.3; the width and LEAVE are a little larger than there (15 m, 0.20) because two drivers then agree better.
CURVATURE_WIDTH_M = 20.0
ENTER, LEAVE = 0.30, 0.25  # of the 95th percentile of the lateral demand v^2 |kappa|
MIN_LENGTH_M = 20.0
MERGE_GAP_M = 35.0
LINKED_S = 1.0  # corners of opposite sign closer than this are driven as one
LINKED_SHARE = 0.02  # of the lap; closer than this only the biggest loss may speak
SLOW_LAP = 1.07  # of the fastest lap; slower laps say little about where the track turns (motor sport's 107 % rule)


@dataclass(frozen=True, slots=True)
class Bend:
    """A stretch of one-sided lateral demand; stations may lie beyond L where it crosses the line."""

    direction: int
    turn_in_m: float
    apex_m: float
    turn_out_m: float


def find_corners(traces: Sequence[LapTrace], paths: Sequence[LapPath] | None = None) -> tuple[Corner, ...]:
    """The corners of the track these laps were driven on; works with one lap, better with five or more.

    Laps that do not cover the whole lap are left out. An empty tuple: nothing turns, or no lap is complete.
    """
    paths = [path_of(trace) for trace in traces] if paths is None else paths
    usable = [(trace, path) for trace, path in zip(traces, paths, strict=True) if whole(trace, path.curvature_1pm)]
    usable = [usable[i] for i in quick([trace.lap.lap_time_s for trace, _ in usable])]
    if not usable:
        return ()
    step, length = usable[0][0].step_m, usable[0][0].track_length_m
    curvature = typical([on_lap(trace, path.curvature_1pm) for trace, path in usable])
    speed = typical([on_lap(trace, trace.grid["speed_mps"]) for trace, _ in usable])
    bends = find_bends(curvature, speed, step)
    return _corners(bends, [inputs_of(trace) for trace, _ in usable], speed, length, step)


def quick(lap_times_s: Sequence[float]) -> list[int]:
    """Indices of the laps within 107 % of the fastest; laps without a time only when none has one."""
    fastest = min((time for time in lap_times_s if np.isfinite(time)), default=np.inf)
    return [i for i, time in enumerate(lap_times_s) if not np.isfinite(fastest) or time <= SLOW_LAP * fastest]


def find_bends(curvature_1pm: FloatArray, speed_mps: FloatArray, step_m: float) -> list[Bend]:
    """Stretches of lateral demand on a closed track; curvature and speed have shape (n,), curvature may have any scale."""
    kappa = smooth(curvature_1pm, CURVATURE_WIDTH_M, step_m, closed=True)
    demand = smooth(speed_mps, CURVATURE_WIDTH_M, step_m, closed=True) ** 2 * kappa
    peak = float(np.percentile(np.abs(demand), 95))
    if not peak > 0.0:  # nothing turns, or the speed is not known
        return []
    origin = int(np.argmin(np.abs(demand)))  # start on a straight: no stretch crosses the ends of the rolled array
    rolled = np.roll(demand / peak, -origin)
    found = [
        (sign, first, last) for sign in (1, -1) for first, last in _merged(_stretches(sign * rolled, ENTER, LEAVE), sign * rolled, step_m)
    ]
    bends = [_bend(sign, first, last, np.roll(kappa, -origin), rolled, origin, step_m) for sign, first, last in found]
    count = len(demand)
    bends = [bend for bend in bends if bend.turn_out_m - bend.turn_in_m >= MIN_LENGTH_M]
    wrapped = [_on_first_lap(bend, count * step_m) for bend in bends]
    return sorted(wrapped, key=lambda bend: bend.apex_m)


def _stretches(demand: FloatArray, enter: float, leave: float) -> list[tuple[int, int]]:
    """[first, last] indices of stretches above `leave` that reach `enter`."""
    above = np.concatenate([[False], demand > leave, [False]])
    firsts, ends = np.flatnonzero(above[1:] & ~above[:-1]), np.flatnonzero(above[:-1] & ~above[1:])
    return [(int(a), int(b) - 1) for a, b in zip(firsts, ends, strict=True) if demand[a:b].max() >= enter]


def _merged(stretches: list[tuple[int, int]], demand: FloatArray, step_m: float) -> list[tuple[int, int]]:
    """Stretches of one sign with a short gap become one, unless the other sign comes between."""
    merged: list[tuple[int, int]] = []
    for first, last in stretches:
        if merged and (first - merged[-1][1]) * step_m < MERGE_GAP_M and demand[merged[-1][1] : first + 1].min() > -LEAVE:
            merged[-1] = (merged[-1][0], last)
        else:
            merged.append((first, last))
    return merged


def _bend(sign: int, first: int, last: int, kappa: FloatArray, demand: FloatArray, origin: int, step_m: float) -> Bend:
    # The geometric apex is where the curvature is largest, but on a long arc the largest value jumps about from lap to lap by
    # tens of metres: the centre of the squared curvature does not.
    weight = np.maximum(sign * kappa[first : last + 1], 0.0) ** 2
    apex = first + float(weight @ np.arange(len(weight)) / weight.sum())
    turn_in, turn_out = _crossing(sign * demand, first, -1), _crossing(sign * demand, last, +1)
    return Bend(sign, (origin + turn_in) * step_m, (origin + apex) * step_m, (origin + turn_out) * step_m)


def _crossing(demand: FloatArray, inside: int, way: int) -> float:
    """Index, as a fraction, at which the demand crosses LEAVE just outside a stretch's last point."""
    outside = inside + way
    if not 0 <= outside < len(demand):
        return float(inside)
    high, low = float(demand[inside]), float(demand[outside])
    return inside + way * (high - LEAVE) / (high - low) if high > low else float(inside)


def _on_first_lap(bend: Bend, length_m: float) -> Bend:
    """The bend moved by a lap so that its apex lies in [0, L)."""
    shift = float(bend.apex_m // length_m) * length_m
    return Bend(bend.direction, bend.turn_in_m - shift, bend.apex_m - shift, bend.turn_out_m - shift)


def _corners(bends: list[Bend], laps: list[LapInputs], speed_mps: FloatArray, length_m: float, step_m: float) -> tuple[Corner, ...]:
    """Bends with windows, numbers and marks; a bend over the line belongs to the side its apex is on."""
    if not bends:
        return ()
    flat = taken_flat(bends, laps, length_m)
    starts = window_starts(bends, flat, laps, length_m)
    starts = lap_starts(starts, bends, length_m, step_m)
    linked = _complexes(bends, speed_mps, length_m, step_m)
    ends = [*starts[1:], length_m]
    corners = []
    for i, bend in enumerate(bends):
        turn_in = max(bend.turn_in_m, starts[i] + step_m)
        apex = max(bend.apex_m, turn_in)
        turn_out = min(max(bend.turn_out_m, apex), ends[i])
        corners.append(
            Corner(i + 1, f"Turn {i + 1}", bend.direction, starts[i], turn_in, apex, turn_out, ends[i], linked[i], coachable=not flat[i])
        )
    return tuple(corners)


def _complexes(bends: list[Bend], speed_mps: FloatArray, length_m: float, step_m: float) -> list[int]:
    """Complex number of each bend, 0 for one that stands alone."""
    ids = [0] * len(bends)
    for i in range(1, len(bends)):
        gap = bends[i].turn_in_m - bends[i - 1].turn_out_m
        between = speed_mps[round(bends[i - 1].turn_out_m / step_m) % len(speed_mps)]
        opposite = bends[i].direction != bends[i - 1].direction
        if gap < LINKED_SHARE * length_m or (opposite and gap < LINKED_S * between):
            ids[i - 1] = ids[i - 1] or max(ids) + 1
            ids[i] = ids[i - 1]
    return ids

"""Where a driver really braked, was slowest and opened the throttle: from the feet and the speed of the simulated world.

It reads the state of the simulation at its own rate, before anything is recorded, and shares no code with the engine that has to
find the same in 60 Hz samples; only the definitions are the same (docs/vocabulary.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from coach.arrays import BoolArray, FloatArray, IntArray
from coach.sim.circuit import CircuitCorner

NAN = float(np.nan)
ON_FRAC = 0.005  # a pedal is touched: the foot of the simulation rests at exactly 0, so nothing else needs to be told from rest
SAME_PRESS_S = 0.15  # a shorter gap is the same application (coaching.md 2.4)
FULL_FRAC = 0.98  # and full from here on
HELD_S = 0.3  # full throttle counts when it is held this long
STOPS = (0.0, 1.0)  # of a pedal


@dataclass(frozen=True, slots=True)
class TruePhases:
    """One corner of one lap; stations of the centre line in m, NaN: it did not happen. A corner taken flat has no minimum speed."""

    lift_m: float = NAN  # throttle leaves its stop for the corner
    brake_on_m: float = NAN  # main application begins: first touch
    brake_peak: float = NAN
    brake_off_m: float = NAN  # and ends: the pedal is at rest again
    v_min_mps: float = NAN
    v_min_at_m: float = NAN
    throttle_on_m: float = NAN  # start of the application that ends in full throttle
    full_throttle_m: float = NAN  # full and held for 0.3 s


@dataclass(frozen=True, slots=True)
class Driven:
    """One lap and some way before and after it at the rate of the simulation, shape (k,) each.

    station_m counts on beyond the length and is below 0 before the line; ticks in which the car rolled backwards are left out.
    """

    time_s: FloatArray
    station_m: FloatArray
    speed_mps: FloatArray
    brake_frac: FloatArray
    throttle_frac: FloatArray


def true_phases(driven: Driven, corners: Sequence[CircuitCorner], length_m: float) -> dict[int, TruePhases]:
    """Phases of every corner by its number. Corners are in driving order."""
    slowest = {corner.number: _slowest(driven, *bound) for corner, bound in zip(corners, _bounds(corners, length_m), strict=True)}
    around = [_slowest(driven, lo + lap, hi + lap) for lap in (-length_m, 0.0, length_m) for lo, hi in _bounds(corners, length_m)]
    rows = np.array([0, *sorted(row for row in around if row >= 0), len(driven.time_s)])
    return {number: _between(driven, rows, at) for number, at in slowest.items()}


def _between(driven: Driven, rows: IntArray, at: int) -> TruePhases:
    """Phases around a minimum speed, looked for between those before and after it; a corner taken flat has none."""
    if at < 0:
        return TruePhases()
    return _phases(driven, int(rows[rows < at].max(initial=0)), at, int(rows[rows > at].min(initial=len(driven.time_s))))


def _bounds(corners: Sequence[CircuitCorner], length_m: float) -> list[tuple[float, float]]:
    """Stretch in which a corner's minimum speed lies: from halfway between the corner before and this one to halfway to the next."""
    starts = [corner.start_m for corner in corners] + [corners[0].start_m + length_m]
    ends = [corners[-1].end_m - length_m] + [corner.end_m for corner in corners]
    middles = [0.5 * (end + start) for end, start in zip(ends, starts, strict=True)]
    return list(pairwise(middles))


def _slowest(driven: Driven, low_m: float, high_m: float) -> int:
    """Row of the minimum speed inside a stretch; -1 when the speed falls or rises all the way through."""
    lo, hi = np.searchsorted(driven.station_m, [low_m, high_m])
    if hi - lo < 3:
        return -1
    at = int(lo + np.argmin(driven.speed_mps[lo:hi]))
    return at if lo < at < hi - 1 else -1


def _phases(driven: Driven, before: int, at: int, after: int) -> TruePhases:
    """`before`, `at`, `after`: rows of the minimum speeds of the corner before, of this one and of the next."""
    on, off = _main_application(driven, before, at, after)
    full = _full_throttle(driven, at, after)
    opened = _opened(driven, max(off, before), full) if full >= 0 else -1
    return TruePhases(
        lift_m=_lift(driven, before, on if on >= 0 else at),
        brake_on_m=_crossing(driven, driven.brake_frac, on),
        brake_peak=float(driven.brake_frac[on : off + 1].max()) if on >= 0 else NAN,
        brake_off_m=_crossing(driven, driven.brake_frac, off + 1) if on >= 0 else NAN,
        v_min_mps=float(driven.speed_mps[at]),
        v_min_at_m=float(driven.station_m[at]),
        throttle_on_m=_crossing(driven, driven.throttle_frac, opened),
        full_throttle_m=_crossing(driven, driven.throttle_frac, full, FULL_FRAC),
    )


def _runs(mask: BoolArray, lo: int, hi: int) -> list[tuple[int, int]]:
    """First and last rows of the runs of True inside [lo, hi)."""
    edge = np.diff(np.concatenate([[False], mask[lo:hi], [False]]).astype(np.int8))
    firsts, ends = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)
    return [(int(lo + a), int(lo + b - 1)) for a, b in zip(firsts, ends, strict=True)]


def _main_application(driven: Driven, before: int, at: int, after: int) -> tuple[int, int]:
    """Rows of the largest braking (time integral) that begins between the last corner's minimum speed and this one's; -1 without."""
    runs = [run for run in _presses(driven, before, after) if run[0] < at]
    if not runs:
        return -1, -1
    return max(runs, key=lambda run: float(np.trapezoid(driven.brake_frac[run[0] : run[1] + 1], driven.time_s[run[0] : run[1] + 1])))


def _presses(driven: Driven, lo: int, hi: int) -> list[tuple[int, int]]:
    """Brakings inside [lo, hi), first and last rows; short gaps between them are bridged."""
    joined: list[tuple[int, int]] = []
    for first, last in _runs(driven.brake_frac > ON_FRAC, lo, hi):
        if joined and driven.time_s[first] - driven.time_s[joined[-1][1]] < SAME_PRESS_S:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _full_throttle(driven: Driven, at: int, after: int) -> int:
    """Row where full throttle is reached and held after the minimum speed; -1 when it is not."""
    for first, last in _runs(driven.throttle_frac > FULL_FRAC, at, after):
        if driven.time_s[last] - driven.time_s[first] >= HELD_S:
            return first
    return -1


def _opened(driven: Driven, lo: int, full: int) -> int:
    """Row where the throttle was opened for the last time before full throttle, at or after row `lo`; -1: it never was closed."""
    closed = np.flatnonzero(driven.throttle_frac[lo:full] <= ON_FRAC)
    return int(lo + closed[-1] + 1) if closed.size else -1


def _lift(driven: Driven, before: int, action: int) -> float:
    """Station where the throttle leaves its stop for good before the action; NaN when it was not full."""
    full = np.flatnonzero(driven.throttle_frac[before:action] > FULL_FRAC)
    return _crossing(driven, driven.throttle_frac, int(before + full[-1] + 1), FULL_FRAC) if full.size else NAN


def _crossing(driven: Driven, pedal: FloatArray, row: int, level: float = ON_FRAC) -> float:
    """Station at which a pedal crosses a level between row - 1 and row; NaN for no row.

    A pedal leaves or reaches its stop between two samples, at a kink; the ramp on the other side of it, two samples that are on
    the way, says where the level was crossed. Feet move at a steady rate, so this is exact up to their changes of mind.
    """
    if not 1 <= row < len(pedal):
        return NAN
    first = row - 1  # of the two samples that make the ramp
    if pedal[row - 1] in STOPS and row + 1 < len(pedal):
        first = row
    elif pedal[row] in STOPS and row >= 2:
        first = row - 2
    rise = pedal[first + 1] - pedal[first]
    if rise * (pedal[row] - pedal[row - 1]) <= 0.0:  # no ramp there
        first, rise = row - 1, pedal[row] - pedal[row - 1]
    share = (level - pedal[first]) / rise if rise != 0.0 else 0.0
    at = driven.station_m[first] + share * (driven.station_m[first + 1] - driven.station_m[first])
    return float(min(max(at, driven.station_m[row - 1]), driven.station_m[row]))

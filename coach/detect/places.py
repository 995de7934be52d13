"""Where a lap brakes, is slowest and goes back on the throttle, place by place: what consistency is judged on.

A place is a stretch between two speed maxima of the usual lap, so no map is needed; corners that share a minimum are one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.detect.signals import ticks_in
from coach.laps.trace import LapTrace

MEASURES = ("brake_on_m", "v_min_mps", "throttle_on_m")
MAD_TO_SD = 1.4826  # of a normal distribution
FEWEST_LAPS = 5  # a MAD of fewer laps says nothing
_PROMINENCE = 0.08  # a speed dip below this share of the lap's speed range is no place to be consistent at
_BRAKE_ON, _THROTTLE_ON = 0.1, 0.1  # low: a driver may hold half throttle, and a level on a plateau is crossed anywhere
_HELD_S = 0.15  # shorter is a blip: coaching.md 2.4
_STAYS = 0.6  # coaching.md 2.4: through 0.05, staying above 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """`start_m`, `end_m`: shape (p,). `usual`, `scatter`: shape (p, 3) by MEASURES, median and MAD-based SD over the laps; NaN: not there."""

    start_m: FloatArray
    end_m: FloatArray
    usual: FloatArray
    scatter: FloatArray
    n_laps: int


def learn_places(traces: Sequence[LapTrace]) -> Places:
    """The places of laps on one track and what is usual there."""
    start, end = _bounds(traces)
    points = np.array([measure(trace, start, end) for trace in traces]).reshape(len(traces), start.size, len(MEASURES))
    usual, scatter = (np.full((start.size, len(MEASURES)), np.nan) for _ in range(2))
    seen = np.isfinite(points).sum(axis=0) >= FEWEST_LAPS
    usual[seen] = np.nanmedian(points[:, seen], axis=0)
    scatter[seen] = MAD_TO_SD * np.nanmedian(np.abs(points[:, seen] - usual[seen]), axis=0)
    return Places(start, end, usual, scatter, len(traces))


def _bounds(traces: Sequence[LapTrace]) -> tuple[FloatArray, FloatArray]:
    """Stations of the speed maxima on either side of each true minimum of the median speed."""
    first = traces[0]
    inside = slice(first.start, first.stop + 1)
    speed = np.median([trace.grid["speed_mps"][trace.start : trace.stop + 1] for trace in traces if _same_grid(trace, first)], axis=0)
    if not np.isfinite(speed).all() or speed.size < 3:
        return np.empty(0), np.empty(0)
    turning = _turning_points(speed, _PROMINENCE * float(np.ptp(speed)))
    station = first.grid["station_m"][inside]
    bounds = [
        (turning[i - 1], turning[i + 1])
        for i in range(1, len(turning) - 1)
        if speed[turning[i]] < min(speed[turning[i - 1]], speed[turning[i + 1]])
    ]
    return station[[a for a, _ in bounds]] if bounds else np.empty(0), station[[b for _, b in bounds]] if bounds else np.empty(0)


def _same_grid(trace: LapTrace, first: LapTrace) -> bool:
    return trace.stop - trace.start == first.stop - first.start


def _turning_points(values: FloatArray, least: float) -> list[int]:
    """Indices of alternating extremes that differ by at least `least` (the ends included)."""
    kept, extreme, rising = [0], 0, bool(values[np.argmax(np.abs(values - values[0]) >= least)] > values[0])
    for i in range(values.size):
        if (values[i] - values[extreme]) * (1 if rising else -1) >= 0:
            extreme = i
        elif abs(values[i] - values[extreme]) >= least:
            kept.append(extreme)
            extreme, rising = i, not rising
    return [*kept, extreme] if extreme != kept[-1] else kept


def measure(trace: LapTrace, start_m: FloatArray, end_m: FloatArray) -> FloatArray:
    """Braking point, minimum speed and throttle point of one lap at each place, shape (p, 3); NaN where the lap has none.

    Stations by linear interpolation between ticks; within half a tick's way of the truth.
    """
    ticks = trace.ticks
    station, speed = ticks["station_m"], ticks["speed_mps"]
    brake = ticks["brake_raw_frac" if trace.has("brake_raw_frac") else "brake_frac"]
    throttle = ticks["throttle_raw_frac" if trace.has("throttle_raw_frac") else "throttle_frac"]
    held = ticks_in(_HELD_S, ticks["time_s"])
    rows = []
    for begin, end in zip(start_m, end_m, strict=True):
        i, k = np.searchsorted(station, [begin, end])
        if k - i < 3:
            rows.append([np.nan] * 3)
            continue
        lowest = i + int(np.argmin(speed[i:k]))
        on = _crossing(station[i : lowest + 1], brake[i : lowest + 1], _BRAKE_ON, held)
        power = _crossing(station[lowest:k], throttle[lowest:k], _THROTTLE_ON, held)
        rows.append([on, float(speed[lowest]), power])
    return np.array(rows).reshape(-1, len(MEASURES))


def _crossing(station: FloatArray, pedal: FloatArray, level: float, held: int) -> float:
    """Station at which the pedal goes up through a level and stays up for `held` ticks; NaN when it never does or starts beyond it."""
    for i in np.flatnonzero((pedal[:-1] < level) & (pedal[1:] >= level)).tolist():
        if np.min(pedal[i + 1 : i + 1 + held]) >= _STAYS * level:
            share = (level - pedal[i]) / (pedal[i + 1] - pedal[i])
            return float(station[i] + share * (station[i + 1] - station[i]))
    return np.nan

"""Own lap and reference as arrays on their common stations, with what method B reads from them at every metre.

Live channels only. A channel that the source lacks becomes NaN here and simply gives no evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray, IntArray
from coach.compare.pair import LapPair
from coach.laps.trace import LapTrace
from coach.track.path import LapPath

# Pedal states, ordered by how much they drive the car.
BRAKE, COAST, PARTIAL, FULL = 0, 1, 2, 3
THROTTLE, BRAKE_PEDAL = ("throttle_raw_frac", "throttle_frac"), ("brake_raw_frac", "brake_frac")
# Of the pedal's range in these two laps (coaching.md 2.4): above it the brake is on, the throttle is on, or full.
BRAKE_ON, THROTTLE_ON, THROTTLE_FULL = 0.05, 0.05, 0.95
SMOOTH_M = 15.0  # curvature is compared over the length that coaching.md 2.3 smooths it by


@dataclass(frozen=True, slots=True)
class Side:
    """One lap; all arrays of shape (m,) on the common stations, NaN where unknown.

    state: pedal state; throttle, brake: 0..1 of the pedal's range; curvature_1pm: + left, smoothed; slip: driven wheels over
    speed minus 1; sideslip_rad: + left; off_track, abs_active: the simulator says so.
    """

    time_s: FloatArray
    speed_mps: FloatArray
    state: IntArray
    throttle: FloatArray
    brake: FloatArray
    gear: FloatArray
    curvature_1pm: FloatArray
    offset_m: FloatArray
    steer_rad: FloatArray
    yaw_rate_radps: FloatArray
    sideslip_rad: FloatArray
    slip: FloatArray
    off_track: BoolArray
    abs_active: BoolArray


@dataclass(frozen=True, slots=True)
class Sides:
    """Both laps on their common stations."""

    station_m: FloatArray
    step_m: float
    own: Side
    reference: Side
    offset_m: FloatArray  # own line minus reference line, + left, the lap's own mean removed

    def index_at(self, station_m: float) -> int:
        """Nearest index, kept inside the arrays; NaN gives 0."""
        if not np.isfinite(station_m):
            return 0
        return min(len(self.station_m) - 1, max(0, round((station_m - float(self.station_m[0])) / self.step_m)))

    def span(self, first_m: float, last_m: float) -> slice:
        """Indices between two stations, at least one long."""
        first = self.index_at(first_m)
        return slice(first, max(first + 1, self.index_at(last_m) + 1))


def sides_of(pair: LapPair) -> Sides:
    """Cut both laps to the stations that both cover."""
    own, reference = pair.own, pair.reference
    covered = [_covered(trace) for trace in (own, reference)]
    first_m = max(low for low, _ in covered)
    last_m = min(high for _, high in covered)
    cuts = [slice(trace.index_at(first_m), trace.index_at(last_m) + 1) for trace in (own, reference)]
    ranges = (_range((own, reference), cuts, THROTTLE), _range((own, reference), cuts, BRAKE_PEDAL))
    mine = _side(own, pair.own_path, pair.car.speed_per_rpm, cuts[0], ranges)
    theirs = _side(reference, pair.reference_path, pair.car.speed_per_rpm, cuts[1], ranges)
    offset = mine.offset_m - theirs.offset_m
    if np.isfinite(offset).any():
        offset = offset - np.nanmedian(offset)
    return Sides(own.grid["station_m"][cuts[0]], own.step_m, mine, theirs, offset)


def _covered(trace: LapTrace) -> tuple[float, float]:
    """First and last station with both time and speed."""
    known = np.flatnonzero(np.isfinite(trace.grid["time_s"]) & np.isfinite(trace.grid["speed_mps"]))
    return float(trace.grid["station_m"][known[0]]), float(trace.grid["station_m"][known[-1]])


def _side(trace: LapTrace, path: LapPath, speed_per_rpm: FloatArray, cut: slice, ranges: tuple[float, float]) -> Side:
    speed = np.maximum(_filled(trace.grid["speed_mps"][cut]), 1.0)
    throttle, brake = (_pedal(trace, *names, cut) / top for names, top in zip((THROTTLE, BRAKE_PEDAL), ranges, strict=True))
    gear = _channel(trace, "gear", cut)
    return Side(
        time_s=_filled(trace.grid["time_s"][cut]),
        speed_mps=speed,
        state=_states(throttle, brake),
        throttle=throttle,
        brake=brake,
        gear=gear,
        curvature_1pm=smoothed(path.curvature_1pm[cut], SMOOTH_M / trace.step_m),
        offset_m=path.offset_m[cut],
        steer_rad=_channel(trace, "steer_rad", cut),
        yaw_rate_radps=_channel(trace, "yaw_rate_radps", cut),
        sideslip_rad=np.arctan2(_channel(trace, "velocity_y_mps", cut), _channel(trace, "velocity_x_mps", cut)),
        slip=_slip(_channel(trace, "rpm", cut), gear, speed, speed_per_rpm),
        off_track=_channel(trace, "track_surface", cut) == 0.0,
        abs_active=_channel(trace, "abs_active", cut) > 0.0,
    )


def _channel(trace: LapTrace, name: str, cut: slice) -> FloatArray:
    return trace.grid[name][cut] if name in trace.grid else np.full(len(trace.grid["station_m"][cut]), np.nan)


def _filled(values: FloatArray) -> FloatArray:
    """Gaps bridged: the kernel may not meet a NaN."""
    known = np.isfinite(values)
    if known.all():
        return values
    at = np.arange(len(values))
    return np.interp(at, at[known], values[known])


def _pedal(trace: LapTrace, raw: str, processed: str, cut: slice) -> FloatArray:
    """The pedal where there is one, else what the car made of it. Unknown counts as 0."""
    values = _channel(trace, raw, cut)
    return np.nan_to_num(values if np.isfinite(values).any() else _channel(trace, processed, cut))


def _range(traces: tuple[LapTrace, LapTrace], cuts: list[slice], names: tuple[str, str]) -> float:
    """What counts as the whole pedal: one range for both laps, so that their levels can be compared; 1 when never used."""
    top = max(float(np.percentile(_pedal(trace, *names, cut), 99.0)) for trace, cut in zip(traces, cuts, strict=True))
    return top if top > BRAKE_ON else 1.0


def _states(throttle: FloatArray, brake: FloatArray) -> IntArray:
    state = np.full(len(throttle), PARTIAL, dtype=np.int64)
    state[throttle < THROTTLE_ON] = COAST
    state[throttle > THROTTLE_FULL] = FULL
    state[brake > BRAKE_ON] = BRAKE
    return state


def _slip(rpm: FloatArray, gear: FloatArray, speed_mps: FloatArray, speed_per_rpm: FloatArray) -> FloatArray:
    """How much faster the driven wheels turn than the car moves, as a fraction; NaN without a known gear ratio."""
    number = np.clip(np.nan_to_num(gear), 0, len(speed_per_rpm) - 1).astype(np.int64)
    ratio = np.where(number > 0, speed_per_rpm[number], np.nan)
    return rpm * ratio / speed_mps - 1.0


def smoothed(values: FloatArray, width: float) -> FloatArray:
    """Moving mean over about `width` samples; NaN where the middle is NaN."""
    half = max(0, round(width / 2))
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    at = np.arange(len(values))
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (sums[high] - sums[low]) / (counts[high] - counts[low])
    return np.where(known, mean, np.nan)


def runs_of(flags: BoolArray) -> list[tuple[int, int]]:
    """First index and the one after the last of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]


def sustained(flags: BoolArray, time_s: FloatArray, at_least_s: float) -> BoolArray:
    """Only those runs of True that last long enough."""
    kept = np.zeros_like(flags)
    for first, last in runs_of(flags):
        if time_s[last - 1] - time_s[first] >= at_least_s:
            kept[first:last] = True
    return kept

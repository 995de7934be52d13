"""What method A reads from a lap: signals on the station grid, and the stretches in which each corner is judged.

Nothing here decides a cause. Missing channels become values that carry no evidence: no pedal difference, no offset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.pair import LapPair
from coach.compare.phases import CornerPhases
from coach.laps.trace import LapTrace
from coach.track.map import Corner
from coach.track.path import LapPath, PathSource

ACCEL_SMOOTH_M = 3.0  # coaching.md 2.8: acceleration from kinetic energy over 3 m
STRETCH_LEAD_M = 10.0  # coaching.md 2.8: a stretch begins 10 m before the first lift or brake for its corner
OFFSET_LEAD_M = 20.0  # coaching.md 2.8: the relative offset is zeroed 20 m before the stretch
BRAKE_OFF = 0.02  # coaching.md 2.4: below this the foot is off the brake
THROTTLE_OFF = 0.05  # coaching.md 2.4: below this the foot is off the throttle
FULL_THROTTLE = 0.95  # coaching.md 2.4


@dataclass(frozen=True, slots=True)
class Signals:
    """One lap on the stations [0, L], shape (n,); `slowness` and `driven_m` belong to the step after each station, shape (n - 1,).

    v: m/s; a: d(v^2/2) per driven metre, m/s2, smoothed; throttle, brake: pedals 0..1; kappa: 1/m, + left; course: rad;
    slowness: seconds per station metre; driven_m: metres of path.
    """

    v: FloatArray
    a: FloatArray
    throttle: FloatArray
    brake: FloatArray
    gear: FloatArray
    rpm: FloatArray
    steer: FloatArray
    sideslip: FloatArray
    kappa: FloatArray
    course: FloatArray
    slowness: FloatArray
    driven_m: FloatArray
    abs_active: FloatArray
    off_track: BoolArray

    @property
    def coasting(self) -> BoolArray:
        """On neither pedal."""
        return (self.brake < BRAKE_OFF) & (self.throttle < THROTTLE_OFF)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where one corner is judged: grid indices counted from station 0, begin <= split < end.

    begin: shortly before the earlier of both laps lifts or brakes; split: where the reference goes back on the throttle (its
    minimum speed when it has no such point), which parts entry from exit; end: begin of the next stretch.
    """

    index: int  # of the corner in the pair
    begin: int
    split: int
    end: int
    corner: Corner
    own: CornerPhases
    ref: CornerPhases


def signals_of(trace: LapTrace, path: LapPath) -> Signals:
    """Read one lap; the two laps of a pair share their stations."""
    part = slice(trace.start, trace.stop + 1)
    v = _filled(_column(trace, "speed_mps", part))
    seconds = np.diff(trace.grid["time_s"][part])
    stretch = np.nan_to_num(path.stretch[part], nan=1.0)
    driven = trace.step_m * 0.5 * (stretch[1:] + stretch[:-1])
    positioned = path.source not in (PathSource.STEERING, PathSource.NONE)
    blank = np.full(len(v), np.nan)
    side = np.arctan2(_column(trace, "velocity_y_mps", part), np.maximum(_column(trace, "velocity_x_mps", part), 1.0))
    return Signals(
        v=v,
        a=_acceleration(v, driven, trace.step_m),
        throttle=_pedal(trace, "throttle", part),
        brake=_pedal(trace, "brake", part),
        gear=_column(trace, "gear", part),
        rpm=_column(trace, "rpm", part),
        steer=_column(trace, "steer_rad", part),
        sideslip=side,
        kappa=path.curvature_1pm[part] if positioned else blank,
        course=path.course_rad[part] if positioned else blank,
        slowness=seconds / trace.step_m,
        driven_m=driven,
        abs_active=np.nan_to_num(_column(trace, "abs_active", part)),
        off_track=_column(trace, "track_surface", part) == 0.0,
    )


def stretches_of(pair: LapPair, ref: Signals) -> list[Stretch]:
    """One stretch per corner, in order and without gaps; what lies before the first belongs to no corner."""
    step = pair.own.step_m
    last = len(ref.v) - 1
    begins = [_begin(pair, i) for i in range(len(pair.corners))]
    indices = [min(max(round(begin / step), 0), last - 1) for begin in begins]
    for i in range(1, len(indices)):
        indices[i] = max(indices[i], indices[i - 1] + 1)
    ends = [*indices[1:], last]
    return [
        Stretch(i, begin, _split(pair, i, ref, begin, end), end, corner, pair.own_phases[i], pair.reference_phases[i])
        for i, (corner, begin, end) in enumerate(zip(pair.corners, indices, ends, strict=True))
    ]


def relative_offset(own: Signals, ref: Signals, begin: int, end: int, step_m: float) -> FloatArray:
    """How far own lap is left of the reference over [begin, end), m, zero shortly before; zeros without a path."""
    zero = max(0, begin - round(OFFSET_LEAD_M / step_m))
    turn = own.course[zero:end] - ref.course[zero:end]
    wrapped = np.nan_to_num((turn + np.pi) % (2.0 * np.pi) - np.pi)
    return np.cumsum(step_m * np.sin(wrapped))[begin - zero :]


def smoothed(values: FloatArray, width: int) -> FloatArray:
    """Centred moving mean over an odd number of samples, the ends held."""
    half = max(0, width // 2)
    if half == 0:
        return values
    padded = np.concatenate([np.full(half + 1, values[0]), values, np.full(half, values[-1])])
    total = np.cumsum(padded)
    return (total[2 * half + 1 :] - total[: -(2 * half + 1)]) / (2 * half + 1)


def widened(mask: BoolArray, by: int) -> BoolArray:
    """Stations within `by` samples of a marked one."""
    return np.asarray(np.convolve(mask, np.ones(2 * by + 1))[by : by + len(mask)] > 0.5)


def _begin(pair: LapPair, i: int) -> float:
    """Station at which corner i's stretch begins: before the first lift or brake for it on either lap, or its window."""
    starts = [value for phases in (pair.own_phases[i], pair.reference_phases[i]) for value in (phases.lift_m, phases.brake_on_m)]
    seen = [value for value in starts if np.isfinite(value)]
    return min(seen) - STRETCH_LEAD_M if seen else pair.corners[i].start_m


def _split(pair: LapPair, i: int, ref: Signals, begin: int, end: int) -> int:
    """Index at which the reference begins to leave the corner on the throttle; its slowest station when that is not known."""
    station = pair.reference_phases[i].throttle_on_m
    index = round(station / pair.own.step_m) if np.isfinite(station) else -1
    if not begin < index < end:
        return begin + int(np.argmin(ref.v[begin:end]))
    slowest = begin + int(np.argmin(ref.v[begin : index + 1]))
    while index > slowest and ref.throttle[index - 1] >= THROTTLE_OFF:  # down to the foot of the application
        index -= 1
    return index


def _acceleration(v: FloatArray, driven_m: FloatArray, step_m: float) -> FloatArray:
    energy = smoothed(0.5 * v * v, round(ACCEL_SMOOTH_M / step_m) | 1)
    path_m = np.concatenate([[0.0], np.cumsum(driven_m)])
    return np.asarray(np.gradient(energy, path_m), dtype=np.float64)


def _pedal(trace: LapTrace, name: str, part: slice) -> FloatArray:
    """The pedal itself where the source has it (coaching.md 2.4), else what it acts on; zeros when neither is known."""
    raw = f"{name}_raw_frac"
    return np.nan_to_num(_column(trace, raw if trace.has(raw) else f"{name}_frac", part))


def _column(trace: LapTrace, name: str, part: slice) -> FloatArray:
    if name not in trace.grid:
        return np.full(len(trace.grid["time_s"][part]), np.nan)
    return trace.grid[name][part]


def _filled(values: FloatArray) -> FloatArray:
    """Speed without gaps and never zero: divisions by it must hold when the car stood still."""
    good = np.isfinite(values)
    at = np.arange(len(values))
    return np.maximum(np.interp(at, at[good], values[good]) if good.any() else np.ones(len(values)), 1.0)

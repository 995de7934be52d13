"""What method A reads from a lap: signals on the station grid.

Nothing here decides a cause. Missing channels become values that carry no evidence: no pedal difference, no offset.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.pair import LapPair
from coach.laps.trace import LapTrace
from coach.track.path import LapPath, PathSource

ACCEL_SMOOTH_M = 3.0  # coaching.md 2.8: acceleration from kinetic energy over 3 m
BRAKE_OFF = 0.02  # coaching.md 2.4: below this the foot is off the brake
THROTTLE_OFF = 0.05  # coaching.md 2.4: below this the foot is off the throttle
FULL_THROTTLE = 0.95  # coaching.md 2.4
PEDAL_SAME = 0.05  # difference of pedals that is none: a driver cannot hold one steadier
NEAR_S = 0.15  # seconds on either side of a point that count as near it: a driver's timing error of one action


@dataclass(frozen=True, slots=True)
class Signals:
    """One lap on consecutive stations, shape (n,); `slowness` and `driven_m` belong to the step after each, shape (n - 1,).

    v: m/s; a: d(v^2/2) per driven metre, m/s2, smoothed; throttle, brake: pedals 0..1; kappa: 1/m, + left; course, sideslip:
    rad; slowness: seconds per station metre; driven_m: metres of path. Both laps of a pair share their stations.
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


def signals_of(pair: LapPair) -> tuple[Signals, Signals, float]:
    """Own and reference signals over all stations that both laps cover, margins included, and the first of these stations, m.

    The margin before the line is needed because speed brought over the line belongs to the corner before it.
    """
    both = np.isfinite(pair.own.grid["time_s"]) & np.isfinite(pair.reference.grid["time_s"])
    both &= np.isfinite(pair.own.grid["speed_mps"]) & np.isfinite(pair.reference.grid["speed_mps"])
    start, stop = pair.own.start, pair.own.stop
    broken = np.flatnonzero(~both)
    first = max([index + 1 for index in broken if index < start], default=0)
    last = min([int(index) for index in broken if index > stop], default=len(both))
    part = slice(int(first), last)
    own = _signals(pair.own, pair.own_path, part)
    return own, _signals(pair.reference, pair.reference_path, part), float(pair.own.grid["station_m"][first])


def relative_offset(own: Signals, ref: Signals, zero: int, begin: int, end: int, step_m: float) -> FloatArray:
    """How far own lap is left of the reference over [begin, end), m, taken as zero at index `zero`; zeros without a path."""
    turn = own.course[zero:end] - ref.course[zero:end]
    wrapped = np.nan_to_num((turn + np.pi) % (2.0 * np.pi) - np.pi)
    return np.asarray(np.cumsum(step_m * np.sin(wrapped))[begin - zero :])


def smoothed(values: FloatArray, width: int) -> FloatArray:
    """Centred moving mean over an odd number of samples, the ends held."""
    half = width // 2
    padded = np.concatenate([np.full(half + 1, values[0]), values, np.full(half, values[-1])])
    total = np.cumsum(padded)
    return np.asarray((total[2 * half + 1 :] - total[: -(2 * half + 1)]) / (2 * half + 1))


def acceleration_of(v: FloatArray, driven_m: FloatArray, step_m: float) -> FloatArray:
    """d(v^2/2) per driven metre, m/s2, shape (n,), smoothed; `driven_m` (n - 1,) are the metres between the stations."""
    energy = smoothed(0.5 * v * v, round(ACCEL_SMOOTH_M / step_m) | 1)
    return np.asarray(np.gradient(energy, np.concatenate([[0.0], np.cumsum(driven_m)])), dtype=np.float64)


def widened(mask: BoolArray, by: int) -> BoolArray:
    """Stations within `by` samples of a marked one."""
    count = np.concatenate([np.zeros(by + 1, dtype=np.int64), np.cumsum(mask), np.full(by, mask.sum())])
    return np.asarray(count[2 * by + 1 :] > count[: -2 * by - 1])


def _signals(trace: LapTrace, path: LapPath, part: slice) -> Signals:
    v = np.maximum(np.interp(*_over_gaps(trace.grid["speed_mps"][part])), 1.0)  # 1 m/s: divisions must hold for a standing car
    stretch = np.nan_to_num(path.stretch[part], nan=1.0)
    driven = trace.step_m * 0.5 * (stretch[1:] + stretch[:-1])
    positioned = path.source not in (PathSource.STEERING, PathSource.NONE)
    blank = np.full(len(v), np.nan)
    forward = np.maximum(_column(trace, "velocity_x_mps", part), 1.0)
    return Signals(
        v=v,
        a=acceleration_of(v, driven, trace.step_m),
        throttle=_pedal(trace, "throttle", part),
        brake=_pedal(trace, "brake", part),
        gear=_column(trace, "gear", part),
        rpm=_column(trace, "rpm", part),
        steer=_column(trace, "steer_rad", part),
        sideslip=np.arctan2(_column(trace, "velocity_y_mps", part), forward),
        kappa=path.curvature_1pm[part] if positioned else blank,
        course=path.course_rad[part] if positioned else blank,
        slowness=np.diff(trace.grid["time_s"][part]) / trace.step_m,
        driven_m=driven,
        abs_active=_column(trace, "abs_active", part),
        off_track=_column(trace, "track_surface", part) == 0.0,
    )


def _over_gaps(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Arguments for np.interp that bridge missing values."""
    at = np.arange(len(values), dtype=np.float64)
    good = np.isfinite(values)
    return at, at[good], values[good]


def _pedal(trace: LapTrace, name: str, part: slice) -> FloatArray:
    """The pedal itself where the source has it (coaching.md 2.4), else what it acts on, counted from its rest; zeros if unknown.

    A worn or badly calibrated pedal neither rests at 0 nor reaches 1. The throttle is scaled to its stop, which every lap
    reaches; the brake is not: nobody has to use all of it.
    """
    raw = f"{name}_raw_frac"
    pressed = np.nan_to_num(_column(trace, raw if trace.has(raw) else f"{name}_frac", part))
    pressed = pressed - pressed.min()
    travel = float(pressed.max())
    return np.asarray(pressed / travel if name == "throttle" and travel > 0.0 else pressed)


def _column(trace: LapTrace, name: str, part: slice) -> FloatArray:
    if name not in trace.grid:
        return np.full(len(trace.grid["time_s"][part]), np.nan)
    return trace.grid[name][part]

"""The live channels of a lap as the detectors read them. Wheel speeds are not among them: they are the truth, on disk only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.detect.detection import Detection, DetectionKind
from coach.laps.trace import LapTrace

SLOWEST_MPS = 10.0  # below this nothing is judged (coaching.md 0: silent below 8-10 m/s)
SMOOTHING_S = 0.1  # window of the derivatives: as long as the shortest event looked for
BRAKING = 0.05  # pedal: coaching.md 2.4's onset
ON_TRACK, OFF_TRACK = 3, 0  # track_surface
SPIN_RAD = float(np.radians(15.0))  # coaching.md 3.5: sideslip of a spin
_STEADY_GEAR_S = 0.15  # around a shift the engine runs apart from the wheels
_CLUTCH_ENGAGED = 0.98
_G_MPS2 = 9.80665
_LIFTED = 0.5  # g: less holds the car up over a kerb or crest, where wheels carry little


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Columns of shape (k,), k ticks; SI, our signs; NaN where the source lacks the channel.

    `push_mps2`: force along the car over mass, + forward: what an accelerometer shows, from body velocities, yaw rate and pitch.
    `lateral_mps2`: kinematic, from the same, so gravity and bank are not in it; without velocities the accelerometer's.
    `side_force_mps2`: force across the car over mass, + left: the accelerometer, which bank and crown do not deceive. `lifted`: the wheels carry less than half
    of the weight. `coupled`: the engine turns with the driven wheels (clutch engaged, gear held); never where the clutch is not recorded.
    `judged`: fast enough, on the track, inside the lap. `off_track`: beyond its edge, inside the lap.
    """

    time_s: FloatArray
    station_m: FloatArray
    speed_mps: FloatArray
    brake_frac: FloatArray
    throttle_frac: FloatArray
    steer_rad: FloatArray
    yaw_rate_radps: FloatArray
    push_mps2: FloatArray
    lateral_mps2: FloatArray
    sideslip_rad: FloatArray
    velocity_x_mps: FloatArray
    velocity_y_mps: FloatArray
    side_force_mps2: FloatArray
    yaw_accel_radps2: FloatArray
    gear: FloatArray
    rpm: FloatArray
    abs_active: BoolArray
    lifted: BoolArray
    coupled: BoolArray
    judged: BoolArray
    off_track: BoolArray

    @property
    def steered(self) -> BoolArray:
        """Judged and not spinning: what wheels do in a spin is no event of its own. Without body velocities nobody knows: as judged."""
        return self.judged & ~(np.abs(self.sideslip_rad) > SPIN_RAD)


def signals_of(trace: LapTrace) -> Signals:
    """The signals of a lap with its margins."""
    station = trace.ticks["station_m"]
    return read_signals(trace.ticks, (station >= 0) & (station <= trace.track_length_m))


def read_signals(ticks: Mapping[str, FloatArray], inside: BoolArray) -> Signals:
    """The signals of ticks as a trace holds them (columns of shape (k,)); what is not `inside`, shape (k,), is a margin and not judged."""
    time, station, speed = ticks["time_s"], ticks["station_m"], ticks["speed_mps"]
    vx, vy, yaw_rate = ticks["velocity_x_mps"], ticks["velocity_y_mps"], ticks["yaw_rate_radps"]
    moving = np.isfinite(vx) & np.isfinite(vy) & np.isfinite(yaw_rate)
    accel = np.where(moving, derivative(vx, time) - vy * yaw_rate, derivative(speed, time))
    pitch = ticks["pitch_rad"]  # negative uphill: measured, LongAccel = kinematic - 9.8 sin(Pitch)
    push = accel - _G_MPS2 * np.sin(np.where(np.isfinite(pitch), pitch, 0.0))
    lateral = np.where(moving, derivative(vy, time) + vx * yaw_rate, ticks["lat_accel_mps2"])
    has_side_force = "lat_accel_mps2" in ticks
    surface = ticks["track_surface"]
    fast = inside & (speed > SLOWEST_MPS)
    return Signals(
        time,
        station,
        speed,
        _first_of(ticks, "brake_raw_frac", "brake_frac"),
        _first_of(ticks, "throttle_raw_frac", "throttle_frac"),
        ticks["steer_rad"],
        yaw_rate,
        push,
        lateral,
        np.arctan2(vy, np.maximum(vx, 1.0)),
        vx,
        vy,
        ticks["lat_accel_mps2"] if has_side_force else lateral,
        derivative(yaw_rate, time),
        ticks["gear"],
        ticks["rpm"],
        ticks["abs_active"] > 0.5,
        ticks["vert_accel_mps2"] < _LIFTED * _G_MPS2,
        _coupled(ticks),
        fast & ~(surface != ON_TRACK) if "track_surface" in ticks else fast,
        inside & (surface == OFF_TRACK),
    )


def join(laps: Sequence[Signals], name: str) -> FloatArray:
    """A column of all laps, end to end."""
    return np.concatenate([getattr(lap, name) for lap in laps])


def _first_of(ticks: Mapping[str, FloatArray], pedal: str, effect: str) -> FloatArray:
    return ticks[pedal if pedal in ticks else effect]


def _coupled(ticks: Mapping[str, FloatArray]) -> BoolArray:
    """Clutch known to be engaged, in a forward gear, and no shift near by. Lost ticks may hide a shift: times decide."""
    gear, time, clutch = ticks["gear"], ticks["time_s"], ticks["clutch_frac"]
    turning: BoolArray = (gear > 0) & (ticks["rpm"] > 0) & (clutch >= _CLUTCH_ENGAGED)
    shifts = time[1:][np.diff(gear) != 0]
    if shifts.size == 0:
        return turning
    after = np.searchsorted(shifts, time)
    previous, following = shifts[np.maximum(after - 1, 0)], shifts[np.minimum(after, shifts.size - 1)]
    steady: BoolArray = (np.abs(time - previous) > _STEADY_GEAR_S) & (np.abs(following - time) > _STEADY_GEAR_S)
    return turning & steady


def derivative(values: FloatArray, time_s: FloatArray) -> FloatArray:
    """Central difference over SMOOTHING_S, per second, shape (k,); NaN at the ends. Uses the clock, so lost ticks do no harm."""
    half = ticks_in(SMOOTHING_S / 2, time_s)
    slope = np.full(values.size, np.nan)
    if values.size > 2 * half:
        slope[half:-half] = (values[2 * half :] - values[: -2 * half]) / (time_s[2 * half :] - time_s[: -2 * half])
    return slope


def ticks_in(seconds: float, time_s: FloatArray) -> int:
    """Ticks that a time lasts at this recording's rate, one at least."""
    return max(1, round(seconds / float(np.median(np.diff(time_s)))))


def runs(mask: BoolArray, time_s: FloatArray, *, at_least_s: float, bridge_s: float = 0.05) -> list[slice]:
    """Stretches of ticks on which the mask holds for `at_least_s`, one tick's own length included; gaps up to `bridge_s` count as held."""
    edges = np.diff(np.concatenate(([0], mask.astype(np.int8), [0])))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if begins.size == 0:
        return []
    apart = time_s[begins[1:]] - time_s[ends[:-1] - 1] > bridge_s
    begins, ends = begins[np.concatenate(([True], apart))], ends[np.concatenate((apart, [True]))]
    tick_s = float(np.median(np.diff(time_s)))
    long_enough = time_s[ends - 1] - time_s[begins] + tick_s >= at_least_s - 1e-9
    return [slice(int(begin), int(end)) for begin, end in zip(begins[long_enough], ends[long_enough], strict=True)]


def joined(stretches: Sequence[slice], time_s: FloatArray, apart_s: float) -> list[slice]:
    """Stretches in order, those that are no further apart than that as one."""
    found: list[slice] = []
    for one in stretches:
        if found and time_s[one.start] - time_s[found[-1].stop - 1] <= apart_s:
            found[-1] = slice(found[-1].start, one.stop)
        else:
            found.append(one)
    return found


def detection(kind: DetectionKind, signals: Signals, where: slice, strength: float, **evidence: float) -> Detection:
    """A detection over a stretch of ticks."""
    first, last = where.start, where.stop - 1
    return Detection(
        kind,
        float(signals.station_m[first]),
        float(signals.station_m[last]),
        float(signals.time_s[first]),
        float(signals.time_s[last]),
        float(strength),
        tuple((name, float(value)) for name, value in evidence.items()),
    )


def driven_slip(signals: Signals, speed_per_rpm: FloatArray) -> FloatArray:
    """Slip of the driven wheels by the engine's speed, shape (k,): c_gear rpm / v - 1, + spinning, - locking; NaN where unknown.

    `speed_per_rpm`, shape (gears + 1,): v / rpm with the wheels rolling, by gear. A differential turns the engine with the mean
    of the driven wheels: one wheel spinning alone shows half.
    """
    gear = np.where(np.isfinite(signals.gear), signals.gear, 0).astype(np.int64)
    known = signals.coupled & (gear > 0) & (gear < speed_per_rpm.size)
    ratio = speed_per_rpm[np.where(known, gear, 0)]
    slip = ratio * signals.rpm / np.maximum(signals.speed_mps, 1.0) - 1.0
    return _in_step(np.where(known, slip, np.nan))


def _in_step(slip: FloatArray) -> FloatArray:
    """Without the ticks after each engagement on which the slip only falls: there the clutch still brings engine and wheels together."""
    settled = slip.copy()
    known = np.isfinite(slip)
    for first in np.flatnonzero(known[1:] & ~known[:-1]) + 1:
        i = first
        while i + 1 < slip.size and known[i + 1] and abs(slip[i + 1]) < abs(slip[i]) and slip[i + 1] * slip[i] > 0:
            settled[i] = np.nan
            i += 1
    return settled


def near(mask: BoolArray, time_s: FloatArray, seconds: float) -> BoolArray:
    """Ticks within a time of one where the mask holds, shape (k,)."""
    times = time_s[mask]
    if times.size == 0:
        return np.zeros(mask.size, np.bool_)
    after = np.searchsorted(times, time_s)
    apart = np.minimum(np.abs(times[np.minimum(after, times.size - 1)] - time_s), np.abs(times[np.maximum(after - 1, 0)] - time_s))
    return np.asarray(apart <= seconds)

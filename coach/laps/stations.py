"""Position of a recording as laps driven, cut wherever the car did not drive from one tick to the next.

A reset, a tow, a new session or a jump of the position starts a new stretch; a glitch of a few ticks is left out and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from coach.arrays import BoolArray, FloatArray, IntArray
from coach.laps.length import track_length_of
from coach.telemetry.recording import Recording

NOT_IN_WORLD = -1.0  # track_surface
PATH_RATIO = 2.0  # station metres per driven metre at most: the inside of a hairpin half the centre line's radius
JUMP_M = 10.0  # beyond what speed allows: two car lengths, more than any projection on the centre line is off
GLITCH_S = 1.0  # a position that comes back within this was never away
FINEST_TICK_S = 1e-3  # no source ticks faster; a damaged clock may seem to
CLOCK_LIMIT_S = 1e13  # seconds since whenever, or even milliseconds, lie below; what lies beyond is damage, and differences overflow
NOMINAL_HZ = 60.0  # iRacing's tick
TOLD_S = 2.5e-3  # what a position may be ahead or behind at the line: half of the 5 ms to which a lap time is measured
MOVING_MPS = 1.0
MOST_GLITCHES = 500  # more breaks than this are no glitches; keeps garbage from costing time


@dataclass(frozen=True, slots=True)
class Motion:
    """The ticks of a recording whose position can be used, in order; all arrays have shape (k,).

    `index`: tick in the recording; `time_s`: session clock; `tick_s`: its usual step; `laps`: position in laps, continuous within a stretch (its fraction is the
    lap fraction); `stretch`: number of the stretch, counting up; `glitches`: ticks left out because the position was away.
    """

    index: IntArray
    time_s: FloatArray
    laps: FloatArray
    stretch: IntArray
    speed_mps: FloatArray
    glitches: IntArray
    length_m: float
    tick_s: float


def motion_of(recording: Recording, begin: int = 0, end: int | None = None, length_m: float | None = None) -> Motion:
    """Unwrapped position of ticks [begin, end), by default of all; NaN positions, damaged clocks and position glitches are left out.

    `length_m`: the recording's own track length where it is known already.
    """
    clock = recording.column("session_time_s")
    length = track_length_of(recording) if length_m is None else length_m
    frac = _fraction(recording, length)
    speed = recording.column("speed_mps")
    speed = speed if np.isfinite(speed).all() else np.where(np.isfinite(speed), speed, np.nan)
    part = slice(begin, end)
    index = begin + np.flatnonzero(np.isfinite(frac[part]) & (np.abs(clock[part]) < CLOCK_LIMIT_S))
    broken = _broken_steps(recording, index, clock, frac, speed, length)
    glitches = _glitches(recording, index, broken, clock, frac, speed, length)
    glitches = np.union1d(glitches, _glitches_at_line(recording, index, clock, frac, speed, length))
    if glitches.size:
        index = np.setdiff1d(index, glitches, assume_unique=True)
        broken = _broken_steps(recording, index, clock, frac, speed, length)
    return Motion(
        index, clock[index], _unwrap(frac[index], broken), _count(broken), speed[index], glitches, length, _usual_step(clock[index])
    )


def _usual_step(time_s: FloatArray) -> float:
    steps = np.diff(time_s)
    steps = steps[steps > 0.0]
    return max(float(np.median(steps)), FINEST_TICK_S) if steps.size else 1.0 / NOMINAL_HZ


def _fraction(recording: Recording, length_m: float) -> FloatArray:
    frac = recording.column("lap_dist_frac") if recording.has("lap_dist_frac") else recording.column("lap_dist_m") / length_m
    return frac - np.floor(frac)  # slightly negative at the line


def _wrapped_step(frac: FloatArray) -> FloatArray:
    step = np.diff(frac)
    return step - np.round(step)


def _broken_steps(
    recording: Recording, index: IntArray, time_s: FloatArray, frac: FloatArray, speed_mps: FloatArray, length_m: float
) -> BoolArray:
    """Whether the car cannot have driven from tick index[i] to index[i + 1]; shape (k - 1,)."""
    elapsed = np.diff(time_s[index])
    speed = speed_mps[index]
    reach = PATH_RATIO * np.fmax(speed[1:], speed[:-1]) * np.maximum(elapsed, 0.0) + JUMP_M
    reach = np.where(np.isfinite(reach), reach, 0.25 * length_m)  # without speed only a jump of a quarter lap tells
    broken = (np.abs(_wrapped_step(frac[index])) * length_m > reach) | (reach > 0.5 * length_m) | (elapsed < 0.0)
    if recording.has("track_surface"):
        away = recording.column("track_surface")[index] == NOT_IN_WORLD
        broken |= away[1:] | away[:-1]
    if recording.has("session_num"):
        broken |= np.diff(recording.column("session_num")[index]) != 0.0
    return np.asarray(broken, dtype=np.bool_)


def _glitches(
    recording: Recording,
    index: IntArray,
    broken: BoolArray,
    time_s: FloatArray,
    frac: FloatArray,
    speed_mps: FloatArray,
    length_m: float,
) -> IntArray:
    """Ticks at which the position was away although the car drove on."""
    steps = np.flatnonzero(broken)
    if steps.size == 0 or steps.size > MOST_GLITCHES:
        return np.empty(0, dtype=np.int64)
    surface = recording.column("track_surface")
    found: list[int] = []
    for before, after in pairwise(steps):
        first, back = index[before], index[after + 1]
        if not 0.0 < time_s[back] - time_s[first] <= GLITCH_S or np.any(surface[first : back + 1] == NOT_IN_WORLD):
            continue
        driven = 0.5 * (speed_mps[first] + speed_mps[back]) * (time_s[back] - time_s[first])
        moved = frac[back] - frac[first]
        if abs((moved - np.round(moved)) * length_m - driven) <= JUMP_M / 2.0:
            found.extend(int(tick) for tick in index[before + 1 : after + 1])
    return np.array(found, dtype=np.int64)


def _glitches_at_line(
    recording: Recording, index: IntArray, time_s: FloatArray, frac: FloatArray, speed_mps: FloatArray, length_m: float
) -> IntArray:
    """Ticks whose position is false by less than `JUMP_M`, near the line, where that is enough to move a lap's time.

    Judged by what station is left when the distance driven is taken off: on a tick it may not differ from its median over the
    second before and the second after by more than the car drives in `TOLD_S`.
    """
    at, speed, elapsed = frac[index], speed_mps[index], np.diff(time_s[index])
    to_line_m = np.abs(at - np.round(at)) * length_m
    step_m = 0.5 * (speed[1:] + speed[:-1]) * elapsed
    odd = np.abs(_wrapped_step(at) * length_m - step_m) > TOLD_S * np.fmax(speed[1:], speed[:-1])
    near = (to_line_m <= JUMP_M) & (speed > MOVING_MPS)
    suspects = np.flatnonzero(near & (np.append(odd, False) | np.append(False, odd)))
    if suspects.size == 0 or suspects.size > MOST_GLITCHES:
        return np.empty(0, dtype=np.int64)
    left_m = at * length_m - np.concatenate(([0.0], np.cumsum(np.where(np.isfinite(step_m), step_m, 0.0))))
    reach = round(GLITCH_S / _usual_step(time_s[index]))
    asked = np.unique(np.concatenate([np.arange(tick - reach, tick + reach + 1) for tick in suspects]))
    asked = asked[(asked >= 0) & (asked < index.size)]
    away = recording.column("track_surface")[index] == NOT_IN_WORLD
    found = []
    for tick in asked[near[asked]].tolist():
        half = min(reach, tick, index.size - 1 - tick)
        around = slice(tick - half, tick + half + 1)
        apart = left_m[around] - left_m[tick]
        moved = abs(np.median(apart - length_m * np.round(apart / length_m))) > TOLD_S * speed[tick]
        if moved and not away[around].any():
            found.append(int(index[tick]))
    return np.array(found, dtype=np.int64)


def _count(broken: BoolArray) -> IntArray:
    return np.concatenate(([0], np.cumsum(broken))).astype(np.int64)


def _unwrap(frac: FloatArray, broken: BoolArray) -> FloatArray:
    """Continuous position within each stretch; every stretch starts with its own fraction."""
    if frac.size == 0:
        return frac
    wraps = np.concatenate(([0.0], np.cumsum(-np.round(np.diff(frac)))))
    starts = np.flatnonzero(np.concatenate(([True], broken)))
    return np.asarray(frac + wraps - np.repeat(wraps[starts], np.diff(np.append(starts, frac.size))))

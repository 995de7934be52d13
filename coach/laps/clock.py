"""The simulator's clock of a recording, also where the source only stamped the time at which a sample arrived.

Arrival times are late by 0-30 ms and bunch up; two crossings taken from them are some 10 ms wrong. The running lap time is the
simulator's own clock, so it is put together again lap by lap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.laps.length import track_length_of
from coach.telemetry.recording import Recording

OFF_LATTICE = 0.05  # of a tick: simulator clocks step by whole ticks to within 1e-6; arrival times miss by 0.25 on average
SLOWEST_MPS = 5.0  # below it metres / speed is no measure of time
NOMINAL_HZ = 60.0


@dataclass(frozen=True, slots=True)
class Clock:
    """`time_s`, shape (n_ticks,); `jitters`: these are arrival times and nothing better was there; `tick_s`: usual step."""

    time_s: FloatArray
    jitters: bool
    tick_s: float


def clock_of(recording: Recording) -> Clock:
    """The recording's session clock, or the one rebuilt from the running lap time where the former holds arrival times."""
    time = recording.column("session_time_s")
    step = np.diff(time)
    step = step[np.isfinite(step) & (step > 0.0)]
    if step.size == 0:
        return Clock(time, jitters=False, tick_s=1.0 / NOMINAL_HZ)
    tick = float(np.median(step))
    rate = recording.session.tick_rate_hz or NOMINAL_HZ
    jitters = all(_off_lattice(step, hz) > OFF_LATTICE for hz in (rate, NOMINAL_HZ, 1.0 / tick))
    if jitters and recording.has("lap_current_time_s") and recording.has("speed_mps") and recording.has("lap_dist_m"):
        rebuilt = rebuild_clock(
            time,
            recording.column("lap_current_time_s"),
            recording.column("lap_dist_m"),
            recording.column("speed_mps"),
            track_length_of(recording),
        )
        return Clock(rebuilt, jitters=False, tick_s=tick)
    return Clock(time, jitters, tick)


def _off_lattice(step: FloatArray, rate_hz: float) -> float:
    """Median distance of the steps from whole ticks, in ticks."""
    ticks = step * rate_hz
    return float(np.median(np.abs(ticks - np.round(ticks))))


def rebuild_clock(
    arrival_s: FloatArray, running_s: FloatArray, station_m: FloatArray, speed_mps: FloatArray, length_m: float
) -> FloatArray:
    """Session clock, shape (n,), s, from the running lap time; it starts at the first arrival time.

    The running lap time falls back once a lap, 0.1-2 s after the line; that one step is metres / speed (good to about 1 % of a
    step, that is 0.3 ms), or the arrival times' own where the car stands or the position jumps.
    """
    arrived = np.diff(arrival_s)
    step = np.diff(running_s)
    metres = np.diff(station_m)
    metres = metres - length_m * np.round(metres / length_m)
    mean_speed = 0.5 * (speed_mps[1:] + speed_mps[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        by_motion = metres / mean_speed
    believable = (mean_speed > SLOWEST_MPS) & (by_motion > 0.0) & (np.abs(by_motion - arrived) < 0.2)
    fallback = np.where(believable, by_motion, np.maximum(arrived, 0.0))
    # The clock runs on by itself only forwards, and never by a second more or less than the arrival times say.
    own = (step >= 0.0) & (np.abs(step - arrived) < 1.0)
    step = np.where(own, step, fallback)
    return np.concatenate(([arrival_s[0]], arrival_s[0] + np.cumsum(step)))

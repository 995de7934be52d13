"""Length of the track configuration as the recording itself shows it: the stated one is rounded to 10 m by iRacing."""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray
from coach.errors import NoCompleteLap
from coach.telemetry.recording import Recording

CLEAR_OF_LINE = 0.1  # of a lap; nearer the line the quotient station / fraction is dominated by rounding


def track_length_of(recording: Recording) -> float:
    """Track length L in metres: from station and fraction, from station at the line, as stated, or from driven distance.

    The last resort is the integral of speed over the fraction covered: it is off by the -0.3 to +2.2 % by which driven distance
    differs from station (vocabulary.md), so laps of one track from such files should be traced with one given length.
    NoCompleteLap: nothing of this is there, or it makes no length.
    """
    for estimate in (_from_fraction, _from_wraps, _as_stated, _from_speed):
        length = estimate(recording)
        if np.isfinite(length) and length > 0.0:
            return float(length)
    raise NoCompleteLap(
        f"{recording.path}: the track length is neither stated nor found from position and speed; is this a drive on track?"
    )


def _from_fraction(recording: Recording) -> float:
    if not (recording.has("lap_dist_m") and recording.has("lap_dist_frac")):
        return np.nan
    station, frac = recording.column("lap_dist_m"), recording.column("lap_dist_frac")
    usable = (frac > CLEAR_OF_LINE) & (frac <= 1.0) & (station > 0.0)
    return float(np.median(station[usable] / frac[usable])) if usable.any() else np.nan


def _from_wraps(recording: Recording) -> float:
    """The drop of the station at the line plus the metres driven meanwhile; the median over the recording's crossings."""
    if not (recording.has("lap_dist_m") and recording.has("speed_mps") and recording.has("session_time_s")):
        return np.nan
    station, speed = recording.column("lap_dist_m"), recording.column("speed_mps")
    usable = np.flatnonzero(np.isfinite(station) & np.isfinite(speed))
    if usable.size < 2:
        return np.nan
    station, speed, clock = station[usable], speed[usable], recording.column("session_time_s")[usable]
    drop = -np.diff(station)
    driven = 0.5 * (speed[1:] + speed[:-1]) * np.diff(clock)
    # At the line: from the last stretch to within reach of zero, at speed. A reset drops to zero from anywhere, standing still.
    wrap = (drop > 0.9 * np.nanmax(station)) & (speed[1:] > 1.0) & (station[1:] <= 2.0 * np.maximum(driven, 0.0) + 1.0)
    return float(np.median(drop[wrap] + driven[wrap])) if wrap.any() else np.nan


def _as_stated(recording: Recording) -> float:
    return recording.session.track_length_stated_m


def _from_speed(recording: Recording) -> float:
    if not (recording.has("lap_dist_frac") and recording.has("speed_mps")):
        return np.nan
    frac, speed, clock = (recording.column(name) for name in ("lap_dist_frac", "speed_mps", "session_time_s"))
    step: FloatArray = np.diff(frac)
    step = step - np.round(step)
    driven = 0.5 * (speed[1:] + speed[:-1]) * np.diff(clock)
    usable = np.isfinite(driven) & np.isfinite(step) & (step > 0.0) & (step < CLEAR_OF_LINE) & (driven > 0.0)
    return float(driven[usable].sum() / step[usable].sum()) if usable.any() else np.nan

"""Grade and bank of the road from what the car's body did, averaged over laps; NaN where the source cannot tell.

Signs as measured on iRacing's files: `pitch_rad` + nose down, `roll_rad` + left side up (rotations about y left and x
forward, ISO 8855).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.arrays import FloatArray
from coach.laps.trace import LapTrace
from coach.track.lapwise import on_lap, typical
from coach.track.smoothing import fill_closed, smooth

SURFACE_WIDTH_M = 10.0  # longer than a car, so that its wheelbase and single bumps do not count as road
STEEPEST = 0.35  # steeper than any road or race track; beyond it a source means something else by its channels
SOFTEST_RADPMPS2 = 0.01  # body roll per lateral acceleration: 5.6 degrees per g, softer than a road car
SLOW_MPS = 5.0  # the direction of a creeping car says nothing about the road


def grade_of(traces: Sequence[LapTrace]) -> FloatArray:
    """Climb per horizontal metre, + uphill, shape (n,): from the altitude, else from the direction of the velocity.

    Error: 0.004 from altitude, 0.003 from the velocity (docs/track-map.md).
    """
    for measure in (_grade_from_altitude, _grade_from_velocity):
        laps = [grade for trace in traces if (grade := measure(trace)) is not None]
        if laps:
            return typical(laps)
    return _unknown(traces)


def bank_of(traces: Sequence[LapTrace]) -> FloatArray:
    """Bank angle, rad, + left side low (it helps in a left turn), shape (n,); the body's own roll is taken out."""
    laps = [trace for trace in traces if _has(trace, "roll_rad")]
    if not laps:
        return _unknown(traces)
    roll = np.stack([_level(trace, trace.grid["roll_rad"]) for trace in laps])
    if not all(_has(trace, "lat_accel_mps2") for trace in laps):
        return -np.asarray(np.median(roll, axis=0))
    lateral = np.stack([_level(trace, trace.grid["lat_accel_mps2"]) for trace in laps])
    return -np.asarray(np.median(roll - body_roll(roll, lateral) * lateral, axis=0))


def body_roll(roll_rad: FloatArray, lat_accel_mps2: FloatArray) -> float:
    """Roll of the body on its springs per lateral acceleration, rad / (m/s2), from arrays of shape (laps, n).

    At one station the road's bank is the same on every lap: what differs between laps is the springs' doing. One lap gives
    0; then the bank is too flat by the body roll (up to 2 degrees in corners of a soft car).
    """
    roll, lateral = roll_rad - roll_rad.mean(axis=0), lat_accel_mps2 - lat_accel_mps2.mean(axis=0)
    power = float((lateral**2).sum())
    return float(np.clip((roll * lateral).sum() / power, 0.0, SOFTEST_RADPMPS2)) if power > 0.0 else 0.0


def _has(trace: LapTrace, *names: str) -> bool:
    return all(trace.has(name) and bool(np.isfinite(trace.grid[name]).any()) for name in names)


def _unknown(traces: Sequence[LapTrace]) -> FloatArray:
    return np.full(round(traces[0].track_length_m / traces[0].step_m), np.nan)


def _level(trace: LapTrace, values: FloatArray) -> FloatArray:
    return smooth(fill_closed(on_lap(trace, values)), SURFACE_WIDTH_M, trace.step_m, closed=True)


def _grade_from_altitude(trace: LapTrace) -> FloatArray | None:
    if not _has(trace, "alt_m"):
        return None
    altitude = fill_closed(on_lap(trace, trace.grid["alt_m"]))
    # On a bank the two crossings of the line lie at different heights, as far as the driver changed lanes: spread it.
    gap = 2.0 * altitude[-1] - altitude[-2] - altitude[0]
    altitude = altitude - gap * np.arange(len(altitude)) / len(altitude)
    rise = 0.5 * (np.roll(altitude, -1) - np.roll(altitude, 1)) / trace.step_m
    return _plausible(smooth(rise, SURFACE_WIDTH_M, trace.step_m, closed=True))


def _grade_from_velocity(trace: LapTrace) -> FloatArray | None:
    """The velocity turned from body to world axes: its vertical part over its horizontal part."""
    names = ("velocity_x_mps", "velocity_y_mps", "velocity_z_mps", "pitch_rad", "roll_rad")
    if not _has(trace, *names):
        return None
    forward, left, up, pitch, roll = (fill_closed(on_lap(trace, trace.grid[name])) for name in names)
    climb = -forward * np.sin(pitch) + np.cos(pitch) * (np.sin(roll) * left + np.cos(roll) * up)
    slope = np.where(forward > SLOW_MPS, climb / np.maximum(forward, SLOW_MPS), np.nan)
    if not np.isfinite(slope).any():
        return None
    grade = smooth(fill_closed(slope), SURFACE_WIDTH_M, trace.step_m, closed=True)
    # A lap ends at the height it began at. A mean slope as large as the hills themselves means that the source's angles or
    # velocities follow another convention.
    return _plausible(grade - grade.mean()) if abs(grade.mean()) < max(0.005, 0.5 * float(grade.std())) else None


def _plausible(grade: FloatArray) -> FloatArray | None:
    return grade if bool((np.abs(grade) < STEEPEST).all()) else None

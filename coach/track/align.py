"""Laying one path over another by their stations: rotation, shift and a linear drift, and the offset that remains.

At equal station two laps lie on one line across the track, so the difference *along* the track must vanish, while the
difference across is what the driver did. The fit therefore trusts the along-track difference and hardly the other.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from coach.arrays import FloatArray
from coach.laps.trace import LapTrace
from coach.track.map import TrackMap
from coach.track.path import LapPath

ComplexArray = npt.NDArray[np.complex128]  # positions x + iy, m

# Weight of the across-track difference in the fit. Small, because it is the driver's doing; not zero, because a stretch of
# straight alone leaves the sideways shift undetermined and the fit would run away.
ACROSS_WEIGHT = 0.03
FIT_POINTS = 500  # enough for five unknowns; more only costs time


def with_offset(path: LapPath, trace: LapTrace, track: TrackMap) -> LapPath:
    """The path with `offset_m`: metres left of the map's line at the same station, shape (m,), NaN without position."""
    station = trace.grid["station_m"] / trace.track_length_m * track.length_m
    known = np.isfinite(path.x_m) & np.isfinite(path.y_m)
    if known.sum() < 10 or not np.isfinite(track.x_m).all():
        return path
    line = _around(track, track.x_m + 1j * track.y_m, station)
    heading = np.angle(_around(track, np.exp(1j * track.heading_rad), station))
    offset = np.full(len(station), np.nan)
    laid = lay_on(path.x_m[known] + 1j * path.y_m[known], line[known], heading[known], station[known] / track.length_m)
    offset[known] = across(laid - line[known], heading[known])
    return replace(path, offset_m=offset)


def lay_on(path: ComplexArray, line: ComplexArray, heading_rad: FloatArray, lap_share: FloatArray) -> ComplexArray:
    """`path` rotated, shifted and freed of linear drift so that it lies along `line`.

    path, line: positions in metres at equal stations, shape (k,); heading_rad: of the line; lap_share: station over track
    length. Gives shape (k,). Two rounds, because the rotation is linearised; the fit looks at some hundreds of the points.
    """
    few = slice(None, None, max(1, len(path) // FIT_POINTS))
    laid = _turned(path, line, few)
    for _ in range(2):
        centre = laid.mean()
        moves = _moves(laid[few] - centre, lap_share[few])
        turn, x, y, drift_x, drift_y = _solved(moves, line[few] - laid[few], heading_rad[few])
        laid = centre + (laid - centre) * np.exp(1j * turn) + complex(x, y) + complex(drift_x, drift_y) * lap_share
    return laid


def _moves(arm: ComplexArray, lap_share: FloatArray) -> ComplexArray:
    """What a unit of each unknown moves each point by: rotation, shift in x and y, drift in x and y; shape (k, 5)."""
    one = np.ones_like(arm)
    return np.stack([1j * arm, one, 1j * one, lap_share * one, 1j * lap_share * one], axis=1)


def _solved(moves: ComplexArray, difference: ComplexArray, heading_rad: FloatArray) -> FloatArray:
    """The five unknowns, least squares, the difference across the track hardly counting."""
    to_track = np.exp(-1j * heading_rad)
    turned, wanted = moves * to_track[:, None], difference * to_track
    rows = np.concatenate([turned.real, ACROSS_WEIGHT * turned.imag])
    scale = np.maximum(np.sqrt((rows**2).mean(axis=0)), 1e-9)  # radians beside metres
    target = np.concatenate([wanted.real, ACROSS_WEIGHT * wanted.imag])
    return np.asarray(np.linalg.lstsq(rows / scale, target, rcond=1e-6)[0] / scale, dtype=np.float64)


def across(difference: ComplexArray, heading_rad: FloatArray) -> FloatArray:
    """The part of a complex difference that lies to the left of a heading, m, shape (k,)."""
    return np.ascontiguousarray((difference * np.exp(-1j * heading_rad)).imag)


def _turned(path: ComplexArray, line: ComplexArray, few: slice) -> ComplexArray:
    """Best rotation and shift of `path` onto `line` in the plane (least squares on both axes)."""
    centre, target = path[few].mean(), line[few].mean()
    turn = np.vdot(path[few] - centre, line[few] - target)
    turned: ComplexArray = target + (path - centre) * (turn / abs(turn) if abs(turn) > 0.0 else 1.0)
    return turned


def _around(track: TrackMap, values: ComplexArray, station_m: FloatArray) -> ComplexArray:
    """Values of a closed array at stations that may lie up to a lap before the line or after L, linear between points."""
    count = len(values)
    index = np.arange(-count, 2 * count)
    return np.asarray(np.interp(station_m, index * track.step_m, values[index % count]), dtype=np.complex128)

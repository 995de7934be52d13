"""The path of one lap from what its samples say about motion; see `coach/track/path.py` for what it holds.

It does not know other laps. The position of a path is closed onto itself (the sum of small errors is spread over the lap);
`coach/track/align.py` lays it on a track map.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.laps.trace import LapTrace
from coach.track.path import LapPath, PathSource
from coach.track.smoothing import covered, smooth

CURVATURE_WIDTH_M = 4.0  # coaching.md 2.8, step 1: kappa = d(course)/ds over 4 m
SLOW_MPS = 1.0  # below walking pace the direction of travel means nothing
EARTH_A_M, EARTH_E2 = 6378137.0, 6.69437999014e-3  # WGS 84: equatorial radius, first eccentricity squared
COMPLETE = 0.98  # share of the lap that must be covered before its ends are closed onto each other
CHARACTERISTIC_MPS = 27.0  # speed at which an understeering car needs twice the steering; 65-100 km/h, Gillespie (1992) ch. 6
LOADED = 0.3  # coaching.md 2.3: share of the 95th percentile of lateral demand from which a car is in a corner


@dataclass(frozen=True, slots=True)
class _Ticks:
    """Motion on the usable samples, shape (k,) each; x_m and y_m in the plane, NaN without position."""

    source: PathSource
    station_m: FloatArray
    course_rad: FloatArray
    driven_m: FloatArray
    x_m: FloatArray
    y_m: FloatArray


def path_of(trace: LapTrace) -> LapPath:
    """The path of a lap on its grid, from the best source it carries; offset_m is NaN until `with_offset`.

    Errors: open-loop position drifts by about 0.2 m per km from velocity and yaw (docs/track-map.md has the figures), by
    metres from the yaw rate; the steering gives the curvature's shape only.
    """
    for reckon in _RECKONERS:
        ticks = reckon(trace)
        if ticks is not None:
            return _on_grid(trace, ticks)
    nothing = np.full(len(trace.grid["station_m"]), np.nan)
    return LapPath(PathSource.NONE, nothing, nothing, nothing, nothing, nothing, nothing)


def _usable(trace: LapTrace, *names: str) -> BoolArray | None:
    """Ticks on which all of these channels are finite; None when a channel is missing or nearly always NaN."""
    if not all(trace.has(name) for name in names):
        return None
    usable = np.logical_and.reduce([np.isfinite(trace.ticks[name]) for name in names])
    return usable if usable.sum() > max(10, 0.5 * len(usable)) else None


def _from_velocity(trace: LapTrace) -> _Ticks | None:
    usable = _usable(trace, "velocity_x_mps", "velocity_y_mps", "yaw_rad")
    if usable is None:
        return None
    vx, vy, yaw = (trace.ticks[name][usable] for name in ("velocity_x_mps", "velocity_y_mps", "yaw_rad"))
    course = np.unwrap(yaw) + np.where(np.hypot(vx, vy) > SLOW_MPS, np.arctan2(vy, vx), 0.0)
    return _integrated(trace, PathSource.VELOCITY_YAW, usable, course, np.hypot(vx, vy))


def _from_yaw(trace: LapTrace) -> _Ticks | None:
    """Course = yaw, or the integrated yaw rate: the sideslip is left out."""
    usable = _usable(trace, "yaw_rad", "speed_mps")
    if usable is not None:
        course = np.unwrap(trace.ticks["yaw_rad"][usable])
        return _integrated(trace, PathSource.YAW_RATE, usable, course, trace.ticks["speed_mps"][usable])
    usable = _usable(trace, "yaw_rate_radps", "speed_mps")
    if usable is None:
        return None
    course = _integral(trace.ticks["yaw_rate_radps"][usable], trace.ticks["time_s"][usable])
    return _integrated(trace, PathSource.YAW_RATE, usable, course, trace.ticks["speed_mps"][usable])


def _from_lat_lon(trace: LapTrace) -> _Ticks | None:
    usable = _usable(trace, "lat_deg", "lon_deg", "speed_mps")
    if usable is None:
        return None
    usable = usable & ((trace.ticks["lat_deg"] != 0.0) | (trace.ticks["lon_deg"] != 0.0))  # 0, 0: not in the world
    if usable.sum() < 10:
        return None
    x, y = _plane(trace.ticks["lat_deg"][usable], trace.ticks["lon_deg"][usable])
    moved = np.concatenate([[True], np.hypot(np.diff(x), np.diff(y)) > 1e-3])  # a repeated position has no direction
    index = np.flatnonzero(usable)[moved]
    x, y = x[moved], y[moved]
    course = np.unwrap(np.arctan2(np.gradient(y), np.gradient(x)))
    driven = _integral(trace.ticks["speed_mps"][index], trace.ticks["time_s"][index])
    return _Ticks(PathSource.LAT_LON, trace.ticks["station_m"][index], course, driven, x, y)


def _from_steering(trace: LapTrace) -> _Ticks | None:
    """Curvature's shape from the hand wheel, scaled so that the lap turns once around.

    Lateral demand = v^2 steer / (1 + (v / v_characteristic)^2), saturating as a tyre's force does with its slip angle: more
    steering at the limit turns the car no further. The limit is this lap's own loaded level.
    """
    usable = _usable(trace, "steer_rad", "speed_mps")
    if usable is None:
        return None
    steer, speed, time, station = (trace.ticks[name][usable] for name in ("steer_rad", "speed_mps", "time_s", "station_m"))
    driven = _integral(speed, time)
    demand = speed**2 * steer / (1.0 + (speed / CHARACTERISTIC_MPS) ** 2)
    size = np.abs(demand)
    loaded = size[size > LOADED * np.percentile(size, 95)]
    limit = float(np.percentile(loaded, 75)) if len(loaded) else 1.0
    turned = _integral(limit * np.tanh(demand / limit) / np.maximum(speed, SLOW_MPS) ** 2, driven)
    inside = np.flatnonzero((station >= 0.0) & (station <= trace.track_length_m))
    lap_turn = abs(float(turned[inside[-1]] - turned[inside[0]])) if len(inside) else 0.0
    nowhere = np.full(len(driven), np.nan)
    return _Ticks(PathSource.STEERING, station, turned * (2.0 * np.pi / lap_turn if lap_turn > 0.0 else 1.0), driven, nowhere, nowhere)


_RECKONERS: tuple[Callable[[LapTrace], _Ticks | None], ...] = (_from_velocity, _from_lat_lon, _from_yaw, _from_steering)


def _integral(values: FloatArray, over: FloatArray) -> FloatArray:
    """Cumulative trapezoid, 0 at the first sample; a missing tick is simply a longer step."""
    return np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]) * np.diff(over))])


def _integrated(trace: LapTrace, source: PathSource, usable: BoolArray, course: FloatArray, speed: FloatArray) -> _Ticks:
    """Dead reckoning: between two samples the car runs on a circular arc, whose chord is sinc(turn / 2) of its length."""
    time, station = trace.ticks["time_s"][usable], trace.ticks["station_m"][usable]
    driven = _integral(speed, time)
    turn = np.diff(course)
    chord = np.diff(driven) * np.sinc(turn / (2.0 * np.pi))
    middle = course[:-1] + 0.5 * turn
    x = np.concatenate([[0.0], np.cumsum(chord * np.cos(middle))])
    y = np.concatenate([[0.0], np.cumsum(chord * np.sin(middle))])
    return _Ticks(source, station, course, driven, x, y)


def _plane(lat_deg: FloatArray, lon_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Metres east and north of the first point, on the WGS 84 ellipsoid's tangent scales; good to 1 mm over 5 km."""
    lat0 = np.radians(lat_deg[0])
    w = 1.0 - EARTH_E2 * np.sin(lat0) ** 2
    east = EARTH_A_M / np.sqrt(w) * np.cos(lat0) * np.radians(lon_deg - lon_deg[0])
    north = EARTH_A_M * (1.0 - EARTH_E2) / w**1.5 * np.radians(lat_deg - lat_deg[0])
    return east, north


def _on_grid(trace: LapTrace, ticks: _Ticks) -> LapPath:
    grid = trace.grid["station_m"]

    def resampled(values: FloatArray) -> FloatArray:
        return np.interp(grid, ticks.station_m, values, left=np.nan, right=np.nan)

    course, driven = resampled(ticks.course_rad), resampled(ticks.driven_m)
    curvature, stretch = np.full(len(grid), np.nan), np.full(len(grid), np.nan)
    known = covered(course)
    if known.stop - known.start > 2:
        metres = np.gradient(driven[known])
        spacing = float(np.median(np.diff(ticks.station_m)))
        width = max(CURVATURE_WIDTH_M, 2.0 * spacing)  # 10 Hz samples cannot carry 4 m detail
        moving = np.maximum(metres, 1e-6)
        curvature[known] = smooth(np.gradient(course[known]), width, trace.step_m) / smooth(moving, width, trace.step_m)
        stretch[known] = metres / trace.step_m
    x, y = _closed(trace, resampled(ticks.x_m), resampled(ticks.y_m))
    return LapPath(ticks.source, course, curvature, stretch, x, y, np.full(len(grid), np.nan))


def _closed(trace: LapTrace, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Position with the gap between the lap's two ends spread evenly over its stations; origin at the line.

    The gap also holds what the driver really changed sideways between the two crossings, so the result is right only up to
    a linear drift; `align` fits that drift away.
    """
    station, length = trace.grid["station_m"], trace.track_length_m
    inside = np.flatnonzero((station >= 0.0) & (station <= length) & np.isfinite(x))
    if len(inside) < 2:
        return x, y
    first, last = inside[0], inside[-1]
    span = station[last] - station[first]
    share = (station - station[first]) / span
    if span < COMPLETE * length:
        return x - x[first], y - y[first]
    # What the samples do not cover at the ends (a metre or two) is bridged straight ahead.
    missing = length - span
    slope_x, slope_y = (float(np.mean(np.diff(v[inside[:20]]))) / trace.step_m * missing for v in (x, y))
    gap_x, gap_y = x[last] - x[first] + slope_x, y[last] - y[first] + slope_y
    return x - x[first] - gap_x * share, y - y[first] - gap_y * share

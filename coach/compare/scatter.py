"""How much the laps of one set vary among themselves: the yardstick of every gate in cause finding.

A few laps measure scatter badly, so the figure is shrunk towards what drivers usually show (empirical Bayes: as if the prior had
been seen on its own number of laps). With many laps the data decide alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from coach.arrays import FloatArray
from coach.compare.pair import Scatter
from coach.compare.phases import CornerPhases
from coach.laps.trace import LapTrace
from coach.track.map import Corner
from coach.track.path import LapPath

# Within one consistent driver: lap sigma of GT3 professionals 0.13-0.28 s over some 12 corners, that is 0.04-0.08 s per corner
# (coaching.md 2.7); braking point 4-10 m between drivers (2.9), about half within one; line 0.1-0.5 m within one (2.8).
PRIOR = Scatter(
    offset_m=0.3, brake_on_m=3.0, brake_level=0.04, v_min_frac=0.01, throttle_on_m=5.0, curvature_frac=0.05, time_s=0.03, lap_count=0
)
# Between drivers: braking point 4-10 m, offset 0.67 m among the fastest twenty of a field (coaching.md 2.9), less at the apex with
# each lap's mean removed; levels, speeds and throttle taken as twice the scatter within one driver, as for the braking point.
# Curvature is the corner's more than the driver's. Three laps of three drivers say little about a field: the prior weighs more.
PRIOR_BETWEEN = Scatter(
    offset_m=0.5, brake_on_m=7.0, brake_level=0.08, v_min_frac=0.02, throttle_on_m=10.0, curvature_frac=0.05, time_s=0.06, lap_count=6
)
# Below these the figures would measure the sampling, not the driver: a tick is 1.2 m at 70 m/s (uniform error 0.34 m), dead
# reckoning repeats to about 0.1 m over a corner, times at equal station to a few milliseconds.
FLOOR = Scatter(
    offset_m=0.1, brake_on_m=0.7, brake_level=0.01, v_min_frac=0.003, throttle_on_m=1.0, curvature_frac=0.02, time_s=0.005, lap_count=0
)


def measure_scatter(
    traces: Sequence[LapTrace],
    paths: Sequence[LapPath],
    phases: Sequence[Sequence[CornerPhases]],
    corners: Sequence[Corner],
    prior: Scatter = PRIOR,
) -> Scatter:
    """Scatter over laps of one set; `phases[i][k]` is lap i in corner k. One lap gives the prior, never nothing.

    `prior`: PRIOR for the laps of one driver, PRIOR_BETWEEN for laps of several.

    Lists share their order. Spread is taken per corner around the corner's median over laps and pooled, so that a difference
    between corners is no scatter; it is robust, so single mistakes in a session do not widen it.
    """
    if not traces:
        return replace(prior, lap_count=0)
    by_corner = [[lap[k] for lap in phases] for k in range(len(corners))]
    observed = {
        "offset_m": _pooled([_offsets(traces, paths, corner) for corner in corners]),
        "brake_on_m": _pooled([_values(laps, "brake_on_m") for laps in by_corner]),
        "brake_level": _pooled([_relative(_braking_levels(traces, laps)) for laps in by_corner]),
        "v_min_frac": _pooled([_relative(_values(laps, "v_min_mps")) for laps in by_corner]),
        "throttle_on_m": _pooled([_values(laps, "throttle_on_m") for laps in by_corner]),
        "curvature_frac": _pooled([_relative(_curvatures(traces, paths, corner)) for corner in corners]),
        "time_s": _pooled([_window_times(traces, corner) for corner in corners]),
    }
    figures = {
        name: _shrunk(spread, len(traces), getattr(prior, name), prior.lap_count, getattr(FLOOR, name)) for name, spread in observed.items()
    }
    return Scatter(**figures, lap_count=len(traces))


def _shrunk(spread: float, laps: int, prior: float, prior_laps: int, floor: float) -> float:
    """Spread pooled with the prior by weight of evidence: n - 1 degrees of freedom against the prior's laps."""
    if not np.isfinite(spread):
        return prior
    weight = laps - 1.0
    return max(floor, float(np.sqrt((weight * spread**2 + prior_laps * prior**2) / (weight + prior_laps))))


def _pooled(corners: Sequence[FloatArray]) -> float:
    """Robust standard deviation of deviations from each corner's median; NaN with fewer than 2 laps anywhere."""
    deviations = []
    for values in corners:
        seen = values[np.isfinite(values)]
        if len(seen) >= 2:
            # The median of n values takes up a share of the spread: n / (n - 1), the usual small-sample correction.
            deviations.append((seen - np.median(seen)) * np.sqrt(len(seen) / (len(seen) - 1.0)))
    return 1.4826 * float(np.median(np.abs(np.concatenate(deviations)))) if deviations else np.nan


def _values(laps: Sequence[CornerPhases], name: str) -> FloatArray:
    return np.array([getattr(lap, name) for lap in laps], dtype=np.float64)


def _relative(values: FloatArray) -> FloatArray:
    """Values over their median; NaN stays NaN."""
    if not np.isfinite(values).any():
        return values
    middle = float(np.nanmedian(values))
    return values / middle if middle else np.full_like(values, np.nan)


def _braking_levels(traces: Sequence[LapTrace], laps: Sequence[CornerPhases]) -> FloatArray:
    """Mean deceleration from brake-on to brake-off, m/s2; NaN where there was no braking."""
    levels = np.full(len(laps), np.nan)
    for i, (trace, lap) in enumerate(zip(traces, laps, strict=True)):
        length = lap.brake_off_m - lap.brake_on_m
        if length > 5.0 * trace.step_m:
            v = np.interp([lap.brake_on_m, lap.brake_off_m], trace.grid["station_m"], trace.grid["speed_mps"])
            levels[i] = (v[0] ** 2 - v[1] ** 2) / (2.0 * length)
    return levels


def _offsets(traces: Sequence[LapTrace], paths: Sequence[LapPath], corner: Corner) -> FloatArray:
    """Lateral position at the apex, m, the lap's own mean removed (a bias over the whole lap is reckoning error)."""
    values = [path.offset_m[trace.index_at(corner.apex_m)] - _lap_mean(trace, path) for trace, path in zip(traces, paths, strict=True)]
    return np.array(values, dtype=np.float64)


def _lap_mean(trace: LapTrace, path: LapPath) -> float:
    inside = path.offset_m[trace.start : trace.stop]
    return float(np.nanmean(inside)) if np.isfinite(inside).any() else np.nan


def _curvatures(traces: Sequence[LapTrace], paths: Sequence[LapPath], corner: Corner) -> FloatArray:
    """Mean curvature between turn-in and turn-out, 1/m."""
    values = np.full(len(traces), np.nan)
    for i, (trace, path) in enumerate(zip(traces, paths, strict=True)):
        inside = path.curvature_1pm[trace.index_at(corner.turn_in_m) : trace.index_at(corner.turn_out_m) + 1]
        if np.isfinite(inside).any():
            values[i] = np.nanmean(np.abs(inside))
    return values


def _window_times(traces: Sequence[LapTrace], corner: Corner) -> FloatArray:
    """Time spent in the corner's window, s."""
    return np.array(
        [trace.grid["time_s"][trace.index_at(corner.end_m)] - trace.grid["time_s"][trace.index_at(corner.start_m)] for trace in traces],
        dtype=np.float64,
    )

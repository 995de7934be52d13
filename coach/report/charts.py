"""Numbers for the page's charts: each lap's channels at the charts' stations, delta, and loss per metre for the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from coach.arrays import FloatArray
from coach.compare.compare import delta_of
from coach.compare.study import StudyLap
from coach.report.analysis import Analysis
from coach.report.drawing import MapDrawing

MAP_PART_M = 12.0  # the map is coloured in pieces of this length
KMH = 3.6


def full_scale(rates: Sequence[FloatArray]) -> float:
    """Loss per metre that gets the full colour: the 98th percentile, so that one slide does not grey out the rest."""
    return max(float(np.nanpercentile(np.abs(np.concatenate(rates)), 98)), 1e-5)


def chart_data(
    analysis: Analysis, station: FloatArray, drawing: MapDrawing | None, rates: Sequence[FloatArray], full: float, worst: frozenset[int]
) -> dict[str, Any]:
    """The document that `static/report.js` draws: one array per channel, all of the length of `station_m`; null where unknown."""
    assert analysis.study is not None
    assert analysis.choice is not None
    reference = analysis.choice.references[0]
    parts = np.arange(0.0, analysis.study.track.length_m, MAP_PART_M) + MAP_PART_M / 2.0
    laps = []
    for lap, rate in zip(analysis.shown, rates, strict=True):
        lap_station = np.arange(len(rate)) * lap.trace.step_m
        laps.append(
            {
                **_channels(lap, station),
                "delta_s": _numbers(np.interp(station, lap_station, delta_of(lap, reference)), 3),
                "loss_rate": _numbers(np.interp(parts, lap_station, rate) / full, 2),
            }
        )
    return {
        "station_m": _numbers(station, 1),
        "speed_unit": "km/h",
        "reference": _channels(reference, station),
        "laps": laps,
        "corners": [
            {
                "number": c.number,
                "turn_number": c.turn_number,
                "name": c.name,
                "start_m": round(c.start_m, 1),
                "end_m": round(c.end_m, 1),
                "apex_m": round(c.apex_m, 1),
            }
            | {"turn_in_m": round(c.turn_in_m, 1), "turn_out_m": round(c.turn_out_m, 1), "worst": c.number in worst}
            for c in analysis.study.track.corners
        ],
        "map_x": _numbers(drawing.x, 1) if drawing else [],
        "map_y": _numbers(drawing.y, 1) if drawing else [],
    }


def _channels(lap: StudyLap, station: FloatArray) -> dict[str, Any]:
    """Channels of one lap at the charts' stations; None for those that the source lacks."""
    grid = lap.trace.grid
    return {
        "speed": _numbers(np.interp(station, grid["station_m"], grid["speed_mps"]) * KMH, 1),
        "throttle": _channel(lap, station, ("throttle_raw_frac", "throttle_frac"), 100.0, 0),
        "brake": _channel(lap, station, ("brake_raw_frac", "brake_frac"), 100.0, 0),
        "steer": _channel(lap, station, ("steer_rad",), 180.0 / np.pi, 0),
        "gear": _channel(lap, station, ("gear",), 1.0, 0),
    }


def _channel(lap: StudyLap, station: FloatArray, names: tuple[str, ...], scale: float, digits: int) -> list[float | None] | None:
    name = next((name for name in names if lap.trace.has(name)), None)
    if name is None:
        return None
    return _numbers(np.interp(station, lap.trace.grid["station_m"], lap.trace.grid[name]) * scale, digits)


def _numbers(values: FloatArray, digits: int) -> list[float | None]:
    return [round(float(value), digits) if np.isfinite(value) else None for value in values]

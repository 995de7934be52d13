"""A braking point, minimum speed or throttle point far from what this driver usually does at this place."""

from __future__ import annotations

import numpy as np

from coach.detect.baseline import Baseline
from coach.detect.detection import Detection, DetectionKind
from coach.detect.places import MEASURES, measure
from coach.laps.trace import LapTrace

_Z = 3.5  # coaching.md 3.5: MAD-based z of a single lap
_LEAST = (5.0, 0.5, 5.0)  # m, m/s, m: the accuracy expected of a braking point and minimum speed (coaching.md 4.3, A3), 0.5 m/s = 2 km/h


def find_inconsistency(trace: LapTrace, baseline: Baseline) -> list[Detection]:
    """Places of the lap that fall out of the driver's own scatter, one detection per measure. Strength: |z| over 3.5."""
    places = baseline.places
    if places.start_m.size == 0:
        return []
    points = measure(trace, places.start_m, places.end_m)
    found = []
    for place, row in enumerate(points):
        for name, value, usual, scatter, least in zip(MEASURES, row, places.usual[place], places.scatter[place], _LEAST, strict=True):
            away = abs(value - usual)
            limit = max(_Z * scatter, least)
            if np.isfinite(away) and np.isfinite(scatter) and away > limit:
                found.append(
                    _detection(trace, float(places.start_m[place]), float(places.end_m[place]), away / limit, {name: value, "usual": usual})
                )
    return found


def _detection(trace: LapTrace, start_m: float, end_m: float, strength: float, figures: dict[str, float]) -> Detection:
    start_s, end_s = np.interp([start_m, end_m], trace.ticks["station_m"], trace.ticks["time_s"])
    evidence = tuple((name, float(value)) for name, value in figures.items())
    return Detection(DetectionKind.INCONSISTENCY, start_m, end_m, float(start_s), float(end_s), float(strength), evidence)

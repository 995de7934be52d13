"""A rear that steps out, caught or not: the car points further into the corner than on the driver's other laps at this station.

Sideslip comes from the body velocities, which are exact in iRacing; a source without them gives no detection.
"""

from __future__ import annotations

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.detect.baseline import Baseline
from coach.detect.detection import Detection, DetectionKind
from coach.detect.signals import SLOWEST_MPS, Signals, detection, runs

SHORTEST_S = 0.10
_LEAST_RAD = np.radians(3.0)  # coaching.md 3.5
_SPIN_RAD = np.radians(15.0)
_SDS = 3.5  # the usual limit of a MAD-based z
_TURNING_RADPS = 0.1
_ONE_SLIDE_S = 0.5  # a rear that swings back and forth is one event
_CATCH_S = 0.2  # the hands follow the rear within this


def find_oversteer(lap: Signals, baseline: Baseline) -> list[Detection]:
    """Slides that the driver countersteers, and spins (more than 15 degrees), of at least 0.1 s. Strength: angle over its threshold."""
    angle, limit = nose_in(lap, baseline)
    fast = np.isfinite(angle) & (lap.speed_mps > SLOWEST_MPS)
    slide = fast & (angle > limit) & _countersteered_about(lap)
    found = []
    for where in runs(slide | (fast & (angle > _SPIN_RAD)), lap.time_s, at_least_s=SHORTEST_S, bridge_s=_ONE_SLIDE_S):
        most = float(np.nanmax(angle[where]))
        kind = DetectionKind.SPIN if most > _SPIN_RAD else DetectionKind.OVERSTEER
        strength = most / (_SPIN_RAD if kind is DetectionKind.SPIN else float(np.nanmin(limit[where])))
        found.append(
            detection(
                kind, lap, where, strength, sideslip_beyond_usual_rad=most, yaw_rate_radps=np.nanmax(np.abs(lap.yaw_rate_radps[where]))
            )
        )
    return found


def nose_in(lap: Signals, baseline: Baseline) -> tuple[FloatArray, FloatArray]:
    """How much further into the turn the car points than usual here, rad, and from where that counts; shape (k,) each."""
    usual = np.interp(lap.station_m, baseline.sideslip_station_m, baseline.sideslip_rad, left=np.nan, right=np.nan)
    scatter = np.interp(lap.station_m, baseline.sideslip_station_m, baseline.sideslip_scatter_rad, left=np.nan, right=np.nan)
    angle = -(lap.sideslip_rad - usual) * np.sign(lap.yaw_rate_radps)
    return angle, np.maximum(_LEAST_RAD, _SDS * scatter)


def _countersteered_about(lap: Signals) -> BoolArray:
    """Steering against the turn, now or within 0.2 s of it."""
    against = (lap.steer_rad * lap.yaw_rate_radps < 0) & (np.abs(lap.yaw_rate_radps) > _TURNING_RADPS)
    times = lap.time_s[against]
    if times.size == 0:
        return against
    after = np.searchsorted(times, lap.time_s)
    near = np.minimum(np.abs(times[np.minimum(after, times.size - 1)] - lap.time_s), np.abs(times[np.maximum(after - 1, 0)] - lap.time_s))
    return np.asarray(near <= _CATCH_S)

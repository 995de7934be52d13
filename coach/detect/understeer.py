"""Front wheels beyond their grip: more steering than the corner needs by the car's own balance, and more of it brings no more turn."""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray
from coach.detect.baseline import BRAKING, Baseline
from coach.detect.detection import Detection, DetectionKind
from coach.detect.signals import Signals, detection, runs, ticks_in

SHORTEST_S = 0.25
_SDS = 2.5  # coaching.md 3.5
_WINDOW_S = 0.25  # over which turn is held against steering


def find_understeer(lap: Signals, baseline: Baseline) -> list[Detection]:
    """Understeer off the brake for at least 0.25 s. Strength: excess steering over its threshold."""
    limit = _SDS * baseline.steer_scatter_rad
    excess = excess_steer(lap, baseline)
    pushing = (excess > limit) & (_slope_sign(np.abs(lap.steer_rad), np.abs(lap.lateral_mps2), ticks_in(_WINDOW_S, lap.time_s)) <= 0)
    found = []
    for where in runs(lap.judged & pushing & (lap.brake_frac < BRAKING), lap.time_s, at_least_s=SHORTEST_S):
        most = float(np.nanmax(excess[where]))
        figures = {"excess_steer_rad": most, "lateral_mps2": float(np.nanmax(np.abs(lap.lateral_mps2[where])))}
        found.append(detection(DetectionKind.UNDERSTEER, lap, where, most / limit, **figures))
    return found


def excess_steer(lap: Signals, baseline: Baseline) -> FloatArray:
    """Steering into the corner beyond what the car usually needs there, hand wheel rad, shape (k,); negative with countersteer."""
    a, b = baseline.steer_fit
    needed = a * lap.yaw_rate_radps / np.maximum(lap.speed_mps, 1.0) + b * lap.lateral_mps2
    return np.asarray((lap.steer_rad - needed) * np.sign(lap.lateral_mps2))


def _slope_sign(x: FloatArray, y: FloatArray, n: int) -> FloatArray:
    """Sign of dy/dx over the last n ticks, shape (k,); NaN before it is there."""
    change = np.full(x.size, np.nan)
    change[n:] = np.sign((x[n:] - x[:-n]) * (y[n:] - y[:-n]))
    return change

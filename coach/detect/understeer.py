"""Front wheels turned beyond their grip: more slip than at the peak of their side force, so that less steering would turn as well."""

from __future__ import annotations

import numpy as np

from coach.detect.baseline import Baseline
from coach.detect.detection import Detection, DetectionKind
from coach.detect.signals import Signals, detection, runs

SHORTEST_S = 0.25  # coaching.md 3.5
PAST_PEAK = 1.25  # around the peak the force is flat: a good driver is there, and only well beyond it is something lost
CLEARLY = 0.2  # more than the other axle: who slides with all four wheels neither under- nor oversteers


def find_understeer(lap: Signals, baseline: Baseline) -> list[Detection]:
    """Understeer of at least 0.25 s. Strength: slip of the front over 1.25 times that of its peak."""
    front, rear = baseline.axles.use_est(lap)
    pushing = lap.steered & (front > PAST_PEAK) & (front > rear + CLEARLY)
    found = []
    for where in runs(pushing, lap.time_s, at_least_s=SHORTEST_S):
        most = float(np.max(front[where]))
        figures = {"front_use_est": most, "side_force_mps2": float(np.max(np.abs(lap.side_force_mps2[where])))}
        found.append(detection(DetectionKind.UNDERSTEER, lap, where, most / PAST_PEAK, **figures))
    return found

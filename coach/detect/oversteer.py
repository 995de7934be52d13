"""A rear that slides, caught or not: more slip than at the peak of its side force. Very far round it is a spin.

The slip comes from the body velocities, which are exact in iRacing; a source without them gives no detection.
"""

from __future__ import annotations

import numpy as np

from coach.detect.baseline import Baseline
from coach.detect.detection import Detection, DetectionKind
from coach.detect.signals import SPIN_RAD, Signals, detection, joined, runs
from coach.detect.understeer import CLEARLY, PAST_PEAK

SHORTEST_S = 0.25  # as of understeer
_ONE_SLIDE_S = 0.5  # a rear that swings back and forth is one event


def find_oversteer(lap: Signals, baseline: Baseline) -> list[Detection]:
    """Slides of at least 0.25 s, and spins (15 degrees of sideslip). Strength: slip of the rear, or the angle, over its threshold."""
    front, rear = baseline.axles.use_est(lap)
    spinning = np.abs(lap.sideslip_rad) > SPIN_RAD
    sliding = lap.judged & (((rear > PAST_PEAK) & (rear > front + CLEARLY)) | spinning)
    found = []
    for where in joined(runs(sliding, lap.time_s, at_least_s=SHORTEST_S), lap.time_s, _ONE_SLIDE_S):
        angle, use = float(np.max(np.abs(lap.sideslip_rad[where]))), float(np.max(rear[where]))
        kind = DetectionKind.SPIN if angle > SPIN_RAD else DetectionKind.OVERSTEER
        strength = angle / SPIN_RAD if kind is DetectionKind.SPIN else use / PAST_PEAK
        found.append(detection(kind, lap, where, strength, rear_use_est=use, sideslip_rad=angle))
    return found

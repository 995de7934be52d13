"""ABS doing the driver's work: on for much of a braking zone, or from its very start."""

from __future__ import annotations

import numpy as np

from coach.detect.detection import Detection, DetectionKind
from coach.detect.signals import Signals, detection, runs

MOST_DUTY = 0.35  # coaching.md 3.5, as the next two
MOST_AT_START_S = 0.4
_PEDAL = 0.3
_SHORTEST_ZONE_S = 0.3  # a dab on the brake has no duty worth the name
_START_S = 0.5


def find_abs_overuse(lap: Signals) -> list[Detection]:
    """Braking zones (pedal above 0.3) with too much ABS. Strength: duty or time at the start over its limit."""
    if not lap.abs_active.any():
        return []
    found = []
    for zone in runs(lap.judged & (lap.brake_frac > _PEDAL), lap.time_s, at_least_s=_SHORTEST_ZONE_S):
        active, time = lap.abs_active[zone], lap.time_s[zone]
        duty = float(active.mean())
        at_start_s = float(active[time - time[0] <= _START_S].mean()) * min(_START_S, float(time[-1] - time[0]))
        strength = max(duty / MOST_DUTY, at_start_s / MOST_AT_START_S)
        if strength > 1:
            peak = float(np.max(lap.brake_frac[zone]))
            found.append(detection(DetectionKind.ABS_OVERUSE, lap, zone, strength, duty=duty, at_start_s=at_start_s, brake_peak=peak))
    return found

"""Driven wheels that spin under power: the engine turns faster than the car goes in this gear.

Wheels that leave the ground over a kerb or crest spin up as well. That costs nothing and is no mistake of the throttle.
"""

from __future__ import annotations

import numpy as np

from coach.detect.baseline import Baseline
from coach.detect.detection import Detection, DetectionKind
from coach.detect.signals import Signals, detection, driven_slip, near, runs

LEAST_SLIP = 0.12  # coaching.md 3.5
SHORTEST_S = 0.15
_THROTTLE = 0.5
_LANDING_S = 0.2  # a wheel that spun in the air is back at the speed of the road within this


def find_wheelspin(lap: Signals, baseline: Baseline) -> list[Detection]:
    """Spins of at least 0.15 s at more than half throttle. Strength: slip over its threshold."""
    slip, limit = driven_slip(lap, baseline.speed_per_rpm), slip_limit(baseline)
    grounded = ~near(lap.lifted, lap.time_s, _LANDING_S)
    found = []
    for where in runs(lap.steered & grounded & (lap.throttle_frac > _THROTTLE) & (slip > limit), lap.time_s, at_least_s=SHORTEST_S):
        most = float(np.nanmax(slip[where]))
        found.append(
            detection(DetectionKind.WHEELSPIN, lap, where, most / limit, driven_slip=most, throttle=lap.throttle_frac[where].max())
        )
    return found


def slip_limit(baseline: Baseline) -> float:
    """0.12, or twice what the driver's own laps exceed a tenth of the time: some tyres pull best at more slip than others."""
    high = baseline.drive_slip
    return max(LEAST_SLIP, 2 * high) if np.isfinite(high) else LEAST_SLIP

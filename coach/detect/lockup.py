"""A wheel that locks under braking, from live channels.

Two signs. The engine turns with the driven wheels, so their slip is measured wherever clutch and gear allow it: precise, but it
sees one axle. And a locking wheel no longer passes its brake torque on: the car slows less than the held pedal gives otherwise.
That second sign is the same as an ABS at work, so it counts only in cars without one; it needs a clear lock-up to stand out of
the scatter, so it misses the slight ones (a single front wheel of a rear-driven car).
"""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray
from coach.detect.baseline import BRAKING, LOCKED_SLIP, Baseline, expected_braking, held_brake
from coach.detect.detection import Detection, DetectionKind
from coach.detect.signals import Signals, detection, driven_slip, runs

SHORTEST_S = 0.10
_ONE_LOCKUP_S = 0.35  # a downshift hides the driven wheels for 0.3 s
_LEAST_SLIP = 0.10  # coaching.md 3.5: of the driven axle
_LEAST_DEFICIT = 0.15  # coaching.md 3.5
_DEFICIT_SDS = 2.5  # coaching.md 3.5's figure for a residual that counts


def find_lockups(lap: Signals, baseline: Baseline) -> list[Detection]:
    """Lock-ups of at least 0.1 s. Strength: slip or missing deceleration over its threshold."""
    slip = -driven_slip(lap, baseline.speed_per_rpm) / slip_limit(baseline)
    lack = np.zeros(slip.size) if baseline.abs_fitted else _lack(lap, baseline)
    strength = np.fmax(np.where(lap.brake_frac > BRAKING, slip, 0.0), lack)
    found = []
    for where in runs(lap.judged & (strength > 1), lap.time_s, at_least_s=SHORTEST_S, bridge_s=_ONE_LOCKUP_S):
        most = float(np.nanmax(strength[where]))
        slips = slip[where][np.isfinite(slip[where])]
        figures = {"driven_slip": float(slips.max()) * slip_limit(baseline) if slips.size else np.nan}
        figures |= {"brake_peak": float(lap.brake_frac[where].max()), "lack_over_limit": float(np.nanmax(lack[where]))}
        found.append(detection(DetectionKind.LOCKUP, lap, where, most, **figures))
    return found


def slip_limit(baseline: Baseline) -> float:
    """Driven axle's slip at which one of its wheels is locking while the other slips as usual: a differential shows the mean."""
    usual = baseline.brake_slip[0]
    return max(_LEAST_SLIP, (LOCKED_SLIP + usual) / 2) if np.isfinite(usual) else _LEAST_SLIP


def _lack(lap: Signals, baseline: Baseline) -> FloatArray:
    """Share of the expected deceleration that is missing, over the share that counts; 0 where the pedal is not held."""
    expected = np.maximum(expected_braking(baseline, lap), 1.0)
    limit = np.maximum(_LEAST_DEFICIT, _DEFICIT_SDS * baseline.brake_scatter_mps2 / expected)
    missing = 1 + lap.push_mps2 / expected
    return np.where(np.isfinite(missing) & (held_brake(lap) > 2 * BRAKING), missing / limit, 0.0)

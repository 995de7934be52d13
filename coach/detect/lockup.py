"""A wheel that locks under braking, from live channels.

Two signs. The engine turns with the driven wheels, so their slip is measured wherever clutch and gear allow it: precise, but it
sees one axle. And a locking wheel no longer passes its brake torque on: the car slows less than the held pedal gives otherwise.
That second sign is the same as an ABS at work, so it counts only in cars known to have none, and only where the pedal is pressed at least half
as far as in the hardest braking of the laps: a light pedal locks no loaded wheel, and there engine, air and slope move the deceleration as much
as a locked wheel would. It needs a clear lock-up to stand out of the scatter, so it misses the slight ones (a single front wheel).
"""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray
from coach.detect.baseline import LOCKED_SLIP, Baseline, expected_braking, held_brake
from coach.detect.detection import Detection, DetectionKind
from coach.detect.signals import BRAKING, Signals, detection, driven_slip, joined, runs

SHORTEST_S = 0.10
_ONE_LOCKUP_S = 0.35  # a downshift hides the driven wheels for 0.3 s
_LEAST_SLIP = 0.10  # coaching.md 3.5: of the driven axle
_LEAST_DEFICIT = 0.10  # locked tyres keep 75 to 90 % of their grip, two fronts do seven tenths of the braking: 7 to 17 % are missing
_DEFICIT_SDS = 3.5  # the usual limit of a MAD-based z
_HARD = 0.5  # of the hardest pedals


def find_lockups(lap: Signals, baseline: Baseline) -> list[Detection]:
    """Lock-ups of at least 0.1 s. Strength: slip or missing deceleration over its threshold."""
    slip = -driven_slip(lap, baseline.speed_per_rpm)
    lack = np.zeros(slip.size) if baseline.abs_possible else _lack(lap, baseline)
    strength = np.fmax(np.where(lap.brake_frac > BRAKING, slip / slip_limit(lap, baseline), 0.0), lack)
    found = []
    for where in joined(runs(lap.steered & (strength > 1), lap.time_s, at_least_s=SHORTEST_S), lap.time_s, _ONE_LOCKUP_S):
        most = float(np.nanmax(strength[where]))
        slips = slip[where][np.isfinite(slip[where])]
        figures = {"driven_slip": float(slips.max()) if slips.size else np.nan}
        figures |= {"brake_peak": float(lap.brake_frac[where].max()), "lack_over_limit": float(np.nanmax(lack[where]))}
        found.append(detection(DetectionKind.LOCKUP, lap, where, most, **figures))
    return found


def slip_limit(lap: Signals, baseline: Baseline) -> FloatArray:
    """Driven axle's slip at which one of its wheels is locking while the other slips as usual, shape (k,): a differential shows the mean.

    An ABS at work that keeps wheels from locking holds both at the same slip: then the mean is that of each.
    """
    limit = np.fmax(_LEAST_SLIP, (LOCKED_SLIP + baseline.brake_slip) / 2)
    return np.where(lap.abs_active & baseline.abs_holds, LOCKED_SLIP, limit)


def _lack(lap: Signals, baseline: Baseline) -> FloatArray:
    """Share of the expected deceleration that is missing, over the share that counts; 0 where the pedal asks for little."""
    expected = np.maximum(expected_braking(baseline, lap), 1.0)
    limit = np.maximum(_LEAST_DEFICIT, _DEFICIT_SDS * baseline.brake_scatter_mps2 / expected)
    missing = 1 + lap.push_mps2 / expected
    hard = held_brake(lap) > _HARD * baseline.hard_pedal_frac
    return np.where(np.isfinite(missing) & hard, missing / limit, 0.0)

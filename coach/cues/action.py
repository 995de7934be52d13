"""Where a driver first acts for a corner: a cue about it must have ended before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.compare.phases import CornerPhases
from coach.track.map import Corner

# A cue is to have ended a second before the driver acts in 99 % of cases (coaching.md 4.3, A5): where he acts scatters like a
# normal variable, and its spread is known from few laps only, so the next lap may lie t s sqrt(1 + 1/n) away.
# One-sided 99 % quantiles of Student's t for 1, 2, ... degrees of freedom; the newest laps are at most eight.
T_99 = (31.82, 6.965, 4.541, 3.747, 3.365, 3.143, 2.998)
SIGMA_OF_MAD = 1.4826


def action_of(corner: Corner, laps: Sequence[CornerPhases]) -> float:
    """Station before which the first lift, touch of the brake or turn of the wheel for a corner hardly ever comes, m.

    From his newest laps: their median, and their spread, robust against the one on which he did something else. With normal scatter one lap
    of a hundred is earlier when he has driven many, three or four of a hundred after four to eight: what robustness costs.
    """
    firsts = [float(np.nanmin(acts)) for lap in laps if np.isfinite(acts := np.array([lap.lift_m, lap.brake_on_m, lap.turn_in_m])).any()]
    if not firsts:
        return corner.turn_in_m
    middle, n = float(np.median(firsts)), len(firsts)
    spread = SIGMA_OF_MAD * float(np.median(np.abs(np.array(firsts) - middle)))
    return middle - T_99[min(max(n - 2, 0), len(T_99) - 1)] * float(np.sqrt(1.0 + 1.0 / n)) * spread

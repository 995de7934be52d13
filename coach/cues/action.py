"""Where a driver first acts for a corner: a cue about it must have ended before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.compare.phases import CornerPhases
from coach.track.map import Corner

# A cue is to have ended a second before the driver acts in 99 % of cases (coaching.md 4.3, A5): where he acts scatters like a
# normal variable, and of so few laps its spread is known, its rarest value is not.
NORMAL_99 = 2.33  # one-sided 99 % quantile of the normal distribution
SIGMA_OF_MAD = 1.4826


def action_of(corner: Corner, laps: Sequence[CornerPhases]) -> float:
    """Station before which the first lift, touch of the brake or turn of the wheel for a corner comes on one lap of a hundred, m.

    From his newest laps: their median, and their spread, robust against the one on which he did something else.
    """
    firsts = [float(np.nanmin(acts)) for lap in laps if np.isfinite(acts := np.array([lap.lift_m, lap.brake_on_m, lap.turn_in_m])).any()]
    if not firsts:
        return corner.turn_in_m
    middle = float(np.median(firsts))
    return middle - NORMAL_99 * SIGMA_OF_MAD * float(np.median(np.abs(np.array(firsts) - middle)))

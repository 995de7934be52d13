"""Where a driver first acts for a corner: a cue about it must have ended before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.compare.phases import CornerPhases
from coach.track.map import Corner

EARLY = 0.1  # of his laps act earlier than this


def action_of(corner: Corner, laps: Sequence[CornerPhases]) -> float:
    """Station of the first lift, touch of the brake or turn of the wheel for a corner, m: where it comes early on his laps.

    A cue must have ended before the action of the lap that comes, not of the usual one.
    """
    firsts = [np.nanmin(acts) for lap in laps if np.isfinite(acts := np.array([lap.lift_m, lap.brake_on_m, lap.turn_in_m])).any()]
    return float(np.quantile(firsts, EARLY)) if firsts else corner.turn_in_m

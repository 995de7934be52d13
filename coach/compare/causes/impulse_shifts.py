"""Takes the swings of shifting out of the energy between two laps, so that a shift is no impulse unless it costs something."""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray
from coach.compare.causes.impulse_gates import Gates
from coach.compare.causes.impulse_sides import Side, Sides
from coach.compare.causes.impulse_units import Unit

SHIFT_S = 0.4  # a shift with a clutch; sequential boxes take less
SAME_SHIFT_S = 1.0  # two shifts farther apart are two decisions


def bridged(sides: Sides, units: tuple[Unit, ...], energy: FloatArray, gates: Gates) -> FloatArray:
    """Energy, shape (m,), drawn straight over two swings that are neither loss nor gain.

    One shift at two stations: a slower car shifts up at the same speed but a few metres later, and between the two the energy
    goes to and fro by what a shift costs. And a lower gear: it drives harder until its additional shift takes that back.
    """
    level = energy.copy()
    theirs = _upshifts(sides.reference)
    for at, gear in _upshifts(sides.own):
        nearest = min((other for other, number in theirs if number == gear), key=lambda other: abs(other - at), default=at)
        apart = abs(float(np.log(sides.own.speed_mps[at] / sides.reference.speed_mps[nearest])))
        first, last = min(at, nearest), max(at, nearest)
        away_s = float(sides.own.time_s[last] - sides.own.time_s[first])
        if nearest != at and apart < gates.gear_speed_frac and away_s < SAME_SHIFT_S:
            _draw(level, sides, sides.own.time_s[first] - SHIFT_S, last)
        elif nearest == at or away_s >= SAME_SHIFT_S:
            since = next(unit.own.full_throttle for unit in units if at < unit.end)
            if since < at and sides.own.gear[since] < sides.reference.gear[since]:
                _draw(level, sides, sides.own.time_s[since], at)
    return level


def _draw(level: FloatArray, sides: Sides, from_s: float, last: int) -> None:
    """A straight line from a time of own lap to shortly after an index."""
    low = int(np.searchsorted(sides.own.time_s, from_s))
    high = min(len(level) - 1, int(np.searchsorted(sides.own.time_s, sides.own.time_s[last] + SHIFT_S)))
    level[low : high + 1] = np.interp(np.arange(low, high + 1), [low, high], [level[low], level[high]])


def _upshifts(side: Side) -> list[tuple[int, float]]:
    """Index and new gear of every shift up."""
    at = np.flatnonzero(np.diff(side.gear) > 0.0) + 1
    return [(int(i), float(side.gear[i])) for i in at]

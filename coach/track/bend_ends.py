"""Where bends begin and end: on the reference line, not on the driven one.

What is one bend, drivers decide: they straighten kinks and drive two arcs as one. Where it begins and ends is the track's affair;
a driver's hands move metres earlier or later from lap to lap, the reference line's curvature does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.arrays import FloatArray
from coach.track.bends import Bend, centre, crossing, demand_of, stretches
from coach.track.smoothing import smooth

WIDTH_M, LEAVE = 15.0, 0.20  # coaching.md 2.3: of the lap's usual demand
# Of the bend's own largest demand, where that is more: low on the flank of a strong bend lie the gentle arcs before and after it.
LEAVE_STRONG = 0.25


def with_track_ends(bends: Sequence[Bend], curvature_1pm: FloatArray, speed_mps: FloatArray, step_m: float) -> list[Bend]:
    """The same bends with the ends and the centre that the reference line has there.

    `curvature_1pm`: of the reference line, closed, shape (n,); speed likewise. To a bend belong the arcs of its direction whose
    middle lies in it or that hold its apex. An end stays where it was driven when no arc belongs to it, or when the arc reaches
    into a neighbour.
    """
    kappa = smooth(curvature_1pm, WIDTH_M, step_m, closed=True)
    demand = demand_of(kappa, speed_mps, WIDTH_M, step_m)
    if not bends or not np.isfinite(demand).all():
        return list(bends)
    # Three laps one after the other: no arc is cut by the line.
    length = len(demand) * step_m
    kappa, demand = np.tile(kappa, 3), np.tile(demand, 3)
    arcs = {sign: stretches(sign * demand, LEAVE, LEAVE) for sign in (1, -1)}
    around = [_moved(bends[-1], -length), *bends, _moved(bends[0], length)]
    cut: list[Bend] = []
    for before, bend, after in zip(around, around[1:], around[2:], strict=False):
        bent = bend.direction * demand
        inside = [arc for arc in arcs[bend.direction] if _belongs(arc, _moved(bend, length), step_m)]
        if not inside:
            cut.append(bend)
            continue
        first, last = inside[0][0], inside[-1][1] + 1
        level = max(LEAVE, LEAVE_STRONG * float(bent[first:last].max()))
        high = first + np.flatnonzero(bent[first:last] >= level)
        turn_in, turn_out = (crossing(bent, int(high[i]), way, level) * step_m - length for i, way in ((0, -1), (-1, 1)))
        turn_in = turn_in if turn_in > _last(before, bend.direction) else bend.turn_in_m
        turn_out = turn_out if turn_out < _first(after, bend.direction) else bend.turn_out_m
        strongest = (first + int(np.argmax(bent[first:last]))) * step_m - length
        driven = not turn_in <= strongest <= turn_out  # an arc shared with a neighbour: nothing of it would be left
        cut.append(bend if driven else _centred(Bend(bend.direction, turn_in, bend.apex_m, turn_out), kappa, length, step_m))
    return cut


def _moved(bend: Bend, way_m: float) -> Bend:
    return Bend(bend.direction, bend.turn_in_m + way_m, bend.apex_m + way_m, bend.turn_out_m + way_m)


def _belongs(arc: tuple[int, int], bend: Bend, step_m: float) -> bool:
    first, last = arc[0] * step_m, arc[1] * step_m
    return bend.turn_in_m <= 0.5 * (first + last) <= bend.turn_out_m or first <= bend.apex_m <= last


def _last(before: Bend, sign: int) -> float:
    """Where a bend may begin at the earliest: after the end of one of its own direction, after the apex of one of the other."""
    return before.turn_out_m if before.direction == sign else before.apex_m


def _first(after: Bend, sign: int) -> float:
    return after.turn_in_m if after.direction == sign else after.apex_m


def _centred(bend: Bend, kappa: FloatArray, length_m: float, step_m: float) -> Bend:
    """The bend with its apex in the centre of the squared curvature between its ends."""
    first, last = int(np.ceil((bend.turn_in_m + length_m) / step_m)), int((bend.turn_out_m + length_m) / step_m)
    apex = (first + centre(bend.direction * kappa[first : last + 1])) * step_m - length_m
    return Bend(bend.direction, bend.turn_in_m, apex, bend.turn_out_m)

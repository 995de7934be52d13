"""Finding the corners of a track from laps: fixed per track, numbered in driving order (method: coaching.md 2.3).

The curvature of the driven line says what is one corner, that of the reference line where it begins and ends
(`coach/track/bend_ends.py`), the drivers' pedals say where its window starts (`coach/track/windows.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.arrays import FloatArray
from coach.laps.trace import LapTrace
from coach.track.bend_ends import with_track_ends
from coach.track.bends import Bend, find_bends
from coach.track.lapwise import on_lap, typical, whole
from coach.track.map import Corner
from coach.track.path import LapPath
from coach.track.reckon import path_of
from coach.track.reference_curvature import reference_curvature
from coach.track.windows import LapInputs, inputs_of, lap_starts, taken_flat, window_starts

LINKED_S = 1.0  # corners of opposite sign closer than this are driven as one
LINKED_SHARE = 0.02  # of the lap; closer than this only the biggest loss may speak
SLOW_LAP = 1.07  # of the fastest lap; slower laps say little about where the track turns (motor sport's 107 % rule)


def find_corners(traces: Sequence[LapTrace], paths: Sequence[LapPath] | None = None) -> tuple[Corner, ...]:
    """The corners of the track these laps were driven on; works with one lap, better with five or more.

    Laps that do not cover the whole lap are left out. An empty tuple: nothing turns, or no lap is complete.
    """
    paths = [path_of(trace) for trace in traces] if paths is None else paths
    usable = [(trace, path) for trace, path in zip(traces, paths, strict=True) if whole(trace, path.curvature_1pm)]
    usable = [usable[i] for i in quick([trace.lap.lap_time_s for trace, _ in usable])]
    if not usable:
        return ()
    step, length = usable[0][0].step_m, usable[0][0].track_length_m
    driven = typical([on_lap(trace, path.curvature_1pm) for trace, path in usable])
    reference = typical([reference_curvature(trace, path) for trace, path in usable])
    speed = typical([on_lap(trace, trace.grid["speed_mps"]) for trace, _ in usable])
    bends = find_bends(driven, speed, step)
    ends = with_track_ends(bends, reference, speed, step)
    return _corners(bends, ends, [inputs_of(trace) for trace, _ in usable], speed, length, step)


def quick(lap_times_s: Sequence[float]) -> list[int]:
    """Indices of the laps within 107 % of the fastest; laps without a time only when none has one."""
    fastest = min((time for time in lap_times_s if np.isfinite(time)), default=np.inf)
    return [i for i, time in enumerate(lap_times_s) if not np.isfinite(fastest) or time <= SLOW_LAP * fastest]


def _corners(
    bends: list[Bend], track_ends: list[Bend], laps: list[LapInputs], speed_mps: FloatArray, length_m: float, step_m: float
) -> tuple[Corner, ...]:
    """Bends with windows, numbers and marks, all of them the drivers' affair, and with the ends they have on the track.

    A bend over the line belongs to the side its apex is on.
    """
    if not bends:
        return ()
    flat = taken_flat(bends, laps, length_m)
    starts = window_starts(bends, flat, laps, length_m)
    starts = lap_starts(starts, bends, length_m, step_m)
    linked = _complexes(bends, speed_mps, length_m, step_m)
    ends = [*starts[1:], length_m]
    corners = []
    for i, bend in enumerate(track_ends):
        turn_in = max(bend.turn_in_m, starts[i] + step_m)
        apex = max(bend.apex_m, turn_in)
        turn_out = min(max(bend.turn_out_m, apex), ends[i])
        corners.append(
            Corner(i + 1, f"Turn {i + 1}", bend.direction, starts[i], turn_in, apex, turn_out, ends[i], linked[i], coachable=not flat[i])
        )
    return tuple(corners)


def _complexes(bends: list[Bend], speed_mps: FloatArray, length_m: float, step_m: float) -> list[int]:
    """Complex number of each bend, 0 for one that stands alone."""
    ids = [0] * len(bends)
    for i in range(1, len(bends)):
        gap = bends[i].turn_in_m - bends[i - 1].turn_out_m
        between = speed_mps[round(bends[i - 1].turn_out_m / step_m) % len(speed_mps)]
        opposite = bends[i].direction != bends[i - 1].direction
        if gap < LINKED_SHARE * length_m or (opposite and gap < LINKED_S * between):
            ids[i - 1] = ids[i - 1] or max(ids) + 1
            ids[i] = ids[i - 1]
    return ids

"""Building a track map from laps, and improving one with further laps.

Each lap is reckoned on its own, laid over the others by station (`coach/track/align.py`), and the typical line, grade, bank
and reach to either side are taken. The map's line is the drivers' typical line, not the middle of the road.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.arrays import FloatArray
from coach.errors import NoCompleteLap
from coach.laps.lap import LapKind
from coach.laps.trace import LapTrace
from coach.track.align import ComplexArray, across, lay_on
from coach.track.corners import find_corners
from coach.track.lapwise import on_lap, typical, whole
from coach.track.map import TrackMap
from coach.track.names import named_track_of, with_names
from coach.track.path import LapPath, PathSource
from coach.track.reckon import path_of
from coach.track.smoothing import fill_closed, smooth
from coach.track.surface import bank_of, grade_of

LINE_WIDTH_M = 4.0  # the line's heading is taken over the same 4 m as a lap's curvature
LAPS_FOR_CORNERS = 5  # coaching.md 2.3: corners from five laps or more stay as they are
ON_TRACK = 3.0  # track_surface value
_QUALITY = {PathSource.VELOCITY_YAW: 0, PathSource.LAT_LON: 0, PathSource.YAW_RATE: 1, PathSource.STEERING: 2}


@dataclass(frozen=True, slots=True)
class _Geometry:
    """The closed line, shape (n,) each.

    The curvature is the laps' own, not the line's derivative: where the line is closed upon itself it has a seam.
    """

    line: ComplexArray  # NaN when there is none
    heading_rad: FloatArray
    curvature_1pm: FloatArray


def build_track_map(traces: Sequence[LapTrace], previous: TrackMap | None = None) -> TrackMap:
    """The map of the track these laps were driven on; `previous` is improved by them, weighted by its number of laps.

    Clean laps are used, else timed ones, else any that cover the whole lap. Raises NoCompleteLap when there is none.
    """
    laps = _best_laps(traces)
    if not laps:
        raise NoCompleteLap("no lap covers the whole track, so no track map can be made; give a recording with a complete lap")
    first = laps[0][0]
    step, length, count = first.step_m, first.track_length_m, round(first.track_length_m / first.step_m)
    if previous is not None and len(previous.x_m) != count:
        previous = None  # another length: another configuration, or a new build of the track
    geometry, offsets = _geometry(laps, previous, count, step)
    left, right = _reach(laps, offsets, previous, count)
    session = first.session
    lap_list = [trace for trace, _ in laps]
    made = TrackMap(
        track_id=session.track_id,
        name=session.track_name or session.track_id,
        config=session.track_config,
        length_m=length,
        step_m=step,
        version=1 if previous is None else previous.version + 1,
        lap_count=len(laps) + (0 if previous is None else previous.lap_count),
        x_m=np.ascontiguousarray(geometry.line.real),
        y_m=np.ascontiguousarray(geometry.line.imag),
        heading_rad=geometry.heading_rad,
        curvature_1pm=geometry.curvature_1pm,
        grade_frac=grade_of(lap_list),
        bank_rad=bank_of(lap_list),
        left_m=left,
        right_m=right,
        corners=(),
    )
    return _with_corners(made if previous is None else _weighted_surface(made, previous, len(laps)), laps, previous)


def _best_laps(traces: Sequence[LapTrace]) -> list[tuple[LapTrace, LapPath]]:
    """Whole laps of the best path source there is, clean ones if any; all on one grid."""
    laps = [(trace, path_of(trace)) for trace in traces]
    laps = [(trace, path) for trace, path in laps if whole(trace, path.curvature_1pm)]
    laps = [item for item in laps if item[0].lap.kind is LapKind.TIMED] or laps
    laps = [item for item in laps if item[0].lap.clean] or laps
    best = min((_QUALITY[path.source] for _, path in laps), default=0)
    return [item for item in laps if _QUALITY[item[1].source] == best and _same_grid(item[0], laps[0][0])]


def _same_grid(trace: LapTrace, other: LapTrace) -> bool:
    return round(trace.track_length_m / trace.step_m) == round(other.track_length_m / other.step_m)


def _geometry(
    laps: list[tuple[LapTrace, LapPath]], previous: TrackMap | None, count: int, step_m: float
) -> tuple[_Geometry, list[FloatArray]]:
    """The line of these laps (with `previous` as so many more laps) and each lap's offset from it, shape (n,)."""
    curvature = typical([on_lap(trace, path.curvature_1pm) for trace, path in laps])
    positions = [fill_complex(on_lap(trace, path.x_m), on_lap(trace, path.y_m)) for trace, path in laps]
    if not np.isfinite(positions[0]).all():
        if previous is not None:  # the steering knows less than the map does
            kept = previous.x_m + 1j * previous.y_m
            return _Geometry(kept, previous.heading_rad, previous.curvature_1pm), [np.full(count, np.nan)] * len(laps)
        return _without_position(curvature, typical([on_lap(trace, path.stretch) for trace, path in laps]), step_m), [
            np.full(count, np.nan)
        ] * len(laps)
    share = np.arange(count) / count
    has_line = previous is not None and bool(np.isfinite(previous.x_m).all())
    line = previous.x_m + 1j * previous.y_m if previous is not None and has_line else positions[_middle(positions)]
    known = previous.lap_count if previous is not None and has_line else 0
    # A path from the yaw rate leaves the sideslip out and is off by about a metre: it is laid on a map but does not move it.
    weight = 0 if known and laps[0][1].source is PathSource.YAW_RATE else len(laps)
    anchor = line
    for _ in range(2):
        heading = _heading_of(line, step_m)
        laid = [lay_on(position, line, heading, share) for position in positions]
        stack = np.stack(laid)
        fresh = np.median(stack.real, axis=0) + 1j * np.median(stack.imag, axis=0)
        line = _closed((known * anchor + weight * fresh) / (known + weight), share)
    line = _placed(line, step_m)
    heading = _heading_of(line, step_m)
    laid = [lay_on(position, line, heading, share) for position in positions]
    if previous is not None and known:
        curvature = (known * previous.curvature_1pm + weight * curvature) / (known + weight)
    return _Geometry(line, heading, curvature), [across(lap - line, heading) for lap in laid]


def fill_complex(x_m: FloatArray, y_m: FloatArray) -> ComplexArray:
    """Complex positions of a closed lap, gaps of a metre or two at its ends bridged."""
    return fill_closed(x_m) + 1j * fill_closed(y_m)


def _middle(positions: list[ComplexArray]) -> int:
    """The lap whose shape is nearest to all others' (a first guess that one odd lap cannot spoil)."""
    if len(positions) < 3:
        return 0
    size = np.array([np.abs(position - position.mean()).mean() for position in positions])
    return int(np.argmin(np.abs(size - np.median(size))))


def _closed(line: ComplexArray, share: FloatArray) -> ComplexArray:
    """The line with its gap at start/finish spread evenly around the lap."""
    onward = line[-1] + 0.5 * (line[-1] - line[-2] + line[1] - line[0])
    closed: ComplexArray = line - (onward - line[0]) * share
    return closed


def _placed(line: ComplexArray, step_m: float) -> ComplexArray:
    """The line turned and moved so that it starts at the origin along x."""
    heading = _heading_of(line, step_m)[0]
    placed: ComplexArray = (line - line[0]) * np.exp(-1j * heading)
    return placed


def _tangent(line: ComplexArray, step_m: float) -> ComplexArray:
    """Change of position per grid point around the closed line, smoothed, complex, shape (n,)."""
    central = 0.5 * (np.roll(line, -1) - np.roll(line, 1))
    return smooth(central.real, LINE_WIDTH_M, step_m, closed=True) + 1j * smooth(central.imag, LINE_WIDTH_M, step_m, closed=True)


def _heading_of(line: ComplexArray, step_m: float) -> FloatArray:
    return np.unwrap(np.angle(_tangent(line, step_m)))


def _without_position(curvature: FloatArray, stretch: FloatArray, step_m: float) -> _Geometry:
    """Only the curvature's shape is known: the heading is its sum, scaled to one turn; there is no line."""
    heading = np.concatenate([[0.0], np.cumsum(curvature * stretch * step_m)])
    turn = abs(heading[-1])
    scale = 2.0 * np.pi / turn if turn > np.pi else 1.0
    return _Geometry(np.full(len(curvature), np.nan + 0j), heading[:-1] * scale, curvature * scale)


def _reach(
    laps: list[tuple[LapTrace, LapPath]], offsets: list[FloatArray], previous: TrackMap | None, count: int
) -> tuple[FloatArray, FloatArray]:
    """How far cars went to the left and right of the line while the simulator called them on track, m (>= 0)."""
    reach = np.full((2, count), np.nan) if previous is None else np.stack([previous.left_m, previous.right_m])
    for (trace, _), offset in zip(laps, offsets, strict=True):
        on_track = np.ones(count, dtype=bool)
        if trace.has("track_surface"):
            surface = on_lap(trace, trace.grid["track_surface"])
            on_track = (surface == ON_TRACK) | ~np.isfinite(surface)
        there = np.where(on_track, offset, np.nan)
        reach = np.fmax(reach, np.maximum(np.stack([there, -there]), 0.0))
    return reach[0], reach[1]


def _weighted_surface(made: TrackMap, previous: TrackMap, lap_count: int) -> TrackMap:
    """Grade and bank as the mean of both maps, by number of laps; where one does not know, the other."""

    def mean(new: FloatArray, old: FloatArray) -> FloatArray:
        both = (lap_count * new + previous.lap_count * old) / (lap_count + previous.lap_count)
        return np.where(np.isfinite(both), both, np.where(np.isfinite(new), new, old))

    return replace(
        made, grade_frac=mean(made.grade_frac, previous.grade_frac), bank_rad=mean(made.bank_rad, previous.bank_rad), name=previous.name
    )


def _with_corners(made: TrackMap, laps: list[tuple[LapTrace, LapPath]], previous: TrackMap | None) -> TrackMap:
    """Corners are fixed once five laps stand behind them; until then a larger set of laps finds them anew."""
    if previous is not None and previous.corners and (previous.lap_count >= LAPS_FOR_CORNERS or len(laps) <= previous.lap_count):
        found = previous.corners
    else:
        found = find_corners([trace for trace, _ in laps], [path for _, path in laps])
    known = named_track_of(laps[0][0])
    if known is None:
        return replace(made, corners=found)
    return replace(made, corners=with_names(found, known, made.length_m), name=made.name or known.name)

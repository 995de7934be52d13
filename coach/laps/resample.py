"""Laps as traces: the ticks of a lap with its margins, and every channel on the station grid, made when first asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from coach.arrays import BoolArray, FloatArray, IntArray
from coach.errors import NoCompleteLap
from coach.laps.crossings import find_laps
from coach.laps.lap import Lap, LapKind
from coach.laps.length import track_length_of
from coach.laps.stations import NOMINAL_HZ, Motion, motion_of
from coach.laps.trace import MARGIN_M, LapTrace
from coach.telemetry.channels import BY_NAME, Kind
from coach.telemetry.recording import Recording

GRID_M = 1.0  # nominal spacing; the true one divides the track length
OWN_NAMES = frozenset({"station_m", "time_s"})


class Columns(Mapping[str, FloatArray]):
    """Columns by name, computed on first access. A channel that the source lacks is not `in` it and reads as NaN."""

    __slots__ = ("_cache", "_make", "_names", "_size")

    def __init__(self, names: frozenset[str], given: dict[str, FloatArray], make: Callable[[str], FloatArray]) -> None:
        self._names = names | frozenset(given)
        self._cache = dict(given)
        self._make = make
        self._size = next(iter(given.values())).size

    def __getitem__(self, name: str) -> FloatArray:
        if name not in self._cache:
            if name in self._names:
                column = self._make(name)
            elif name in BY_NAME:
                column = np.full(self._size, np.nan)
            else:
                raise KeyError(name)
            column.setflags(write=False)
            self._cache[name] = column
        return self._cache[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    def __len__(self) -> int:
        return len(self._names)


def trace_laps(recording: Recording, laps: Iterable[Lap] | None = None, track_length_m: float | None = None) -> tuple[LapTrace, ...]:
    """Traces of the given laps, by default of all complete ones, with margins of 400 m where the drive goes on.

    `track_length_m`: the track's length where it is known better than from this recording; two laps share their grid only with
    the same length. NoCompleteLap: no lap was given and the recording has no complete one.
    """
    chosen = tuple(find_laps(recording) if laps is None else laps)
    if laps is None:
        chosen = tuple(lap for lap in chosen if lap.kind is LapKind.TIMED)
        if not chosen:
            raise NoCompleteLap(f"{recording.path}: no complete lap, from the line round to the line; record at least one whole lap")
    own_length = track_length_of(recording)
    length = own_length if track_length_m is None else track_length_m
    return tuple(_trace(recording, _motion_around(recording, lap, own_length), lap, length) for lap in chosen)


def _motion_around(recording: Recording, lap: Lap, length_m: float) -> Motion:
    """The lap's ticks and those of the minute before and after it, which reach 400 m unless the car crawls."""
    minute = round(60.0 * (recording.session.tick_rate_hz or NOMINAL_HZ))
    return motion_of(recording, max(lap.first - minute, 0), lap.last + minute, length_m)


def trace_lap(recording: Recording, lap: Lap, track_length_m: float | None = None) -> LapTrace:
    """Trace of one lap. Of a lap without a crossing at its start the time counts from its first tick."""
    return trace_laps(recording, (lap,), track_length_m)[0]


def _trace(recording: Recording, motion: Motion, lap: Lap, length_m: float) -> LapTrace:
    inside = np.searchsorted(motion.index, [lap.first, lap.last])
    rows, station = _stations(motion, int(inside[0]), int(inside[1]), lap, length_m)
    begin_s = lap.start_s if np.isfinite(lap.start_s) else float(motion.time_s[inside[0]])
    time = motion.time_s[rows] - begin_s
    index = motion.index[rows]
    session_time = motion.time_s[rows]
    ticks = Columns(
        recording.available,
        {"station_m": station, "time_s": time, "session_time_s": session_time},
        lambda name: recording.column(name)[index],
    )
    step = length_m / max(round(length_m / GRID_M), 1)
    return LapTrace(lap, recording.session, length_m, step, ticks, _grid(ticks, station, time, lap, length_m, step))


def _stations(motion: Motion, first: int, last: int, lap: Lap, length_m: float) -> tuple[IntArray, FloatArray]:
    """Rows of the motion in the lap and its margins, station strictly increasing, and their stations."""
    begin, end = _drive(motion, first, last)
    origin = _origin(motion, first, last, lap)
    station = (motion.laps[begin:end] - origin) * length_m
    lap_end = length_m if np.isfinite(lap.end_s) else float(station[last - 1 - begin])
    lap_begin = 0.0 if np.isfinite(lap.start_s) else float(station[first - begin])
    near = _near(station, first - begin, last - begin, lap_begin - MARGIN_M, lap_end + MARGIN_M)
    rows = np.flatnonzero(near)
    keep = _increasing(station[rows])
    return rows[keep] + begin, station[rows[keep]]


def _drive(motion: Motion, first: int, last: int) -> tuple[int, int]:
    """Bounds of the unbroken drive around a lap."""
    begin, end = np.searchsorted(motion.stretch, [motion.stretch[first], motion.stretch[last - 1] + 1])
    return int(begin), int(end)


def _origin(motion: Motion, first: int, last: int, lap: Lap) -> float:
    """Count of laps at station 0 of this lap. The lap's middle decides: its ends may lie either side of the line by rounding."""
    if np.isfinite(lap.start_s) and np.isfinite(lap.end_s):
        return float(np.round(0.5 * (motion.laps[first] + motion.laps[last - 1]) - 0.5))
    return float(np.floor(motion.laps[last - 1] if np.isfinite(lap.end_s) else motion.laps[first]))


def _near(station: FloatArray, first: int, last: int, lowest_m: float, highest_m: float) -> BoolArray:
    """Ticks of the lap, and those before and after it as long as they stay within the margins."""
    near = (station >= lowest_m) & (station <= highest_m)
    before = np.flatnonzero(~near[:first])
    after = np.flatnonzero(~near[last:])
    if before.size:
        near[: before[-1] + 1] = False
    if after.size:
        near[last + after[0] :] = False
    near[first:last] = True
    # One tick more at either end, so that the grid's own ends lie between two ticks.
    near[:-1] |= near[1:]
    near[1:] |= near[:-1].copy()
    return near


def _increasing(station: FloatArray) -> BoolArray:
    """Ticks that are further on than all before them."""
    reached = np.maximum.accumulate(station)
    return np.concatenate(([True], reached[1:] > reached[:-1]))


def _grid(ticks: Columns, station: FloatArray, time: FloatArray, lap: Lap, length_m: float, step_m: float) -> Columns:
    """The grid covers whole steps from 400 m before the line to 400 m after the next, whatever the recording covers."""
    margin = math.ceil(MARGIN_M / step_m)
    grid_m: FloatArray = np.arange(-margin, round(length_m / step_m) + margin + 1, dtype=np.float64) * step_m
    # A file cut at the line starts or ends a tick or two inside the lap: the first or last sample holds up to the line.
    lowest = min(station[0], 0.0) if np.isfinite(lap.start_s) else station[0]
    highest = max(station[-1], length_m) if np.isfinite(lap.end_s) else station[-1]
    covered = (grid_m >= lowest) & (grid_m <= highest + 1e-9)
    left = np.clip(np.searchsorted(station, grid_m, side="right") - 1, 0, max(station.size - 2, 0))
    right = np.minimum(left + 1, station.size - 1)
    width = np.where(right > left, station[right] - station[left], 1.0)
    share = np.clip((grid_m - station[left]) / width, 0.0, 1.0)
    held = np.where(share >= 1.0, right, left)

    def make(name: str) -> FloatArray:
        column = ticks[name]
        kind = BY_NAME[name].kind
        if kind is Kind.CONTINUOUS:
            low = column[left]
            return np.where(covered, low + (column[right] - low) * share, np.nan)
        if kind is Kind.ANGLE:
            low = column[left]
            turn = column[right] - low
            angle = low + (turn - 2.0 * np.pi * np.round(turn / (2.0 * np.pi))) * share
            return np.where(covered, angle - 2.0 * np.pi * np.ceil(angle / (2.0 * np.pi) - 0.5), np.nan)
        return np.where(covered, column[held], np.nan)

    given = {"station_m": grid_m, "time_s": _time_on_grid(grid_m, station, time, lap, length_m, covered)}
    names = frozenset(name for name in ticks if name not in OWN_NAMES)
    return Columns(names, given, make)


def _time_on_grid(grid_m: FloatArray, station: FloatArray, time: FloatArray, lap: Lap, length_m: float, covered: BoolArray) -> FloatArray:
    """Time at every grid point; the crossings are knots, so that it is 0 at the line and the lap time at L."""
    knots_m, knots_s = station, time
    for at_m, at_s, known in ((0.0, 0.0, np.isfinite(lap.start_s)), (length_m, lap.lap_time_s, np.isfinite(lap.lap_time_s))):
        if known:
            place = int(np.searchsorted(knots_m, at_m))
            same = place < knots_m.size and knots_m[place] == at_m
            knots_m = knots_m if same else np.insert(knots_m, place, at_m)
            knots_s = np.concatenate((knots_s[:place], [at_s], knots_s[place + same :]))
    on_grid = np.interp(grid_m, knots_m, knots_s)
    within = covered | ((grid_m >= knots_m[0]) & (grid_m <= knots_m[-1]))
    start = round(-grid_m[0] / (grid_m[1] - grid_m[0]))
    stop = grid_m.size - 1 - start
    if np.isfinite(lap.start_s):
        on_grid[start] = 0.0
    if np.isfinite(lap.lap_time_s):
        on_grid[stop] = lap.lap_time_s
    return np.where(within, on_grid, np.nan)

"""Laps of a recording: where the car crossed the line going forward, and what lies between.

A crossing is a position that goes on over the line, tick by tick, as fast as the car drives. The simulator's lap counter is
only asked for the number: it steps on resets and tows too, and late.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coach.arrays import IntArray
from coach.laps.lap import Lap, LapKind
from coach.laps.official import official_time
from coach.laps.stations import Motion, motion_of
from coach.laps.validity import Signals, judge, signals_of
from coach.telemetry.recording import Recording

EDGE_TICKS = 2.0  # a file that starts or ends within two ticks of the line was cut there
STANDING_MPS = 1.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a recording between two crossings, or between a crossing and an end. Ticks [first, last) of the motion."""

    first: int
    last: int
    start_s: float
    end_s: float
    cut: bool  # a reset, tow or jump ended it


def find_laps(recording: Recording) -> tuple[Lap, ...]:
    """Every lap of the recording in driving order, complete or not, with its reasons.

    NoCompleteLap: there is no position or no track length to find laps by.
    """
    motion = motion_of(recording)
    signals = signals_of(recording)
    stretches = _stretches(motion)
    return tuple(_lap(recording, motion, signals, stretch) for stretch in stretches if not _nowhere(motion, signals, stretch))


def _lap(recording: Recording, motion: Motion, signals: Signals, stretch: Stretch) -> Lap:
    first = int(motion.index[stretch.first])
    last = int(motion.index[stretch.last - 1]) + 1
    kind = _kind(motion, signals, stretch, first, last)
    number = _number(recording, first, last)
    official = official_time(recording, motion, number, stretch.start_s, stretch.end_s, stretch.last)
    bare = Lap(number, kind, first, last, stretch.start_s, stretch.end_s, official.time_s)
    return judge(bare, motion, signals, cut=stretch.cut, counted=official.counted)


def _number(recording: Recording, first: int, last: int) -> int:
    """The lap number shown over most of the lap; the counter steps a tick or two off the line and is 0 in a reset."""
    numbers = recording.column("lap_number")[first:last]
    numbers = numbers[np.isfinite(numbers)]
    return int(np.median(numbers)) if numbers.size else 0


def _kind(motion: Motion, signals: Signals, stretch: Stretch, first: int, last: int) -> LapKind:
    timed = bool(np.isfinite(stretch.start_s) and np.isfinite(stretch.end_s))
    standing = not np.isfinite(stretch.start_s) and motion.speed_mps[stretch.first] <= STANDING_MPS
    from_pits = bool(signals.in_pits[first]) or standing
    if from_pits:
        return LapKind.OUT
    if signals.in_pits[last - 1] and not stretch.cut:
        return LapKind.IN
    return LapKind.TIMED if timed else LapKind.PARTIAL


def _nowhere(motion: Motion, signals: Signals, stretch: Stretch) -> bool:
    """A sample or two while the simulator moves the car, or the car standing in its stall."""
    moved = motion.laps[stretch.last - 1] - motion.laps[stretch.first]
    inside = motion.index[stretch.first : stretch.last]
    return stretch.last - stretch.first < 2 or bool(signals.away[inside].all()) or abs(moved) * motion.length_m < STANDING_MPS


def _stretches(motion: Motion) -> list[Stretch]:
    """All parts in order, from the crossings of every unbroken stretch of driving."""
    if motion.index.size == 0:
        return []
    bounds = np.concatenate(([0], np.flatnonzero(np.diff(motion.stretch)) + 1, [motion.index.size]))
    crossed = _forward_crossings(motion)
    parts: list[Stretch] = []
    long = np.flatnonzero(np.diff(bounds) > 1)  # single samples between two jumps are no driving
    for begin, end in zip(bounds[long].tolist(), bounds[long + 1].tolist(), strict=True):
        inner = crossed[slice(*np.searchsorted(crossed, [begin, end - 1]))]
        times = [crossing_time(motion, int(step)) for step in inner]
        starts = [(begin, _cut_at_line(motion, begin) if begin == 0 else np.nan)]
        starts += [(int(step) + 1, time) for step, time in zip(inner, times, strict=True)]
        at_end = end == motion.index.size
        ends = [*starts[1:], (end, _cut_at_line(motion, end - 1) if at_end else np.nan)]
        parts += [
            Stretch(first, last, start_s, end_s, cut=last == end and not at_end and motion.time_s[end] >= motion.time_s[end - 1])
            for (first, start_s), (last, end_s) in zip(starts, ends, strict=True)
            if last > first
        ]
    return parts


def _forward_crossings(motion: Motion) -> IntArray:
    """Steps i (from tick i to i + 1) on which the line is crossed for the first time: rolling back over it does not undo it."""
    apart = 1 << 32  # keeps the running maximum of one stretch from reaching into the next
    whole = np.floor(motion.laps).astype(np.int64)
    reached = np.maximum.accumulate(whole + motion.stretch * apart) - motion.stretch * apart
    return np.flatnonzero((np.diff(reached) > 0) & (np.diff(motion.stretch) == 0)).astype(np.int64)


def _cut_at_line(motion: Motion, tick: int) -> float:
    """Time at the line where the recording's first or last tick lies within two ticks of it at speed; else NaN."""
    speed, position = motion.speed_mps[tick], motion.laps[tick]
    if not speed > STANDING_MPS:
        return np.nan
    to_line = float(np.round(position) - position) * motion.length_m / speed
    outside = to_line <= 0.0 if tick == 0 else to_line >= 0.0
    return float(motion.time_s[tick] + to_line) if outside and abs(to_line) <= EDGE_TICKS * motion.tick_s else np.nan


def crossing_time(motion: Motion, step: int) -> float:
    """Clock time at the line between ticks `step` and `step + 1`.

    Constant acceleration between the two ticks, scaled to the distance covered.
    """
    line = np.floor(motion.laps[step + 1])
    time = motion.time_s[step : step + 2]
    (here, there), (v0, v1) = motion.laps[step : step + 2].tolist(), motion.speed_mps[step : step + 2].tolist()
    return float(time[0] + (time[1] - time[0]) * share_to_line(here, there, float(line), v0, v1))


def share_to_line(here: float, there: float, line: float, v0: float, v1: float) -> float:
    """Share of a step's time at which the line is reached, from positions (laps) and speeds (m/s) at its ends.

    Solves s0 + k (v0 tau + (v1 - v0) tau^2 / 2) = s_line; plain proportion where the car hardly moves.
    """
    share = (line - here) / (there - here)
    if not (v0 > STANDING_MPS and v1 > STANDING_MPS):
        return share
    mean = 0.5 * (v0 + v1)
    # Stable form of the quadratic's root; v1 = v0 needs no special case.
    return 2.0 * share * mean / (v0 + math.sqrt(v0 * v0 + 2.0 * (v1 - v0) * share * mean))

"""When there is time to speak: how long each metre takes this driver, and where he neither brakes nor turns.

Taken from a lap of his own, because he is the one who will drive the next one. Stations here go on over the line: L + s is
station s of the lap after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.compare.phases import CornerPhases
from coach.cues.action import action_of
from coach.laps.trace import LapTrace
from coach.track.map import Corner

BRAKING = 0.05  # of the pedal: coaching.md 2.4's onset
STEADY_S = 0.5  # over which turning is told from correcting: hands correct at 1-3 Hz
Z_99 = 2.326  # one-sided 99 % quantile of the normal distribution
ELSEWHERE = 2.0  # degrees of freedom that the spread elsewhere is worth: those of three laps, the fewest behind a topic
LAPS_AHEAD = 3  # grids are laid behind each other so that a plan may reach over the line


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """One lap of this driver as time to speak in.

    `time_s`, shape (3 n + 1,): time since the line at station i * step_m, three laps behind each other. `speed_mps`: same shape. `quiet`, same shape:
    neither braking nor turning there. `action_m`: by corner number, the station where hand or foot first acts for it.
    """

    length_m: float
    step_m: float
    time_s: FloatArray
    speed_mps: FloatArray
    quiet: BoolArray
    action_m: dict[int, float]

    def time_at(self, station_m: float) -> float:
        """Time at a station 0 .. 3 L, s; beyond them, that of the end. One look-up: it is asked for in every tick while a cue is due."""
        place = min(max(station_m / self.step_m, 0.0), self.time_s.size - 1.0)
        index = min(int(place), self.time_s.size - 2)
        low = float(self.time_s[index])
        return low + (float(self.time_s[index + 1]) - low) * (place - index)

    def station_at(self, time_s: float) -> float:
        """Station at a time, m."""
        return float(np.interp(time_s, self.time_s, np.arange(self.time_s.size) * self.step_m))

    def quiet_runs(self, from_s: float, to_s: float) -> list[tuple[float, float]]:
        """Times [begin, end] between two times within which he neither brakes nor turns, latest first."""
        edges = np.diff(np.concatenate(([False], self.quiet, [False])).astype(np.int8))
        begins, ends = self.time_s[np.flatnonzero(edges == 1)], self.time_s[np.flatnonzero(edges == -1) - 1]
        runs = [(max(float(begin), from_s), min(float(end), to_s)) for begin, end in zip(begins, ends, strict=True)]
        return [run for run in reversed(runs) if run[1] > run[0]]


def road_of(traces: Sequence[LapTrace], corners: Sequence[Corner], phases: Sequence[Sequence[CornerPhases]], turning_mps2: float) -> Road:
    """The road from his newest laps, oldest first; times are the newest one's. `phases[i][k]`: lap i, corner k."""
    trace = traces[-1]
    inside = slice(trace.start, trace.stop)
    time, speed = trace.grid["time_s"][inside], trace.grid["speed_mps"][inside]
    lap_time = trace.lap.lap_time_s
    tiled = np.concatenate([time + lap * lap_time for lap in range(LAPS_AHEAD)] + [np.array([LAPS_AHEAD * lap_time])])
    quiet = np.tile(_quiet(traces, turning_mps2), LAPS_AHEAD)
    return Road(
        trace.track_length_m,
        trace.step_m,
        tiled,
        np.append(np.tile(speed, LAPS_AHEAD), speed[0]),
        np.append(quiet, quiet[0]),
        {corner.number: action_of(corner, [lap[k] for lap in phases]) for k, corner in enumerate(corners)},
    )


def _quiet(traces: Sequence[LapTrace], turning_mps2: float) -> BoolArray:
    """Where all laps neither brake nor turn, shape (n,), and the next one will not turn either.

    Of n laps the next one turns in earlier than all of them once in n + 1 times, and in a long bend it turns a little more or less each
    time: it is quiet where it will turn less than `turning_mps2` in 99 of 100 cases. What few laps show of the spread at one place is
    partly chance: what all quiet places together show counts as much as three laps there, and is the least that is believed. A spot that
    no lap turned at and that is passed sooner than the mean of the acceleration takes parts no straight by its own spread alone, but it does
    where hands that differ as they do elsewhere would turn.
    """
    braking = np.any([_brake(one) > BRAKING for one in traces], axis=0)
    lateral_mps2 = np.array([_lateral(one) for one in traces])
    quiet = ~braking & np.all(np.abs(lateral_mps2) <= turning_mps2, axis=0)
    n = len(traces)
    if n < 2 or not quiet.any():
        return np.asarray(quiet)
    variance = lateral_mps2.var(axis=0, ddof=1)
    elsewhere = variance[quiet].mean()
    there = np.maximum(elsewhere, ((n - 1) * variance + ELSEWHERE * elsewhere) / (n - 1 + ELSEWHERE))
    most_mps2 = (turning_mps2 - np.abs(lateral_mps2.mean(axis=0))) / (Z_99 * np.sqrt(1.0 + 1.0 / n))
    calm = quiet & (np.sqrt(there) <= most_mps2)
    straight = quiet & (np.sqrt(elsewhere) <= most_mps2)
    return np.asarray(calm | (straight & _spots(~calm, traces[-1])))


def _spots(busy: BoolArray, trace: LapTrace) -> BoolArray:
    """Where a stretch between two others, shape (n,), is passed in less than STEADY_S; around the line, too."""
    inside = slice(trace.start, trace.stop)
    time_s = trace.grid["time_s"][inside]
    time_s = time_s - time_s[0]
    edges = np.diff(np.concatenate(([False], busy, busy, [False])).astype(np.int8))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    twice_s = np.concatenate((time_s, time_s + trace.lap.lap_time_s, [2.0 * trace.lap.lap_time_s]))
    spots = np.zeros(2 * busy.size, dtype=np.bool_)
    for begin, end in zip(begins, ends, strict=True):
        spots[begin:end] = begin > 0 and end < 2 * busy.size and twice_s[end] - twice_s[begin] < STEADY_S
    return np.asarray(spots[: busy.size] | spots[busy.size :])


def _brake(trace: LapTrace) -> FloatArray:
    """Brake 0..1, shape (n,)."""
    inside = slice(trace.start, trace.stop)
    return np.fmax(np.nan_to_num(trace.grid["brake_frac"][inside]), np.nan_to_num(trace.grid["brake_raw_frac"][inside]))


def _lateral(trace: LapTrace) -> FloatArray:
    """Lateral acceleration without the hands' tremble, m/s2, + left, shape (n,)."""
    inside = slice(trace.start, trace.stop)
    lateral_mps2 = np.nan_to_num(trace.grid["speed_mps"][inside] * trace.grid["yaw_rate_radps"][inside])
    return steady_lateral(lateral_mps2, trace.grid["time_s"][inside])


def steady_lateral(lateral_mps2: FloatArray, time_s: FloatArray) -> FloatArray:
    """Lateral acceleration (signed, m/s2, shape (k,)) as its mean over STEADY_S around each sample: hands that tremble on a straight turn nothing."""
    summed = np.concatenate(([0.0], np.cumsum(lateral_mps2)))
    first = np.searchsorted(time_s, time_s - STEADY_S / 2)
    last = np.searchsorted(time_s, time_s + STEADY_S / 2, side="right")
    return np.asarray((summed[last] - summed[first]) / (last - first))

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
FLICKER_S = 0.3  # a shorter spell of turning or braking between two straights is no corner (a kink's edge, a bump)
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
        """Times [begin, end] within which he neither brakes nor turns, latest first."""
        edges = np.diff(np.concatenate(([False], self.quiet, [False])).astype(np.int8))
        begins, ends = self.time_s[np.flatnonzero(edges == 1)], self.time_s[np.flatnonzero(edges == -1) - 1]
        runs = [(max(float(begin), from_s), min(float(end), to_s)) for begin, end in zip(begins, ends, strict=True)]
        return [run for run in reversed(runs) if run[1] > run[0]]


def road_of(trace: LapTrace, corners: Sequence[Corner], phases: Sequence[Sequence[CornerPhases]], turning_mps2: float) -> Road:
    """The road from one lap; `phases[i][k]`: of his newest laps, lap i, corner k: his actions are taken over them."""
    inside = slice(trace.start, trace.stop)
    time, speed = trace.grid["time_s"][inside], trace.grid["speed_mps"][inside]
    brake = np.fmax(np.nan_to_num(trace.grid["brake_frac"][inside]), np.nan_to_num(trace.grid["brake_raw_frac"][inside]))
    turning = np.abs(np.nan_to_num(speed * trace.grid["yaw_rate_radps"][inside])) > turning_mps2
    lap_time = trace.lap.lap_time_s
    tiled = np.concatenate([time + lap * lap_time for lap in range(LAPS_AHEAD)] + [np.array([LAPS_AHEAD * lap_time])])
    quiet = np.tile(~turning & ~(brake > BRAKING), LAPS_AHEAD)
    return Road(
        trace.track_length_m,
        trace.step_m,
        tiled,
        np.append(np.tile(speed, LAPS_AHEAD), speed[0]),
        np.append(_without_flicker(quiet, tiled), quiet[0]),
        {corner.number: action_of(corner, [lap[k] for lap in phases]) for k, corner in enumerate(corners)},
    )


def _without_flicker(quiet: BoolArray, time_s: FloatArray) -> BoolArray:
    """Short busy spells count as quiet: they are no corner."""
    edges = np.diff(np.concatenate(([True], quiet, [True])).astype(np.int8))
    steady = quiet.copy()
    for begin, end in zip(np.flatnonzero(edges == -1).tolist(), np.flatnonzero(edges == 1).tolist(), strict=True):
        if time_s[min(end, time_s.size - 1)] - time_s[begin] < FLICKER_S:
            steady[begin:end] = True
    return steady

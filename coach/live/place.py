"""Where the car is, tick by tick: station, crossings of the line, jumps. The streaming twin of `coach/laps`.

It keeps no history and never guesses across a jump: after one the lap under way has no start.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

from coach.laps.crossings import share_to_line
from coach.laps.length import CLEAR_OF_LINE
from coach.laps.stations import JUMP_M, NOT_IN_WORLD, PATH_RATIO
from coach.telemetry.frame import Frame

SAME = 1e-3  # of the length: a metre on a kilometre, far beyond what single precision costs there
LEAST_FRAC = 1e-3  # nearer the line station over fraction is rounding


class Moved(Enum):
    """What a tick was."""

    ON = auto()  # driving on, or standing
    CROSSED = auto()  # the line was crossed forwards for the first time
    JUMPED = auto()  # moved by the simulator, or ticks are missing that could hide a lap
    LOST = auto()  # no position in this tick


@dataclass(slots=True)
class Place:
    """Position of the car. Stations in m, times on the session clock in s; NaN until known.

    `station_m`: from the line, 0 .. L, a little more or less while rolling back and forth over it. `line_s`: when the line at
    the start of this lap was crossed; NaN when that was not seen. `driven_m`: since the last crossing or jump.
    """

    length_m: float = math.nan
    station_m: float = math.nan
    line_s: float = math.nan
    last_line_s: float = math.nan  # the crossing before
    t_s: float = math.nan
    speed_mps: float = 0.0
    _measured: bool = False  # the length is final
    _frac: float = math.nan
    _session: float = math.nan  # its number within the event
    _doubted: float = math.nan  # fraction of the tick before, when it was over the line faster than the car drives
    _ahead: float = 0.0  # laps beyond the line that was crossed last, continuous; below 0 after rolling back

    def move(self, frame: Frame) -> Moved:
        """Take a tick. Costs no search and no allocation."""
        t_s, frac, speed = frame["session_time_s"], frame["lap_dist_frac"], frame["speed_mps"]
        if not (math.isfinite(t_s) and math.isfinite(frac)):
            return Moved.LOST
        speed = speed if math.isfinite(speed) else self.speed_mps
        self._measure_length(frame, frac)
        frac -= math.floor(frac)  # slightly negative at the line
        if self._doubtful(frac, t_s, speed):
            return Moved.LOST
        before_s, before_mps, before = self.t_s, self.speed_mps, self._ahead
        self.t_s, self.speed_mps = t_s, speed
        step = frac - self._frac if math.isfinite(self._frac) and not self._other_session(frame) else math.nan
        self._frac = frac
        if self._jumped(step, t_s - before_s, max(speed, before_mps), frame["track_surface"]):
            return self._anew(frac)
        self._ahead = before + step - round(step)
        if self._ahead >= 1.0:
            share = share_to_line(before, self._ahead, 1.0, before_mps, speed)
            self.last_line_s, self.line_s = self.line_s, before_s + share * (t_s - before_s)
            self._ahead -= 1.0
            self.station_m = self._ahead * self.length_m
            return Moved.CROSSED
        self.station_m = self._ahead * self.length_m
        return Moved.ON

    def _doubtful(self, frac: float, t_s: float, speed_mps: float) -> bool:
        """Whether this tick claims the line too early: before the next one has told, it is left out.

        One that drives on from the doubted one is believed.
        """
        step = frac - self._frac
        step -= round(step) if math.isfinite(step) else 0.0
        early_m = step * self.length_m - PATH_RATIO * max(speed_mps, self.speed_mps) * (t_s - self.t_s)
        if not (self._ahead + step >= 1.0 and 0.0 < early_m <= JUMP_M):
            self._doubted = math.nan
            return False
        on_m = (frac - self._doubted) * self.length_m
        self._doubted = frac
        return not 0.0 < on_m <= PATH_RATIO * speed_mps * (t_s - self.t_s)

    def _jumped(self, step: float, elapsed_s: float, speed_mps: float, surface: float) -> bool:
        if not math.isfinite(step) or elapsed_s < 0.0 or surface == NOT_IN_WORLD:
            return True
        if not math.isfinite(self.length_m):  # the first ticks beside the line: no reach in metres to judge by
            return abs(step - round(step)) > CLEAR_OF_LINE
        reach_m = PATH_RATIO * speed_mps * elapsed_s + JUMP_M
        return abs(step - round(step)) * self.length_m > reach_m or reach_m > 0.5 * self.length_m

    def _other_session(self, frame: Frame) -> bool:
        """Whether practice has become qualifying, or the like: the drive before belongs to something else."""
        before, self._session = self._session, frame["session_num"]
        return before != self._session and not (math.isnan(before) or math.isnan(self._session))

    def _anew(self, frac: float) -> Moved:
        self._ahead = frac
        self.line_s = self.last_line_s = math.nan
        self.station_m = frac * self.length_m
        return Moved.JUMPED

    def know_length(self, length_m: float) -> None:
        """The length as whole laps have shown it, for a source that gives no station in metres."""
        if not math.isfinite(self.length_m):
            self.length_m = length_m
            self.station_m = self._ahead * length_m

    def _measure_length(self, frame: Frame, frac: float) -> None:
        """Length from station over fraction, until two ticks so far from the line that rounding does not matter agree on it."""
        if self._measured or not LEAST_FRAC < frac <= 1.0:
            return
        dist_m = frame["lap_dist_m"]
        if 0.0 < dist_m < math.inf:
            length_m = dist_m / frac
            self._measured = frac > CLEAR_OF_LINE and abs(length_m - self.length_m) <= SAME * length_m
            self.length_m = length_m

"""Why the coach is silent now, whatever there would be to say; an empty word when it may speak.

Nothing here judges driving. Rules and numbers: coaching science section 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from coach.cues.settings import CueSettings
from coach.laps.validity import OFF_TRACK_TICKS, TRAFFIC_GAP_M, TRAFFIC_GAP_S, YELLOW_BITS
from coach.telemetry.frame import Frame

CHECKERED = 5.0  # session_state: from the flag on, cool-down included
OFF_TRACK, PIT_STALL, NEAR_PITS, ON_TRACK = 0.0, 1.0, 2.0, 3.0  # track_surface
BESIDE = frozenset({2.0, 3.0, 4.0, 5.0, 6.0})  # car_left_right: somebody is there
# What keeps technique silent for the rest of the lap (ApexLap): the driver has other things on his mind, and the lap is spoilt.
SPOILT = "off the track on this lap"
NOT_DRIVING = "not in the car"
JUST_BACK = "just back"
FIRST_LAP = "first lap"
OUT_LAP = "out lap"
IN_PITS = "in the pits"
TOWED = "being towed"
REPLAY = "a replay is shown"
TRAFFIC = "a car close ahead"
BESIDE_YOU = "a car beside you"
YELLOW = "yellow flag"
TOO_SLOW = "too slow"
OVER = "the session is over"
NO_POSITION = "no position from the simulator"


@dataclass(slots=True)
class Silence:
    """What the ticks of this lap have shown. `lap_started` and `jumped` are to be told by the caller."""

    settings: CueSettings
    timed_laps: int = 0  # complete laps since the last jump or pit stop
    out_lap: bool = True
    _off_ticks: int = 0  # running
    _spoilt: bool = False
    _trouble_s: float = -1e9  # the last tick of trouble on the track

    def lap_started(self) -> None:
        """The line was crossed."""
        self.timed_laps = 0 if self.out_lap else self.timed_laps + 1
        self.out_lap = False
        self._spoilt = False

    def jumped(self) -> None:
        """The car was put somewhere: what follows is an out lap."""
        self.out_lap = True
        self.timed_laps = 0
        self._trouble_s = -1e9  # of another clock, perhaps; the out lap is silent anyway

    def reason(self, frame: Frame) -> str:
        """Why nothing may be said in this tick; empty when speaking is allowed."""
        t_s, surface = frame["session_time_s"], frame["track_surface"]
        away = self._away(frame, surface)
        if away:
            self._trouble_s = t_s
            return away
        self._off_ticks = self._off_ticks + 1 if surface == OFF_TRACK else 0
        if self._off_ticks >= OFF_TRACK_TICKS:
            self._spoilt, self._trouble_s = True, t_s
        if self._spoilt:
            return SPOILT
        if self.out_lap:
            return OUT_LAP
        if self.timed_laps < 1:
            return FIRST_LAP
        if t_s < self._trouble_s + self.settings.after_trouble_s:
            return JUST_BACK
        return self._others(frame) or (TOO_SLOW if frame["speed_mps"] < self.settings.slowest_mps else "")

    def _away(self, frame: Frame, surface: float) -> str:
        if frame["is_replay"] == 1.0:
            return REPLAY
        if frame["is_on_track"] == 0.0 or frame["is_in_garage"] == 1.0 or surface == -1.0:
            return NOT_DRIVING
        if frame["tow_time_s"] > 0.0:
            self.jumped()
            return TOWED
        if frame["on_pit_road"] == 1.0 or surface in {PIT_STALL, NEAR_PITS}:
            self.jumped()
            return IN_PITS
        return ""

    def _others(self, frame: Frame) -> str:
        ahead_m, flags = frame["dist_ahead_m"], frame["session_flags"]
        if frame["session_state"] >= CHECKERED:
            return OVER
        if math.isfinite(flags) and int(flags) & YELLOW_BITS:
            return YELLOW
        if frame["car_left_right"] in BESIDE:
            return BESIDE_YOU
        close_m = max(TRAFFIC_GAP_S * frame["speed_mps"], TRAFFIC_GAP_M)
        return TRAFFIC if 0.0 < ahead_m < close_m else ""

"""What a lap is: its bounds, its time, whether it counts and why not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class LapKind(StrEnum):
    """How a lap began and ended. Only a timed lap has a lap time."""

    TIMED = "timed"  # both crossings at the line, complete
    OUT = "out"  # starts by leaving pit road, or from a standstill
    IN = "in"  # ends on pit road
    PARTIAL = "partial"  # the recording starts or stops inside it, or a reset broke it


class Reason(StrEnum):
    """Why a lap is not clean. A clean lap has none of these."""

    OUT_LAP = "out lap"
    IN_LAP = "in lap"
    PARTIAL = "partial"
    OFF_TRACK = "off-track"
    INCIDENT = "incident"
    TOW = "tow"
    RESET = "reset"
    PIT = "pit"
    DROPOUT = "dropout"
    TRAFFIC = "traffic"
    YELLOW = "yellow"
    WET_CHANGE = "wet change"
    IMPLAUSIBLE = "implausible"
    NOT_COUNTED = "not counted by the simulator"


@dataclass(frozen=True, slots=True)
class Integrity:
    """Figures that let others judge a lap's data.

    `missing_ticks`: ticks the clock says should be there. `longest_gap_s`: longest step of the clock. `backwards_ticks`:
    ticks on which the station went back. `distance_ratio`: integral of speed over track length (0.98-1.03 is usual).
    `official_difference_s`: measured minus official lap time, NaN without an official one.
    """

    missing_ticks: int = 0
    longest_gap_s: float = 0.0
    backwards_ticks: int = 0
    distance_ratio: float = np.nan
    official_difference_s: float = np.nan


@dataclass(frozen=True, slots=True)
class Lap:
    """One lap of a recording. Ticks [first, last) lie inside it; times are on the session clock, at the line, sub-tick."""

    number: int  # the simulator's own lap number
    kind: LapKind
    first: int
    last: int
    start_s: float  # NaN when the lap has no crossing at its start
    end_s: float  # NaN when the lap has no crossing at its end
    official_lap_time_s: float = np.nan
    reasons: tuple[Reason, ...] = ()
    integrity: Integrity = Integrity()

    @property
    def lap_time_s(self) -> float:
        """Measured between the two crossings; NaN unless both are there."""
        return self.end_s - self.start_s

    @property
    def clean(self) -> bool:
        """Timed, and nothing speaks against it."""
        return self.kind is LapKind.TIMED and not self.reasons

    @property
    def ticks(self) -> int:
        """Number of samples inside the lap."""
        return self.last - self.first

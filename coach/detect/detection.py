"""What a detector says: an event of a lap, where and when it was, how strong, and what it was seen by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DetectionKind(StrEnum):
    """What can be detected in a lap from live channels."""

    LOCKUP = "lockup"
    WHEELSPIN = "wheelspin"
    UNDERSTEER = "understeer"
    OVERSTEER = "oversteer"
    SPIN = "spin"
    OFF_TRACK = "off_track"
    ABS_OVERUSE = "abs_overuse"
    INCONSISTENCY = "inconsistency"


@dataclass(frozen=True, slots=True)
class Detection:
    """One event. Stations in m and times in s as in the trace's ticks (0 at the line at the start of the lap).

    `strength` is how far beyond its threshold the event went, as a ratio (1 at the threshold). `evidence` holds the figures it
    was seen by, named with their units.
    """

    kind: DetectionKind
    start_m: float
    end_m: float
    start_s: float
    end_s: float
    strength: float
    evidence: tuple[tuple[str, float], ...]

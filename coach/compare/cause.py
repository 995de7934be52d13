"""The cause vocabulary: the fixed set of words for why time was lost, used in code, files, cues and pages alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Cause(StrEnum):
    """Why time was lost in a stretch."""

    BRAKE_EARLY = "brake_early"
    BRAKE_LATE = "brake_late"
    BRAKE_SOFT = "brake_soft"
    SLOW_APEX = "slow_apex"  # minimum speed lower than the line allows
    THROTTLE_LATE = "throttle_late"
    THROTTLE_SOFT = "throttle_soft"
    LINE = "line"  # missed apex, tighter arc than needed, wrong entry
    LIFT = "lift"
    COASTING = "coasting"
    LOCKUP = "lockup"
    WHEELSPIN = "wheelspin"
    UNDERSTEER = "understeer"
    OVERSTEER = "oversteer"
    GEAR = "gear"
    POWER = "power"  # less acceleration at equal speed, gear and full throttle: draft, fuel, set-up; nobody's action
    GRIP = "grip"  # less lateral acceleration everywhere on the same line: tyres, set-up, conditions; nobody's action
    UNEXPLAINED = "unexplained"


NOT_THE_DRIVER = frozenset({Cause.POWER, Cause.GRIP, Cause.UNEXPLAINED})


class Phase(StrEnum):
    """Where in a corner time went; stated even when the cause is unsure."""

    ENTRY = "entry"  # window start to turn-in and on to the end of braking
    MID = "mid"  # to the throttle application
    EXIT = "exit"  # throttle application to the end of the window, straight included


@dataclass(frozen=True, slots=True)
class CauseShare:
    """Time one cause cost in one corner window. `detail` holds the evidence: plain numbers whose names carry units."""

    cause: Cause
    time_lost_s: float
    detail: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why nobody can be sure. `{causes}` in the text stands for the names of its causes, which the wording puts in."""

    text: str
    causes: tuple[Cause, ...] = ()


CARRIED = "from_corner_number"  # in `detail`: paid in this window, but owed to what was done at that other corner
CARRIED_WEIGHT = 0.75  # a loss brought along is blamed on the corner it comes from, unless it is clearly the larger one here


def ranked(shares: list[CauseShare]) -> tuple[CauseShare, ...]:
    """Largest loss first, a carried one at three quarters of its size; shares of nothing are left out."""
    return tuple(sorted((share for share in shares if abs(share.time_lost_s) > 1e-6), key=lambda share: -weight_of(share)))


def weight_of(share: CauseShare) -> float:
    """Seconds that a share ranks by."""
    return share.time_lost_s * (CARRIED_WEIGHT if CARRIED in share.detail else 1.0)

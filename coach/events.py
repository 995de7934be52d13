"""What the live engine says: one flat record per event, the same for overlay, voice, session log and `racing-coach replay --json`.

An event carries figures and a word for why; it decides nothing. docs/cli.md is the contract of its fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NAN = float("nan")


class EventKind(StrEnum):
    """What an event is about."""

    STATUS = "status"  # the coach's mode changed: `state` says how, `reason` why it is silent
    LAP = "lap"  # a lap ended: `text` its time in words, `state` clean or not, `reason` why not
    REFERENCE = "reference"  # another reference: `text` says which, `reason` the rule that chose it
    CORNER = "corner"  # a corner window ended: `time_lost_s` against the reference
    DETECTION = "detection"  # something happened to the car: `cause` what
    TOPIC = "topic"  # a topic was taken up, rested, came back or was closed: `state`, `reason`
    CUE = "cue"  # a cue: `state` planned, spoken, shortened, dropped
    EFFECT = "effect"  # what a topic's corner cost before and after its cues
    JUMP = "jump"  # the car was moved, or ticks are missing: nothing is concluded across it


class CueState(StrEnum):
    """How far a cue came."""

    PLANNED = "planned"
    SPOKEN = "spoken"
    SHORTENED = "shortened"  # spoken in its short form
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Numbers are NaN and words empty where they do not apply; `corner` 0 means none.

    `t_s`: session clock; `station_m`: where the car was. `start_m`, `deadline_m`: stations between which a cue may begin.
    `spoken_s`: length of the clip. `gain_s`: what following the cue is expected to gain per lap, + gain; `interval_s` its 95 %
    interval, `n` the laps behind it. `time_lost_s`: + lost, against the reference.
    """

    kind: EventKind
    t_s: float
    lap: int = 0
    station_m: float = NAN
    corner: int = 0
    cause: str = ""
    text: str = ""
    state: str = ""
    reason: str = ""
    start_m: float = NAN
    deadline_m: float = NAN
    spoken_s: float = NAN
    gain_s: float = NAN
    interval_s: tuple[float, float] = (NAN, NAN)
    n: int = 0
    time_lost_s: float = NAN

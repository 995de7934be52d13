"""What the live engine says: one flat record per event, the same for overlay, voice, session log and `racing-coach replay --json`.

An event carries figures and a word for why; it decides nothing. docs/cli.md is the contract of its fields.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

NAN = float("nan")


class EventKind(StrEnum):
    """What an event is about."""

    STATUS = "status"  # the coach's mode changed: `state` says how, `reason` why it is silent
    LAP = "lap"  # a lap ended: `text` its time in words, `state` clean or not, `reason` why not
    REFERENCE = "reference"  # another reference: `text` says which, `reason` the rule that chose it; "limited": other conditions
    CORNER = "corner"  # a corner window ended: `time_lost_s` against the reference
    DETECTION = "detection"  # something happened to the car: `cause` what
    TOPIC = "topic"  # a topic was taken up, rested, came back or was closed: `state`, `reason`
    CUE = "cue"  # a cue: `state` planned, spoken, shortened, dropped
    TONES = "tones"  # tones to a braking point: `state` planned, approach, brake, dropped
    EFFECT = "effect"  # what a topic's corner cost before and after its cues
    JUMP = "jump"  # the car was moved, or ticks are missing: nothing is concluded across it
    MARK = "mark"  # the driver marked this moment; the engine itself says none


class CueState(StrEnum):
    """How far a cue came."""

    PLANNED = "planned"
    SPOKEN = "spoken"
    SHORTENED = "shortened"  # spoken in its short form
    DROPPED = "dropped"


SAID = frozenset({CueState.SPOKEN.value, CueState.SHORTENED.value})


class ToneState(StrEnum):
    """Which tones are to sound at `heard_s`."""

    APPROACH = "approach"  # three rising ones, the first of them then
    BRAKE = "brake"  # the tick at the braking point


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Numbers are NaN and words empty where they do not apply; `corner` 0 means none.

    `t_s`: session clock; `station_m`: where the car was. `start_m`, `deadline_m`: stations between which a cue may begin.
    `spoken_s`: length of the clip. `gain_s`: what following the cue is expected to gain per lap, + gain; `interval_s` its 95 %
    interval, `n` the laps behind it. `time_lost_s`: + lost, against the reference. `heard_s`: when a tone is to be heard, on the session clock.
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
    heard_s: float = NAN


def event_fields(event: Event) -> dict[str, Any]:
    """The event by the names of the contract (docs/cli.md), ready for JSON: what does not apply is None or empty."""
    values: dict[str, Any] = {field.name: _plain(getattr(event, field.name)) for field in fields(event)}
    return {"event": values.pop("kind").value, **values, "corner": event.corner or None}


def _plain(value: Any) -> Any:
    """Floats to 0.1 mm and 0.1 ms, NaN and infinity as None: JSON has neither."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value

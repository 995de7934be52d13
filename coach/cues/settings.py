"""How much the coach says: every threshold of the cue rules, three named styles and one sensitivity scale.

Values are the starting numbers of coaching science, each from a product or study that uses it; docs/cues.md lists them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from coach.compare.causes.agreement import MIN_LOSS_S
from coach.errors import BadInput


class Style(StrEnum):
    """How talkative the coach is."""

    QUIET = "quiet"
    NORMAL = "normal"
    TALKATIVE = "talkative"


@dataclass(frozen=True, slots=True)
class CueSettings:
    """Thresholds of the cue rules. Times in s, lengths in m, speeds in m/s."""

    least_loss_s: float = 0.10  # mean loss of a corner, and mean price of its cause, worth words (gt7: 0.15, ACCoach: 0.2 per lap)
    laps_needed: int = 3  # comparable laps behind a topic
    laps_seen: int = 2  # of them with the cause, the newest included
    laps_looked_at: int = 6  # the newest comparable laps that a pattern is taken from
    laps_recalled: int = 24  # of earlier sessions: those in today's conditions are proof from the first lap on; 0: none
    brake_least_m: float = 10.0  # a smaller shift of the braking point is not worth saying
    topics_per_session: int = 3
    topics_at_once: int = 1  # human coaches: the next topic only when the first is automatic
    laps_per_topic: int = 6
    cues_running: int = 6  # laps running on which one topic is cued at most; then it rests for one (gt7, ACCoach: 1)
    within_band_laps: int = 2  # laps inside the driver's own noise before a cue rests, and again before the topic is closed
    corrections_per_lap: int = 1
    remarks_per_lap: int = 2  # praise and effects
    suspicions: int = 0  # 1: say candidates that only one kind of proof supports, phrased as something to try
    gap_s: float = 4.0  # of silence between two cues
    end_before_action_s: float = 1.0  # a cue has ended this long before the foot or hand must act
    margin_s: float = 0.5  # it is meant to begin this much before the last moment
    trim_s: float = 0.0  # the driver's own taste: + earlier
    ahead_s: float = 20.0  # a cue moved to an earlier straight comes at most this long before its corner
    slowest_mps: float = 10.0  # below it nothing is said
    turning_mps2: float = 3.0  # lateral acceleration from which the driver is turning (0.3 g)
    after_trouble_s: float = 2.0  # nothing is said this long after the car came back to the track
    # Calls right after a corner: which one when several could be said, highest first, 0: never. What a foot did comes before the slide
    # that it brought about, and at the entry before the exit.
    call_lockup: int = 5
    call_wheelspin: int = 4
    call_understeer: int = 3
    call_oversteer: int = 2
    call_progress: int = 1  # a topic's corner that became better, or worse
    call_repeats: int = 3  # laps running on which the same thing is called although it cost nothing
    call_rest_laps: int = 2  # the same call at the same corner rests this long
    call_straight_s: float = 4.0  # the shortest straight, to the next action, on which anything is called
    braking_tones: int = 0  # 1: tones to the braking point at a corner whose topic it is


# What a style changes. Suspicions against the potential lap are phrased as something to try.
_STYLES: dict[Style, dict[str, float]] = {
    Style.QUIET: {"least_loss_s": 0.15, "remarks_per_lap": 0, "cues_running": 1},
    Style.NORMAL: {"suspicions": 1},
    Style.TALKATIVE: {"suspicions": 1, "topics_at_once": 2, "corrections_per_lap": 2, "least_loss_s": 0.07},
}
# The least value of each setting where that is not 0: below two laps no mean has an interval.
_LEAST = {
    "laps_needed": 2,
    "laps_looked_at": 2,
    "laps_seen": 1,
    "within_band_laps": 1,
    "laps_per_topic": 1,
    "cues_running": 1,
    "call_repeats": 1,
    "trim_s": -math.inf,
}
SENSITIVITY_SPAN = 2.0  # the loss worth words is halved at full sensitivity and doubled at none


def settings_for(style: Style = Style.NORMAL, sensitivity: float = 0.5, overrides: Mapping[str, float] | None = None) -> CueSettings:
    """Settings of a style; `sensitivity` 0 (only large losses) .. 1 (small ones too); `overrides` by name win over both.

    BadInput: a sensitivity outside 0..1, a name that is no setting, or a value that makes no sense for it.
    """
    if not 0.0 <= sensitivity <= 1.0:
        raise BadInput(f"sensitivity {sensitivity:g}: a number from 0 (only large losses) to 1 (small ones too) is expected.")
    known = asdict(CueSettings())
    for name in overrides or {}:
        if name not in known:
            raise BadInput(f"{name}: no such cue setting; there are {', '.join(known)}.")
        _check(name, (overrides or {})[name], counted=isinstance(known[name], int))
    styled = {**known, **_STYLES[style]}
    styled["least_loss_s"] = max(MIN_LOSS_S, styled["least_loss_s"] * SENSITIVITY_SPAN ** (1.0 - 2.0 * sensitivity))
    wanted = {**styled, **(overrides or {})}
    return replace(CueSettings(), **{name: type(known[name])(value) for name, value in wanted.items()})


def _check(name: str, value: float, *, counted: bool) -> None:
    least = _LEAST.get(name, 0.0)
    if not (math.isfinite(value) and value >= least and (not counted or value == int(value))):
        raise BadInput(f"{name}: {'a whole number' if counted else 'a number'} from {least:g} up is expected, not {value:g}.")

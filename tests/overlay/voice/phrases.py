"""Phrases as the coach says them: a cue for every cause, praise, effect, and the test phrase."""

from __future__ import annotations

from coach.compare.cause import NOT_THE_DRIVER, Cause
from coach.wording import catalogue
from coach.wording.spoken import best_lap, effect, full_cue, short_cue

FIGURES = {"brake_on_earlier_m": 12.0, "brake_on_later_m": 18.0}

PHRASES = [
    *(full_cue("Turn 3", cause, FIGURES) for cause in sorted(set(Cause) - NOT_THE_DRIVER)),
    full_cue("Turn 3", Cause.SLOW_APEX, {"v_min_less_kmh": 5.0}),
    short_cue(Cause.BRAKE_EARLY),
    *best_lap(62.34),
    effect("Big Bend", 0.2, (0.1, 0.3)),
    catalogue()["voice"]["test"],
]

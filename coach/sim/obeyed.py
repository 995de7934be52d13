"""What a driver does who follows a cue: his habit at that corner changed by what was said, and nothing else.

Where the cue says an amount it is that amount; where it says none, the driver takes off what he really does there, if he does
it. A cue about something he does not do changes nothing and gains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from coach.compare.cause import Cause
from coach.sim.plan import Habit


@dataclass(frozen=True, slots=True)
class Heard:
    """A cue as its driver hears it: where the apex of its corner is, what about, and the amounts it asks for (cues/candidate.py)."""

    apex_m: float
    cause: Cause
    figures: Mapping[str, float]


# Amount that the cue speaks of, by cause (compare/differences.py), and its sign on `brake_shift_m` or `throttle_shift_m`.
_BRAKE_SHIFT = {Cause.BRAKE_EARLY: ("brake_on_earlier_m", 1.0), Cause.BRAKE_LATE: ("brake_on_later_m", -1.0)}
_GENTLER = 0.9  # of the brake's level: "ease the brake" says no amount, drivers change a pedal by about a tenth


def obeyed(cause: Cause, figures: Mapping[str, float], has: Habit, v_min_mps: float, share: float) -> Habit:
    """The change that following the cue makes, to be added to the driver's habits at the corner.

    `figures`: of the candidate; `has`: his lasting habits there (the truth); `v_min_mps`: his usual minimum speed; `share`: 1 he
    follows fully, 0.5 half.
    """
    if cause in _BRAKE_SHIFT:
        name, sign = _BRAKE_SHIFT[cause]
        return Habit(brake_shift_m=share * sign * _amount(figures, name))
    if cause is Cause.THROTTLE_LATE:
        return Habit(throttle_shift_m=-share * _amount(figures, "throttle_on_later_m"))
    if cause is Cause.SLOW_APEX:
        return Habit(v_min_frac=1.0 + share * _amount(figures, "v_min_less_kmh") / 3.6 / v_min_mps)
    if cause is Cause.BRAKE_SOFT:
        return Habit(brake_level_frac=1.0 / (1.0 - share * _amount(figures, "brake_peak_less_percent") / 100.0))
    if cause is Cause.LOCKUP:
        return Habit(brake_level_frac=1.0 - share * (1.0 - _GENTLER))
    return _without(cause, has, share)


def _amount(figures: Mapping[str, float], name: str) -> float:
    """Nothing where the figure is not known or speaks the other way."""
    value = figures.get(name, 0.0)
    return max(0.0, value)


def _without(cause: Cause, has: Habit, share: float) -> Habit:
    """Taking off what he really does."""
    none = Habit()
    if cause is Cause.LINE:
        return replace(none, line_offset_m=-share * has.line_offset_m, turn_in_shift_m=-share * has.turn_in_shift_m)
    if cause is Cause.THROTTLE_SOFT:
        return replace(none, throttle_slope_frac=(1.0 / has.throttle_slope_frac) ** share)
    if cause is Cause.GEAR:
        return replace(none, gear_shift=-has.gear_shift)
    if cause is Cause.LIFT:  # who takes a corner more slowly than its line allows lifts for it
        return replace(none, v_min_frac=(1.0 / has.v_min_frac) ** share)
    return none

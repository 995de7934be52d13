"""Which causes count as the right answer to a known mistake.

The lists are short on purpose: the action itself and, where the mistake is made in a way that a coach could as well call by the
neighbour's name, that one neighbour. Each neighbour has its reason beside it.
"""

from __future__ import annotations

from coach.compare.cause import Cause

# Mistakes of the other simulator, by the kinds of its manifest.
OTHERSIM_ANSWERS: dict[str, frozenset[Cause]] = {
    "brake_early": frozenset({Cause.BRAKE_EARLY}),
    "brake_late": frozenset({Cause.BRAKE_LATE}),
    "brake_soft": frozenset({Cause.BRAKE_SOFT, Cause.BRAKE_EARLY}),  # made as: starts earlier, at 60 % of the deceleration
    "brake_drag": frozenset({Cause.SLOW_APEX, Cause.THROTTLE_LATE}),  # holds the brake 15 m past the apex: both follow
    "apex_slow": frozenset({Cause.SLOW_APEX}),
    "throttle_late": frozenset({Cause.THROTTLE_LATE}),
    "throttle_soft": frozenset({Cause.THROTTLE_SOFT}),
    "slow_ramp": frozenset({Cause.THROTTLE_SOFT, Cause.THROTTLE_LATE}),  # a slow ramp is both late and soft
    "lift_coast": frozenset({Cause.COASTING, Cause.LIFT}),  # "lifts and coasts"
    "missed_apex": frozenset({Cause.LINE}),
    "early_turn_in": frozenset({Cause.LINE}),
    "entry_narrow": frozenset({Cause.LINE}),
    "exit_narrow": frozenset({Cause.LINE}),
    "off_exit": frozenset({Cause.LINE}),
    "lockup": frozenset({Cause.LOCKUP}),
    "throttle_early": frozenset({Cause.OVERSTEER, Cause.WHEELSPIN, Cause.LINE}),  # full throttle before the apex, no traction control
    "wrong_gear": frozenset({Cause.GEAR}),
    "short_shift": frozenset({Cause.GEAR}),
    "lift_straight": frozenset({Cause.LIFT}),
    "sawing": frozenset({Cause.UNDERSTEER, Cause.OVERSTEER, Cause.LINE}),  # the wheel swings through both
    "throttle_stab": frozenset({Cause.THROTTLE_SOFT, Cause.LIFT, Cause.OVERSTEER}),  # on-off throttle on the exit
}

# Faults of the proving ground: the same word, and these neighbours. Two at most.
_NEIGHBOURS: dict[Cause, frozenset[Cause]] = {
    Cause.BRAKE_SOFT: frozenset({Cause.BRAKE_EARLY}),  # who brakes softer for the same corner begins earlier
    Cause.THROTTLE_LATE: frozenset({Cause.THROTTLE_SOFT}),  # made as: stays on the throttle that holds the speed, so it is opened less
    Cause.THROTTLE_SOFT: frozenset({Cause.THROTTLE_LATE}),  # made as a slow ramp: both late and soft
    Cause.COASTING: frozenset({Cause.LIFT}),  # off the throttle too early, nothing else
    Cause.LIFT: frozenset({Cause.COASTING}),  # on a short straight the lift runs into the next braking: off both pedals before it
    Cause.WHEELSPIN: frozenset({Cause.OVERSTEER}),  # driven rear wheels that spin in a corner step out
    # Made as: enters too fast, so the braking is late; a front that pushes wide leaves the line.
    Cause.UNDERSTEER: frozenset({Cause.BRAKE_LATE, Cause.LINE}),
}


def accepted_answers(fault: Cause) -> frozenset[Cause]:
    """Right answers to a fault of the proving ground."""
    return frozenset({fault}) | _NEIGHBOURS.get(fault, frozenset())

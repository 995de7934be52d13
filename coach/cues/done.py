"""Whether the driver does what a topic's cues ask for: the action itself, before the first cue and on the laps since.

What was done and what it brought (effect.py) are told apart: he may do it and gain nothing, or gain without doing it. An action is
nearer to the cue than the time is, in which everything else at the corner scatters, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isfinite, sqrt
from typing import Self

import numpy as np

from coach import wording
from coach.compare.cause import Cause
from coach.compare.causes.pattern import t_95
from coach.compare.differences import MPS_TO_KMH
from coach.compare.phases import CornerPhases
from coach.cues.effect import pooled_scatter


class Action(StrEnum):
    """What of a corner can be measured that a cue asks to change."""

    BRAKING_POINT = "braking_point"
    BRAKE_PEAK = "brake_peak"
    COASTING = "coasting"
    SLOWEST_SPEED = "slowest_speed"
    THROTTLE_POINT = "throttle_point"


@dataclass(frozen=True, slots=True)
class Asked:
    """An action, in `unit`; `sign`: +1 where the cue asks for more of it or later, -1 for less or earlier."""

    action: Action
    sign: int
    unit: str
    of: Callable[[CornerPhases], float]


def _braking_point(sign: int) -> Asked:
    return Asked(Action.BRAKING_POINT, sign, "m", lambda phases: phases.brake_on_m)


def _brake_peak(sign: int) -> Asked:
    return Asked(Action.BRAKE_PEAK, sign, "%", lambda phases: 100.0 * phases.brake_peak)


# No single figure of a corner says whether a line, a gear or a gentler foot came as it was asked for.
ASKED_FOR = {
    Cause.BRAKE_EARLY: _braking_point(+1),
    Cause.BRAKE_LATE: _braking_point(-1),
    Cause.BRAKE_SOFT: _brake_peak(+1),
    Cause.LOCKUP: _brake_peak(-1),
    Cause.COASTING: Asked(Action.COASTING, -1, "m", lambda phases: phases.coasting_m),
    Cause.SLOW_APEX: Asked(Action.SLOWEST_SPEED, +1, "km/h", lambda phases: MPS_TO_KMH * phases.v_min_mps),
    Cause.THROTTLE_LATE: Asked(Action.THROTTLE_POINT, -1, "m", lambda phases: phases.throttle_on_m),
}


@dataclass(frozen=True, slots=True)
class Done:
    """By how much the driver does more of the action than before the first cue (below 0: less), and its 95 % interval, in `unit`."""

    action: Action
    asked: int  # +1 for more of it, -1 for less
    unit: str
    change: float
    interval: tuple[float, float]

    @property
    def way(self) -> int:
        """+1: he does what was asked for, -1: the opposite, 0: neither is shown."""
        low, high = self.interval
        return 0 if low <= 0.0 <= high else self.asked if low > 0.0 else -self.asked

    @property
    def text(self) -> str:
        """In words."""
        return wording.done(self.action, self.way, self.change, self.interval, self.unit)

    def in_unit(self, factor: float, unit: str) -> Self:
        """The same in another unit, which is `factor` times as many."""
        low, high = self.interval
        return replace(self, unit=unit, change=factor * self.change, interval=(factor * low, factor * high))


def action_in(cause: Cause, phases: CornerPhases) -> float:
    """The action that a cue about this asks for, as it was driven; NaN where it did not happen, or nothing measures it."""
    asked = ASKED_FOR.get(cause)
    return asked.of(phases) if asked else float("nan")


def done(cause: Cause, before: Sequence[float], since: Sequence[float], flattered: float) -> Done | None:
    """From the action on laps before the first cue and since; None for a cause that none measures, or with fewer than two on either side.

    The laps before were chosen for the time they lost, which overstates it by `flattered` of its standard deviations (effect.py). At most
    as many of the action's own go with it, if it alone makes the time: by so much the driver may seem to do what was asked without
    having changed anything, so the interval begins that much lower.
    """
    asked = ASKED_FOR.get(cause)
    was, now = (np.array([value for value in side if isfinite(value)]) for side in (before, since))
    if asked is None or len(was) < 2 or len(now) < 2:
        return None
    scatter, change = pooled_scatter(was, now), float(now.mean() - was.mean())
    half = t_95(len(was) + len(now) - 2) * scatter * sqrt(1 / len(was) + 1 / len(now))
    low, high, seeming = change - half, change + half, max(0.0, flattered) * scatter
    return Done(asked.action, asked.sign, asked.unit, change, (low - seeming, high) if asked.sign > 0 else (low, high + seeming))

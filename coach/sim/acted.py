"""Whether a mistake did what it says: a wheel locked or spun, an axle went past its peak, the brake came later.

A mistake that is ordered is not always one that happens: ABS lets no wheel lock, traction control hardly lets one spin, a car
without the power cannot spin its wheels in a fast corner. Then the truth says so. Every other cause acts when the drive is
another one with it than without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from coach.compare.cause import Cause
from coach.sim.circuit import CircuitCorner
from coach.sim.drive import Run
from coach.sim.happened import RunEvent
from coach.sim.plan import Fault
from coach.sim.true_phases import TruePhases

KINDS: Mapping[Cause, str] = {
    Cause.LOCKUP: "lockup",
    Cause.WHEELSPIN: "wheelspin",
    Cause.UNDERSTEER: "understeer",
    Cause.OVERSTEER: "oversteer",
}
BEFORE_M, AFTER_M = 150.0, 100.0  # of the corner's window: where braking for it begins, where throttle after it ends
MORE_S = 0.1  # this much longer than without the mistake: one event of the least duration
LATER_SHARE = 0.5  # of the metres ordered


def did_act(fault: Fault, corner: CircuitCorner, run: Run, without: Run, phases: Sequence[TruePhases]) -> bool:
    """Whether a mistake on its lap did what its name says. phases: of its corner and lap, with it and without it."""
    if fault.cause in KINDS:
        return _seconds(fault, corner, run.events) > _seconds(fault, corner, without.events) + MORE_S
    if fault.cause is Cause.BRAKE_LATE:
        later = phases[0].brake_on_m - phases[1].brake_on_m
        return bool(np.isfinite(later) and later > LATER_SHARE * fault.size)
    return True


def _seconds(fault: Fault, corner: CircuitCorner, events: Sequence[RunEvent]) -> float:
    """How long the mistake's kind of slip lasted around its corner on its lap, s."""
    low, high = corner.start_m - BEFORE_M, corner.end_m + AFTER_M
    return sum(
        event.duration_s
        for event in events
        if event.kind == KINDS[fault.cause] and event.lap == fault.lap and low <= event.station_m <= high
    )

"""Which habits act at which corner on which lap: lasting ones, scatter of the day, and mistakes, added up.

Random numbers are drawn per (seed, lap, corner), never in sequence: the drive without one mistake has the same scatter.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from coach.compare.cause import Cause
from coach.sim.circuit import Circuit
from coach.sim.plan import Fault, Habit, Plan, Skill

LASTING, OF_THE_LAP = 1, 2  # streams of random numbers
# Sizes of a novice's lasting habits, one standard deviation: the amateur errors of coaching.md 6 (brake 8-12 m early, minimum
# speed 3-5 km/h low, full throttle 8-12 m late).
NOVICE_HABITS = Habit(
    brake_shift_m=-8.0, brake_level_frac=0.90, v_min_frac=0.96, line_offset_m=0.6, throttle_shift_m=8.0, throttle_slope_frac=0.8
)
# Who brakes late is too fast to turn where he meant to: later by this share, and wide by this per metre. Estimates.
TURNS_LATER, WIDE_PER_M = 0.6, 0.11
SCATTER_LIMIT = 2.5  # standard deviations: beyond that it is a mistake and not scatter


@dataclass(slots=True)
class Acting:
    """All that acts at one corner on one lap: habits added up, and the mistakes that act on pedals and wheel themselves."""

    habit: Habit
    mistakes: list[tuple[Cause, float]] = field(default_factory=list)


def acting(plan: Plan, circuit: Circuit, seed: int, lap: int) -> dict[int, Acting]:
    """By corner number."""
    found = {}
    for corner in circuit.corners:
        habit = added(lasting_habit(plan.skill, seed, corner.number), plan.habits.get(corner.number, Habit()))
        habit = added(habit, _scatter(plan.skill, plan.scatter, seed, lap, corner.number))
        found[corner.number] = Acting(habit)
    for learned in plan.learned:
        if learned.from_lap <= lap and learned.corner in found:
            one = found[learned.corner]
            one.habit = added(one.habit, learned.change)
    for fault in plan.faults:
        if fault.lap in (None, lap) and fault.corner in found:
            _add_fault(found[fault.corner], fault)
    return found


def added(a: Habit, b: Habit) -> Habit:
    """Shifts add, shares multiply."""
    return Habit(
        a.brake_shift_m + b.brake_shift_m,
        a.brake_level_frac * b.brake_level_frac,
        a.trail_frac * b.trail_frac,
        a.v_min_frac * b.v_min_frac,
        a.line_offset_m + b.line_offset_m,
        a.turn_in_shift_m + b.turn_in_shift_m,
        a.throttle_shift_m + b.throttle_shift_m,
        a.throttle_slope_frac * b.throttle_slope_frac,
        a.gear_shift + b.gear_shift,
    )


def lasting_habit(skill: Skill, seed: int, corner: int) -> Habit:
    """Habits of a driver who is no expert: of the amateur's sign, sizes drawn per corner."""
    size = skill.habit_scale * np.abs(np.random.default_rng((seed, LASTING, corner)).standard_normal(6))
    n = NOVICE_HABITS
    return Habit(
        brake_shift_m=n.brake_shift_m * size[0],
        brake_level_frac=max(1.0 - (1.0 - n.brake_level_frac) * size[1], 0.6),
        v_min_frac=max(1.0 - (1.0 - n.v_min_frac) * size[2], 0.85),
        line_offset_m=n.line_offset_m * size[3],
        throttle_shift_m=n.throttle_shift_m * size[4],
        throttle_slope_frac=max(1.0 - (1.0 - n.throttle_slope_frac) * size[5], 0.3),
    )


def _scatter(skill: Skill, scatter: float, seed: int, lap: int, corner: int) -> Habit:
    """Deviation of one lap. Downwards only where upwards would leave the grip: minimum speed and brake level never exceed the plan."""
    z = np.random.default_rng((seed, OF_THE_LAP, lap, corner)).standard_normal(5)
    z = scatter * np.clip(z, -SCATTER_LIMIT, SCATTER_LIMIT)
    return Habit(
        brake_shift_m=-abs(z[0]) * skill.brake_shift_sd_m if z[0] < 0.0 else 0.3 * z[0] * skill.brake_shift_sd_m,
        brake_level_frac=1.0 - abs(z[1]) * skill.brake_level_sd,
        v_min_frac=1.0 - abs(z[2]) * skill.v_min_sd,
        line_offset_m=z[3] * skill.line_sd_m,
        throttle_shift_m=abs(z[4]) * skill.throttle_shift_sd_m,
    )


def _add_fault(target: Acting, fault: Fault) -> None:
    size = fault.size
    changes = {
        Cause.BRAKE_EARLY: Habit(brake_shift_m=-size),
        Cause.BRAKE_LATE: Habit(brake_shift_m=size, line_offset_m=WIDE_PER_M * size, turn_in_shift_m=TURNS_LATER * size),
        Cause.BRAKE_SOFT: Habit(brake_level_frac=1.0 - size / 100.0),
        Cause.SLOW_APEX: Habit(v_min_frac=1.0 - size / 100.0),
        Cause.THROTTLE_LATE: Habit(throttle_shift_m=size),
        Cause.THROTTLE_SOFT: Habit(throttle_slope_frac=1.0 - size / 100.0),
        Cause.LINE: Habit(line_offset_m=size),
        Cause.GEAR: Habit(gear_shift=round(size)),
    }
    if fault.cause in changes:
        target.habit = added(target.habit, changes[fault.cause])
    if fault.cause in (Cause.LIFT, Cause.COASTING, Cause.LOCKUP, Cause.WHEELSPIN, Cause.UNDERSTEER, Cause.OVERSTEER):
        target.mistakes.append((fault.cause, size))

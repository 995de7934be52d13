"""The order of a drive: everything it is made from. The same order gives the same drive, to the last byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coach.sim.car import Car
from coach.sim.circuit import Circuit
from coach.sim.drive import Run, drive
from coach.sim.faults import CONDITION_KINDS, FaultOrder
from coach.sim.habits import acting
from coach.sim.plan import Conditions, Event, Fault, Habit, Plan, Skill

USUAL = Conditions()


@dataclass(frozen=True, slots=True)
class Order:
    """Who drives what where, how often, with which mistakes, in which conditions."""

    circuit: Circuit
    car: Car
    skill: Skill
    laps: int
    seed: int
    faults: tuple[FaultOrder, ...] = ()
    conditions: Conditions = USUAL
    events: tuple[Event, ...] = ()
    scatter: float = 1.0

    @property
    def single_faults(self) -> tuple[Fault, ...]:
        """Every mistake on every lap by itself."""
        return tuple(fault for order in self.faults for fault in order.on_laps())

    def drive(self, *, faults: Sequence[Fault] | None = None, conditions: Conditions | None = None) -> Run:
        """Drive it, with other faults or in other conditions when they are given."""
        plan = self._plan(self.single_faults if faults is None else tuple(faults), conditions or self.conditions)
        return drive(self.circuit, self.car, plan, self.laps, self.seed)

    def drive_with(self, faults: Sequence[Fault]) -> Run:
        """Drive it with these mistakes and no others."""
        return self.drive(faults=faults)

    def habits(self, lap: int) -> dict[int, Habit]:
        """What acts at each corner on a lap, by corner number: lasting habits, scatter of the lap and mistakes added up."""
        plan = self._plan(self.single_faults, self.conditions)
        return {corner: acts.habit for corner, acts in acting(plan, self.circuit, self.seed, lap).items()}

    def _plan(self, faults: tuple[Fault, ...], conditions: Conditions) -> Plan:
        return Plan(skill=self.skill, faults=faults, conditions=conditions, events=self.events, scatter=self.scatter)

    def conditions_without(self, name: str) -> Conditions:
        """The conditions with one of them as usual."""
        field = CONDITION_KINDS[name].field
        return replace(self.conditions, **{field: getattr(USUAL, field)})

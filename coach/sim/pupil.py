"""A simulated driver who listens: his habits drive him, and he follows what his coach says from the next passage of the corner on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from math import prod
from typing import Self

import numpy as np

from coach.sim.car import Car
from coach.sim.circuit import Circuit, CircuitCorner
from coach.sim.drive import drive
from coach.sim.habits import added, lasting_habit
from coach.sim.obeyed import Heard, obeyed
from coach.sim.output import Made, made_from
from coach.sim.plan import Habit, Learned, Plan


@dataclass(frozen=True, slots=True)
class Pupil:
    """A drive with what its driver has learned so far; `made` is all of it, also what he has yet to drive."""

    circuit: Circuit
    car: Car
    plan: Plan
    laps: int
    seed: int
    made: Made

    @classmethod
    def who_drives(cls, circuit: Circuit, car: Car, plan: Plan, laps: int, seed: int) -> Self:
        """Drive; the same arguments give the same bytes."""
        run = drive(circuit, car, plan, laps, seed)
        return cls(circuit, car, plan, laps, seed, made_from(run.columns, run.lap_times_s, circuit, car, plan.skill.name))

    def following(self, heard: Heard, row: int) -> Self:
        """The same drive up to `row`, in which he hears it, and on from there as he then drives; himself where nothing changes."""
        column = self.made.recording.column
        row = min(row, self.made.recording.n_ticks - 1)
        lap, corner = int(column("lap_number")[row]), self._corner_at(heard.apex_m)
        change = obeyed(heard.cause, heard.figures, self._habit(corner.number), self.slowest_mps(corner, lap), 1.0)
        if change.v_min_frac > 1.0:  # so much more than he drove, not than he meant to: what he means already counts
            change = replace(change, v_min_frac=max(1.0, change.v_min_frac / self._meant_beyond(corner, lap)))
        if change == Habit():
            return self
        for from_lap in (lap, lap + 1):
            plan = replace(self.plan, learned=(*self.plan.learned, Learned(corner.number, change, from_lap)))
            later = self.who_drives(self.circuit, self.car, plan, self.laps, self.seed)
            if later.made.begins_as(self.made, row):  # else he has begun the corner already, or the change reaches back to the lap's start
                return later
        return self

    def _corner_at(self, apex_m: float) -> CircuitCorner:
        return min(self.circuit.corners, key=lambda one: max(one.start_m - apex_m, apex_m - one.end_m, 0.0))

    def _habit(self, number: int) -> Habit:
        """What he does at a corner, with all he has learned there."""
        changes = [one.change for one in self.plan.learned if one.corner == number]
        return reduce(added, changes, added(lasting_habit(self.plan.skill, self.seed, number), self.plan.habits.get(number, Habit())))

    def _meant_beyond(self, corner: CircuitCorner, lap: int) -> float:
        """His slowest speed there as he means it by now, as a share of what came of it on the lap before; 1 where nothing was learned.

        A car carries no more speed than its braking before has left it with: meaning more and more of it ends in a spin.
        """
        learned = [one for one in self.plan.learned if one.corner == corner.number and one.change.v_min_frac != 1.0]
        if not learned:
            return 1.0
        others = tuple(one for one in self.plan.learned if one not in learned)
        unaided = self.who_drives(self.circuit, self.car, replace(self.plan, learned=others), self.laps, self.seed)
        came = self.slowest_mps(corner, lap) / unaided.slowest_mps(corner, lap)
        return prod(one.change.v_min_frac for one in learned) / came

    def slowest_mps(self, corner: CircuitCorner, lap: int) -> float:
        """His lowest speed in it on the lap before (of the out lap there is none: on this one)."""
        laps, station, speed = (self.made.recording.column(name) for name in ("lap_number", "lap_dist_m", "speed_mps"))
        inside = (laps == max(lap - 1, 1)) & (station >= corner.start_m) & (station <= corner.end_m)
        return float(np.min(speed[inside]))

"""A whole drive: out lap, timed laps, some way beyond the line, and everything a recording of it would hold.

The same circuit, car, plan, number of laps and seed give the same bytes. Nothing here is tuned to any recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from coach.arrays import FloatArray
from coach.errors import BadInput
from coach.sim import driver as order
from coach.sim.car import Car
from coach.sim.circuit import Circuit
from coach.sim.driver import CROSSED_T
from coach.sim.dynamics import S
from coach.sim.habits import acting
from coach.sim.happened import RunEvent, find_events
from coach.sim.lap import RECORDED, RECORDED_NAMES, TICK_HZ, drive_lap, new_state
from coach.sim.orders import Base, lap_orders
from coach.sim.plan import Plan, Skill
from coach.sim.prepare import FULL_LAP_S, air_of, hands_of, prepare, road_of
from coach.sim.record import Clock, columns_of, one_drive
from coach.sim.trouble import Troubles

PIT_MPS = 60.0 / 3.6  # usual pit speed limit
BEYOND_S = 3.0  # driven beyond the last line, so that its official time comes out
NOISE_M = 14.0  # how long hand and foot keep a deviation: about half a second in a corner


@dataclass(frozen=True, slots=True)
class Run:
    """What driving gives: channels, and the truth beside them.

    columns: our channel names, shape (k,) each, 60 Hz. lap_times_s: (lap number, exact time from line to line) of timed laps.
    """

    columns: Mapping[str, FloatArray]
    lap_times_s: tuple[tuple[int, float], ...]
    events: tuple[RunEvent, ...]
    left_track: frozenset[int]


def drive(circuit: Circuit, car: Car, plan: Plan, laps: int, seed: int) -> Run:
    """Drive an out lap (0) and timed laps 1..laps."""
    if laps < 1:
        raise BadInput(f"A drive of {laps} laps: it needs at least one timed lap.")
    base = prepare(circuit, car, plan.conditions)
    troubles = Troubles(plan.events, circuit)
    books = _Orders(base, plan, seed, troubles, laps)
    air, hands, road = air_of(plan.conditions, circuit), hands_of(plan.skill), road_of(circuit)
    stall = max(0.3 * circuit.pit_exit_m, 5.0) if circuit.pit_exit_m < 0.5 * circuit.length_m else 5.0
    x, d = new_state(car.params, stall, float(base.offset_m[round(stall / circuit.step_m)]), 0.3, base.fuel_l)
    parts: list[FloatArray] = []
    numbers: list[FloatArray] = []
    crossings: list[tuple[int, float]] = []
    for lap in range(laps + 2):
        last = lap == laps + 1
        rows = np.empty((round((BEYOND_S if last else FULL_LAP_S) * TICK_HZ), RECORDED))
        count = drive_lap(car.params, air, hands, road, circuit.step_m, books.pair(lap), circuit.length_m, x, d, rows)
        parts.append(rows[:count])
        numbers.append(np.full(count, float(lap)))
        if d[CROSSED_T] < 0.0:
            break
        crossings.append((lap + 1, float(d[CROSSED_T])))
        x[S] -= circuit.length_m
    ticks = one_drive(parts, RECORDED_NAMES)
    return _run(ticks, np.concatenate(numbers), tuple(crossings), circuit, car, plan, seed, troubles)


def _run(
    ticks: dict[str, FloatArray],
    number: FloatArray,
    crossings: tuple[tuple[int, float], ...],
    circuit: Circuit,
    car: Car,
    plan: Plan,
    seed: int,
    troubles: Troubles,
) -> Run:
    crossed = ticks["s"] >= circuit.length_m  # the tick in which the line was crossed ends on the new lap
    ticks["s"] = np.where(crossed, ticks["s"] - circuit.length_m, ticks["s"])
    number = number + crossed
    ticks.update(troubles.channels(ticks["s"], number))
    times = tuple((lap, later - at) for (lap, at), (_, later) in pairwise(crossings))
    events = find_events(ticks, number)
    left = frozenset(event.lap for event in events if event.kind in ("off_track", "spin"))
    clock = Clock(number, crossings, times, frozenset())
    columns = columns_of(ticks, clock, circuit, car, plan.conditions, seed)
    return Run(troubles.drop_ticks(columns), times, events, left)


class _Orders:
    """Rows of each lap, joined on the straight before the first corner, so that a lap's first braking may begin before the line."""

    def __init__(self, base: Base, plan: Plan, seed: int, troubles: Troubles, laps: int) -> None:
        self._base, self._plan, self._seed, self._troubles, self._laps = base, plan, seed, troubles, laps
        self._made: dict[int, FloatArray] = {}
        self._seam = _seam(base)

    def pair(self, lap: int) -> FloatArray:
        """Orders of this lap and the next, shape (2, n, ORDERS)."""
        for old in [key for key in self._made if key < lap]:
            del self._made[old]
        return np.stack([self._joined(lap), self._joined(lap + 1)])

    def _joined(self, lap: int) -> FloatArray:
        rows = self._own(lap).copy()
        if self._seam < rows.shape[0]:
            rows[self._seam :] = self._own(lap + 1)[self._seam :]
        self._pit(rows, lap)
        return rows

    def _own(self, lap: int) -> FloatArray:
        if lap not in self._made:
            plan, base = self._plan, self._base
            counted = plan if 1 <= lap <= self._laps else Plan(plan.skill, plan.habits, (), plan.conditions, (), plan.scatter)
            acts = acting(counted, base.circuit, self._seed, lap)
            noise = _noise(plan, base.offset_m.size, base.circuit.step_m, self._seed, lap)
            rows = lap_orders(base, _of_the_lap(plan, self._seed, lap), acts, noise, self._troubles.speed_caps(lap, base))
            self._troubles.lay_over(rows, lap)
            self._made[lap] = rows
        return self._made[lap]

    def _pit(self, rows: FloatArray, lap: int) -> None:
        """The out lap begins in the pit lane."""
        circuit = self._base.circuit
        if lap == 0 and circuit.pit_exit_m < 0.5 * circuit.length_m:
            lane = round(circuit.pit_exit_m / circuit.step_m)
            rows[:lane, order.V] = np.minimum(rows[:lane, order.V], PIT_MPS)
            rows[:lane, order.A] = 0.0
            rows[:lane, order.FLAT] = 0.0
            rows[:lane, order.PIT] = 1.0


def _seam(base: Base) -> int:
    """Row from which the next lap's orders hold: after the last corner's exit and before the first corner's approach."""
    circuit, n = base.circuit, base.offset_m.size
    last, first = circuit.corners[-1].end_m, circuit.corners[0].start_m
    gap = first + circuit.length_m - last
    return min(round((last + 0.5 * gap) / circuit.step_m), n)


def _of_the_lap(plan: Plan, seed: int, lap: int) -> Skill:
    """The driver as he is on this lap: better or worse in all corners at once, never beyond his pace by more than a third of it."""
    z = float(np.clip(np.random.default_rng((seed, 5, lap)).standard_normal(), -2.5, 0.8))
    return replace(plan.skill, pace_frac=plan.skill.pace_frac * (1.0 + plan.scatter * plan.skill.pace_sd * (z - 0.8)))


def _noise(plan: Plan, n: int, step_m: float, seed: int, lap: int) -> FloatArray:
    """Deviation of the hand wheel, rad, and of the pedals, share, along the lap, shape (2, n): white, smoothed over NOISE_M."""
    white = np.random.default_rng((seed, 4, lap)).standard_normal((2, n))
    width = np.hanning(2 * round(NOISE_M / step_m) + 1)
    width /= np.sqrt(np.sum(width**2))
    smooth = np.stack([np.convolve(row, width, mode="same") for row in white])
    return np.asarray(smooth * plan.scatter * np.array([[plan.skill.steer_noise_rad], [plan.skill.pedal_noise]]))

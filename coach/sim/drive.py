"""A whole drive: out lap, timed laps, some way beyond the line, and everything a recording of it would hold.

The same circuit, car, plan, number of laps and seed give the same bytes. Nothing here is tuned to any recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from coach.arrays import FloatArray
from coach.errors import BadInput
from coach.sim.car import Car
from coach.sim.circuit import Circuit
from coach.sim.driver import CROSSED_T
from coach.sim.dynamics import FUEL, S, T
from coach.sim.happened import LEFT_TRACK, RunEvent, find_events
from coach.sim.lap import RECORDED, RECORDED_NAMES, TICK_HZ, drive_lap, new_state
from coach.sim.lap_orders import LapOrders
from coach.sim.plan import Plan
from coach.sim.prepare import FULL_LAP_S, air_of, hands_of, prepare, road_of
from coach.sim.record import Clock, columns_of
from coach.sim.trouble import Stop, Troubles

BEYOND_S = 3.0  # driven beyond the last line, so that its official time comes out
AWAY = ("gone", "tow")  # beside the recorded columns: the one sample out of the world, and seconds of tow still to come


@dataclass(frozen=True, slots=True)
class Run:
    """What driving gives: channels, and the truth beside them.

    columns: our channel names, shape (k,) each, 60 Hz. lap_times_s: (lap number, exact time from line to line) of timed laps:
    no out lap, none with a stop, tow or reset.
    """

    columns: Mapping[str, FloatArray]
    lap_times_s: tuple[tuple[int, float], ...]
    events: tuple[RunEvent, ...]
    left_track: frozenset[int]


@dataclass(slots=True)
class _Written:
    """Rows so far: recorded columns, lap numbers and AWAY, part by part."""

    rows: list[FloatArray] = field(default_factory=list)
    laps: list[FloatArray] = field(default_factory=list)
    away: list[FloatArray] = field(default_factory=list)

    def add(self, rows: FloatArray, lap: int, away: FloatArray | None = None) -> None:
        """Append rows of one lap; away (k, 2)."""
        self.rows.append(rows)
        self.laps.append(np.full(len(rows), float(lap)))
        self.away.append(np.zeros((len(rows), 2)) if away is None else away)

    def named(self) -> tuple[dict[str, FloatArray], FloatArray]:
        """(columns by name, lap number), (k,) each."""
        table = np.concatenate([np.concatenate(self.rows), np.concatenate(self.away)], axis=1)
        names = (*RECORDED_NAMES, *AWAY)
        return {name: np.ascontiguousarray(table[:, k]) for k, name in enumerate(names)}, np.concatenate(self.laps)


def drive(circuit: Circuit, car: Car, plan: Plan, laps: int, seed: int) -> Run:
    """Drive an out lap (0) and timed laps 1..laps."""
    if laps < 1:
        raise BadInput(f"A drive of {laps} laps: it needs at least one timed lap.")
    base = prepare(circuit, car, plan.conditions)
    troubles = Troubles(plan.events, circuit)
    orders = LapOrders(base, plan, seed, troubles, laps)
    air, hands, road = air_of(plan.conditions, circuit), hands_of(plan.skill), road_of(circuit)
    x, d = _from_the_stall(car, troubles.stall_m, base.offset_m, circuit, base.fuel_l, 0.0)
    written, crossings = _Written(), list[tuple[int, float]]()
    for lap in range(laps + 2):
        most_s = BEYOND_S if lap == laps + 1 else FULL_LAP_S
        stops = troubles.stops(lap)
        for k, end in enumerate([stop.station_m for stop in stops] + [circuit.length_m]):
            rows = np.empty((round(most_s * TICK_HZ), RECORDED))
            pair = orders.pair(lap, from_pit=any(stop.moves for stop in stops[:k]))
            count = drive_lap(car.params, air, hands, road, circuit.step_m, pair, end, x, d, rows)
            written.add(rows[:count], lap)
            if k < len(stops) and d[CROSSED_T] >= 0.0:
                standing, away = _stand(rows[count - 1], stops[k])
                written.add(standing, lap, away)
                x, d = _from_the_stall(car, troubles.stall_m, base.offset_m, circuit, x[FUEL], x[T] + len(standing) / TICK_HZ)
        if d[CROSSED_T] < 0.0:
            break
        crossings.append((lap + 1, float(d[CROSSED_T])))
        x[S] -= circuit.length_m
    return _run(written, tuple(crossings), circuit, car, plan, seed, troubles)


def _from_the_stall(
    car: Car, stall_m: float, offset_m: FloatArray, circuit: Circuit, fuel_l: float, t_s: float
) -> tuple[FloatArray, FloatArray]:  # fmt: skip
    x, d = new_state(car.params, stall_m, float(offset_m[round(stall_m / circuit.step_m)]), 0.3, fuel_l)
    x[T] = t_s
    return x, d


def _stand(last: FloatArray, stop: Stop) -> tuple[FloatArray, FloatArray]:
    """Rows of a car standing in the stall, and their AWAY; the first is the sample out of the world when the car was moved there."""
    count = max(round(stop.seconds * TICK_HZ), 2)
    rows = np.zeros((count, RECORDED))
    rows[:, 0] = last[0] + np.arange(1, count + 1) / TICK_HZ
    rows[:, 1] = stop.stall_m
    for name, value in (("gn", 9.80665), ("gear", 0.0), ("coupled", 1.0), ("pit", 1.0), ("brake", 1.0)):
        rows[:, RECORDED_NAMES.index(name)] = value
    for name in ("n", "fuel", "rpm"):
        rows[:, RECORDED_NAMES.index(name)] = last[RECORDED_NAMES.index(name)]
    away = np.zeros((count, 2))
    if stop.moves:
        away[0, 0] = 1.0
    if stop.tows:
        away[:, 1] = np.arange(count, 0, -1) / TICK_HZ
    return rows, away


def _run(
    written: _Written, crossings: tuple[tuple[int, float], ...], circuit: Circuit, car: Car, plan: Plan, seed: int, troubles: Troubles
) -> Run:  # fmt: skip
    ticks, number = written.named()
    crossed = ticks["s"] >= circuit.length_m  # the tick in which the line was crossed ends on the new lap
    ticks["s"] = np.where(crossed, ticks["s"] - circuit.length_m, ticks["s"])
    number = number + crossed
    ticks.update(troubles.channels(ticks["s"], number))
    times = tuple((lap, later - at) for (lap, at), (_, later) in pairwise(crossings) if lap not in troubles.untimed)
    events = find_events(ticks, number, car.params)
    left = frozenset(event.lap for event in events if event.kind in LEFT_TRACK)
    columns = columns_of(ticks, Clock(number, crossings, times), circuit, car, plan.conditions, seed)
    return Run(troubles.drop_ticks(columns), times, events, left)

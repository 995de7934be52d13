"""What is true of a simulated drive, as one JSON document (docs/proving-ground.md describes it; `schema` counts its versions)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coach.files import write_text
from coach.sim.acted import did_act
from coach.sim.drive import Run
from coach.sim.faults import CONDITION_KINDS, changed_conditions
from coach.sim.order import Order
from coach.sim.plan import FAULT_KINDS, Fault
from coach.sim.pricing import Priced, difference, price
from coach.sim.true_phases import Driven, TruePhases, true_phases
from coach.version import VERSION

SCHEMA = 1  # counts up when a field is removed or changes its meaning
DIGITS = 6  # of every number: micrometres and microseconds


@dataclass(frozen=True, slots=True)
class Truth:
    """A drive and what is known about it. Keys are lap numbers, conditions by name."""

    order: Order
    run: Run
    priced: tuple[Priced, ...]
    without_faults_s: Mapping[int, float]  # lap times of the same drive without any fault
    conditions_cost_s: Mapping[str, Mapping[int, float]]  # by condition: what each lap lost to it against the usual value


def truth_of(order: Order, run: Run) -> Truth:
    """Find out everything by driving again: once per group of mistakes, without any, and with each condition as usual."""
    faults = order.single_faults
    without = order.drive_with(()) if faults else run
    corners = {corner.number: corner for corner in order.circuit.corners}

    def acted(fault: Fault, with_it: Run, without_it: Run) -> bool:
        phases = [phases_of(order, one, fault.lap or 0)[fault.corner] for one in (with_it, without_it)]
        return did_act(fault, corners[fault.corner], with_it, without_it, phases)

    priced = price(faults, run, order.drive_with, acted)
    return Truth(order, run, priced, dict(without.lap_times_s), _conditions(order, run))


def _conditions(order: Order, run: Run) -> dict[str, dict[int, float]]:
    costs = {}
    for name in changed_conditions(order.conditions):
        usual = order.drive(conditions=order.conditions_without(name))
        costs[name] = {lap: difference(run, usual, lap) for lap, _ in run.lap_times_s}
    return costs


def write_truth(path: Path, truth: Truth) -> None:
    """Write the document, whole or not at all. CannotWrite: the disk refuses."""
    write_text(path, json.dumps(plain(document(truth)), indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def document(truth: Truth) -> dict[str, Any]:
    """The document as nested dicts."""
    order = truth.order
    return {
        "schema": SCHEMA,
        "simulated": True,
        "simulator": f"racing-coach {VERSION}",
        "order": _order(order),
        "circuit": {
            "id": order.circuit.id,
            "name": order.circuit.name,
            "length_m": order.circuit.length_m,
            "corners": [asdict(corner) for corner in order.circuit.corners],
        },
        "car": {"id": order.car.id, "name": order.car.name},
        "laps": [_lap(truth, lap, time_s) for lap, time_s in truth.run.lap_times_s],
        "faults": [_fault(priced) for priced in truth.priced],
        "conditions": [_condition(name, costs) for name, costs in truth.conditions_cost_s.items()],
        "events": [asdict(event) for event in truth.run.events],
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "circuit": order.circuit.id,
        "car": order.car.id,
        "driver": order.skill.name,
        "laps": order.laps,
        "seed": order.seed,
        "scatter": order.scatter,
        "faults": [fault.text for fault in order.faults],
        "conditions": asdict(order.conditions),
        "events": [asdict(event) for event in order.events],
        "skill": asdict(order.skill),
    }


def _lap(truth: Truth, lap: int, time_s: float) -> dict[str, Any]:
    faults = [priced for priced in truth.priced if priced.fault.lap == lap]
    phases = phases_of(truth.order, truth.run, lap)
    habits = truth.order.habits(lap)
    return {
        "number": lap,
        "lap_time_s": time_s,
        "without_faults_s": truth.without_faults_s.get(lap, math.nan),
        "left_track": lap in truth.run.left_track,
        "corners": [
            {
                "number": corner.number,
                "habits": asdict(habits[corner.number]),
                "phases": asdict(phases[corner.number]),
                "faults": [_fault(priced) for priced in faults if priced.fault.corner == corner.number],
            }
            for corner in truth.order.circuit.corners
        ],
    }


def _fault(priced: Priced) -> dict[str, Any]:
    fault: Fault = priced.fault
    return {
        "cause": fault.cause.value,
        "corner": fault.corner,
        "lap": fault.lap,
        "size": fault.size,
        "unit": FAULT_KINDS[fault.cause].unit,
        "time_lost_s": priced.time_lost_s,
        "carried_s": priced.carried_s,
        "acts": priced.acts,
        "driveable": priced.driveable,
        "happened": priced.happened,
    }


def _condition(name: str, costs: Mapping[int, float]) -> dict[str, Any]:
    cause = CONDITION_KINDS[name].cause
    return {
        "name": name,
        "cause": cause.value if cause else None,
        "laps": [{"number": lap, "time_lost_s": lost} for lap, lost in costs.items()],
    }


def phases_of(order: Order, run: Run, lap: int) -> dict[int, TruePhases]:
    """True phases of one lap's corners by number."""
    return true_phases(driven_lap(run, lap, order.circuit.length_m), order.circuit.corners, order.circuit.length_m)


def driven_lap(run: Run, lap: int, length_m: float) -> Driven:
    """A lap with its neighbours on stations that count on over the line; rows that went backwards are left out."""
    columns = run.columns
    number = columns["lap_number"]
    rows = np.flatnonzero(np.abs(number - lap) <= 1.0)
    station = columns["lap_dist_m"][rows] + (number[rows] - lap) * length_m
    ahead = station > np.maximum.accumulate(np.concatenate([[-np.inf], station[:-1]]))
    names = ("session_time_s", "speed_mps", "brake_raw_frac", "throttle_raw_frac")
    time, speed, brake, throttle = (columns[name][rows][ahead] for name in names)
    return Driven(time, station[ahead], speed, brake, throttle)


def plain(value: Any) -> Any:
    """In JSON's own types: numbers to DIGITS, what is no number as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    return value

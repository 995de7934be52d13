"""Short sessions of the proving ground with habits and trouble, for the tests of the live engine."""

from __future__ import annotations

from functools import cache

from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.faults import parse_event, parse_faults
from coach.sim.order import Order
from coach.sim.output import made_from
from coach.sim.skill import load_skill
from coach.telemetry.recording import Recording

# circuit, car, driver, habits, trouble; the first three laps are clean, so that there is an own best lap
SIMULATED = {
    "lime_rock_gt4": ("lime-rock", "gt4", "intermediate", ("slow_apex@T1@L4-8", "throttle_late@T4:25m@L4-8"), ("yellow@L7:T3",)),
    "okayama_mx5": ("okayama-short", "mx5", "intermediate", ("brake_early@T3:25m@L4-8", "slow_apex@T6@L4-8"), ("spin@L7:T2",)),
    "tsukuba_mx5": ("tsukuba", "mx5", "expert", ("lockup@T7:80m@L5", "wheelspin@T7:40m@L6", "wheelspin@T4:40m@L8"), ()),
}
LAPS, SEED = 8, 5


@cache
def simulated(name: str) -> Recording:
    """The same drive every time."""
    circuit_id, car, driver, faults, events = SIMULATED[name]
    circuit = load_circuit(circuit_id)
    order = Order(
        circuit=circuit,
        car=load_car(car),
        skill=load_skill(driver),
        laps=LAPS,
        seed=SEED,
        faults=parse_faults(faults, circuit, LAPS),
        events=tuple(parse_event(event, circuit, LAPS) for event in events),
    )
    run = order.drive()
    return made_from(run.columns, run.lap_times_s, circuit, order.car, order.skill.name).recording

"""The drive of `racing-coach overlay --demo`: a simulated driver with habits, and a tidy one whose lap is the reference."""

from __future__ import annotations

from dataclasses import replace

from coach.compare.study import Drive, open_drive
from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.drive import drive
from coach.sim.output import Made, made_from
from coach.sim.plan import Plan
from coach.sim.skill import load_skill

CIRCUIT, CAR, DRIVER = "lime-rock", "mx5", "intermediate"
LAPS = 12
REFERENCE_LAPS = 2


def demo_session(laps: int = LAPS, seed: int = 1) -> Made:
    """A session to be coached; the same seed gives the same bytes."""
    circuit, car = load_circuit(CIRCUIT), load_car(CAR)
    run = drive(circuit, car, Plan(skill=load_skill(DRIVER)), laps, seed)
    return made_from(run.columns, run.lap_times_s, circuit, car, DRIVER)


def demo_reference() -> Drive:
    """The lap to learn from: of a driver of the same pace without bad habits, as a good reference is."""
    circuit, car = load_circuit(CIRCUIT), load_car(CAR)
    run = drive(circuit, car, Plan(skill=replace(load_skill(DRIVER), habit_scale=0.0), scatter=0.0), REFERENCE_LAPS, 1)
    return open_drive(made_from(run.columns, run.lap_times_s, circuit, car, DRIVER).recording)

"""The drive of `racing-coach overlay --demo`: a simulated driver with habits, and a tidy one whose lap is the reference.

As a program it drives as a simulator does, in a process of its own: `python -m overlay.demo_drive FOLDER LAPS SEED` writes the reference
and then publishes the live memory, at the pace of time.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from coach.compare.study import Drive, open_drive
from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.drive import drive
from coach.sim.live import LiveDrive
from coach.sim.output import Made, made_from, write_drive
from coach.sim.plan import Plan
from coach.sim.skill import load_skill
from overlay.demo import IMAGE, LAPS, REFERENCE

CIRCUIT, CAR, DRIVER = "lime-rock", "mx5", "intermediate"
REFERENCE_LAPS = 2


def demo_session(laps: int = LAPS, seed: int = 1) -> Made:
    """A session to be coached; the same seed gives the same bytes."""
    circuit, car = load_circuit(CIRCUIT), load_car(CAR)
    run = drive(circuit, car, Plan(skill=load_skill(DRIVER)), laps, seed)
    return made_from(run.columns, run.lap_times_s, circuit, car, DRIVER)


def demo_reference() -> Drive:
    """The lap to learn from: of a driver of the same pace without bad habits, as a good reference is."""
    return open_drive(_tidy().recording)


def _tidy() -> Made:
    circuit, car = load_circuit(CIRCUIT), load_car(CAR)
    run = drive(circuit, car, Plan(skill=replace(load_skill(DRIVER), habit_scale=0.0), scatter=0.0), REFERENCE_LAPS, 1)
    return made_from(run.columns, run.lap_times_s, circuit, car, DRIVER)


def write_reference(folder: Path) -> None:
    """The lap to learn from, as a file."""
    write_drive(folder / REFERENCE, _tidy())


def publish(folder: Path, laps: int, seed: int) -> None:
    """Write the reference, then drive at the pace of time until the laps are over."""
    write_reference(folder)
    with LiveDrive(demo_session(laps, seed), folder / IMAGE) as live:
        live.play(1.0)


if __name__ == "__main__":
    publish(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

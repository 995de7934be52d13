"""The drive of `racing-coach overlay --demo`: a simulated driver with habits who listens, and a tidy one whose lap is the reference.

As a program it drives as a simulator does, in a process of its own: `python -m overlay.demo_drive FOLDER LAPS SEED` writes the reference
and then publishes the live memory, at the pace of time. What the coach says to its driver comes in on standard input (`overlay/demo.py`).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from coach.compare.study import Drive, open_drive
from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.lap import TICK_HZ
from coach.sim.live import LiveDrive
from coach.sim.obeyed import Heard
from coach.sim.output import Made, write_drive
from coach.sim.plan import Habit, Plan
from coach.sim.pupil import Pupil
from coach.sim.skill import load_skill
from overlay.demo import IMAGE, LAPS, REFERENCE, heard_in

CIRCUIT, CAR = "lime-rock", "mx5"
STEADY = replace(load_skill("intermediate"), v_min_sd=0.01, pace_sd=0.01)  # what he does wrong he does on every lap
HABITS = {  # by corner, on top of the small ones that his seed gives him: three that a passenger would see
    1: Habit(brake_shift_m=-20.0),  # Big Bend
    5: Habit(throttle_shift_m=20.0),  # The Uphill
    6: Habit(v_min_frac=0.94),  # West Bend
}
REFERENCE_LAPS = 2
REACTION_S = 2.0  # what he does so soon after a word has begun, he would have done anyway


def demo_pupil(laps: int = LAPS, seed: int = 1) -> Pupil:
    """Who is coached; the same seed gives the same bytes, as long as he hears the same."""
    return Pupil.who_drives(load_circuit(CIRCUIT), load_car(CAR), Plan(skill=STEADY, habits=HABITS), laps, seed)


def demo_session(laps: int = LAPS, seed: int = 1) -> Made:
    """What he drives if nobody says anything."""
    return demo_pupil(laps, seed).made


def after_hearing(pupil: Pupil, drive: LiveDrive, heard: Heard) -> Pupil:
    """The driver as he goes on after a cue; he misses one that comes while he has to act already."""
    following = pupil.following(heard, drive.next_row + round(REACTION_S * TICK_HZ))
    return following if drive.go_on(following.made) else pupil


def demo_reference() -> Drive:
    """The lap to learn from: of a driver of the same pace without bad habits, as a good reference is."""
    return open_drive(_tidy().recording)


def _tidy() -> Made:
    return Pupil.who_drives(
        load_circuit(CIRCUIT), load_car(CAR), Plan(skill=replace(STEADY, habit_scale=0.0), scatter=0.0), REFERENCE_LAPS, 1
    ).made


def write_reference(folder: Path) -> None:
    """The lap to learn from, as a file."""
    write_drive(folder / REFERENCE, _tidy())


def publish(folder: Path, laps: int, seed: int, said: Iterable[str]) -> None:
    """Write the reference, then drive at the pace of time until the laps are over; each line of `said` is a cue."""
    write_reference(folder)
    pupil = demo_pupil(laps, seed)
    with LiveDrive(pupil.made, folder / IMAGE) as live:
        threading.Thread(target=listen, args=(pupil, live, said), name="ears", daemon=True).start()
        live.play(1.0)


def listen(pupil: Pupil, live: LiveDrive, said: Iterable[str]) -> None:
    """Drive on as each line says that `DemoDriver.hear` has written, until there are no more."""
    for line in said:
        pupil = after_hearing(pupil, live, heard_in(line))


if __name__ == "__main__":
    publish(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.stdin)

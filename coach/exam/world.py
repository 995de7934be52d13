"""A drive of the proving ground as the exam needs it: what the engine gets to see, and beside it what is true.

The engine sees a recording at 60 Hz with single precision, lost ticks and noisy pedals, as iRacing gives it; it never sees the truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from coach.arrays import FloatArray
from coach.compare.study import Drive, open_drive
from coach.exam.judge_events import TrueLap
from coach.sim.car import Car, load_car
from coach.sim.circuit import Circuit, load_circuit
from coach.sim.drive import Run, drive
from coach.sim.generator import random_circuit
from coach.sim.output import made_from
from coach.sim.plan import Fault, Habit, Plan, Skill
from coach.sim.skill import load_skill
from coach.sim.true_phases import Driven, true_phases
from coach.telemetry.recording import Recording, recording_from_columns

GENERATED = "random-"
LOST_SHARE = 0.002  # of all ticks; real files lack up to 8 in a thousand (vocabulary.md: 1-8 ticks per file of minutes)
PEDAL_NOISE = 0.003  # one standard deviation of pedal travel: a potentiometer with eight to nine bits
PEDALS = ("brake_raw_frac", "throttle_raw_frac")
MARGIN_S = 8.0  # of driving kept on either side of a true lap: longer than any braking zone before the line


@dataclass(frozen=True, slots=True)
class Place:
    """Circuit, car and driver; `scatter` 0 drives every lap the same. `habits` by corner come on top of the driver's own."""

    circuit: Circuit
    car: Car
    skill: Skill
    scatter: float
    seed: int
    habits: Mapping[int, Habit] = field(default_factory=dict)

    def drive(self, faults: Sequence[Fault], laps: int) -> Run:
        """Drive with these faults."""
        return drive(
            self.circuit, self.car, Plan(skill=self.skill, habits=self.habits, faults=tuple(faults), scatter=self.scatter), laps, self.seed
        )


def place_of(circuit: str, car: str, driver: str, scatter: float, seed: int) -> Place:
    """By ids; `random-7` is the generated circuit of seed 7."""
    road = random_circuit(int(circuit.removeprefix(GENERATED))) if circuit.startswith(GENERATED) else load_circuit(circuit)
    return Place(road, load_car(car), load_skill(driver), scatter, seed)


def as_recorded(place: Place, run: Run) -> Drive:
    """What the engine gets: the recording a disk file would give, with lost ticks and noisy pedals."""
    made = made_from(run.columns, run.lap_times_s, place.circuit, place.car, place.skill.name)
    return open_drive(_worn(made.recording, np.random.default_rng((place.seed, len(run.lap_times_s)))))


def _worn(recording: Recording, rng: np.random.Generator) -> Recording:
    kept = rng.random(recording.n_ticks) >= LOST_SHARE
    columns = {name: _stored(name, recording.column(name)[kept], rng) for name in sorted(recording.available)}
    return recording_from_columns(Path(recording.path), recording.session, columns)


def _stored(name: str, column: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Noise on pedals that are touched, single precision for all but the clock and the place on earth."""
    if name in PEDALS:
        touched = (column > 0.0) & (column < 1.0)
        column = np.clip(column + PEDAL_NOISE * touched * rng.standard_normal(column.size), 0.0, 1.0)
    if name in {"session_time_s", "lat_deg", "lon_deg"}:
        return column
    return column.astype(np.float32).astype(np.float64)


def true_laps(place: Place, run: Run) -> Mapping[int, TrueLap]:
    """Every timed lap of a drive as it really was, by number."""
    length = place.circuit.length_m
    columns = run.columns
    laps = columns["lap_number"]
    station = columns["lap_dist_m"] + length * (laps - laps[0])  # of the whole drive, unwrapped
    forward = np.concatenate(([True], np.diff(np.maximum.accumulate(station)) > 0.0))
    driven = Driven(
        columns["session_time_s"][forward],
        station[forward],
        columns["speed_mps"][forward],
        columns["brake_raw_frac"][forward],
        columns["throttle_raw_frac"][forward],
    )
    return {number: _true_lap(place, driven, number, time_s, length * (number - laps[0])) for number, time_s in run.lap_times_s}


def _true_lap(place: Place, driven: Driven, number: int, lap_time_s: float, line_m: float) -> TrueLap:
    start_s, end_s = (float(at) for at in np.interp([line_m, line_m + place.circuit.length_m], driven.station_m, driven.time_s))
    first, last = np.searchsorted(driven.time_s, [start_s - MARGIN_S, end_s + MARGIN_S])
    part = slice(int(first), int(last))
    mine = Driven(
        driven.time_s[part] - start_s,
        driven.station_m[part] - line_m,
        driven.speed_mps[part],
        driven.brake_frac[part],
        driven.throttle_frac[part],
    )
    return TrueLap(number, start_s, lap_time_s, mine, true_phases(mine, place.circuit.corners, place.circuit.length_m))

"""A recording that the project makes itself: a short session on an invented circuit with mistakes that are known.

It feeds `make demo` and the tests until there is a proving ground. It is marked as simulated and must never be taken for a
driven lap. The physics is the point mass of `coach/physics`, so it says nothing about how good the engine is on other cars.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.demo.channels import record
from coach.demo.circuit import build_circuit
from coach.demo.driver import Mistake, drive
from coach.telemetry.ibt_writer import write_recording_as_ibt
from coach.telemetry.recording import Recording

__all__ = ["DemoTruth", "Mistake", "demo_session", "write_demo_session"]


@dataclass(frozen=True, slots=True)
class DemoTruth:
    """What is known about the session: `mistakes` in the order of the laps; one apex station per corner, in driving order."""

    mistakes: tuple[Mistake, ...]
    length_m: float
    apex_m: tuple[float, ...]

    def __iter__(self) -> Iterator[Mistake]:
        return iter(self.mistakes)


def demo_session(seed: int = 1) -> tuple[Recording, DemoTruth]:
    """A session of seven timed laps, an out lap and a piece of an eighth; laps 1-3 without mistakes, 4-7 with two or three each."""
    rng = np.random.default_rng(seed)
    circuit = build_circuit()
    driven = drive(circuit, rng)
    return record(circuit, driven, rng), DemoTruth(driven.mistakes, circuit.length_m, circuit.apex_m)


def write_demo_session(path: str | Path, seed: int = 1) -> DemoTruth:
    """Write the session as an iRacing disk file; the same seed writes the same bytes. CannotWrite: no space, no permission."""
    recording, truth = demo_session(seed)
    write_recording_as_ibt(path, recording)
    return truth

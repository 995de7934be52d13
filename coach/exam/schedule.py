"""Which sittings an exam has. Half of the circuits is for development: their misses may be looked at, and constants changed for them.

The other half and the generated circuits are held out: of them only marks are published, so that nobody tunes to their cases. No
constant of the engine was chosen on any lap of the proving ground before the first exam (docs/exam.md says what followed).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coach.exam.sittings import Sheet, Sitting

DEVELOPMENT = ("lime-rock", "okayama-short", "summit-point", "tsukuba")
HELD_OUT = ("red-bull-ring", "spa", "monza", "sebring", "random-1", "random-2")
CARS = ("mx5", "gt4", "skip-barber", "gt3")
DRIVERS = ("intermediate", "expert", "novice")
DEFAULT_SEED = 1
QUESTIONS = {Sheet.SINGLES: 14, Sheet.SEVERAL: 4, Sheet.MOMENTS: 7, Sheet.LASTING: 0, Sheet.CUES_EXTERNAL: 0, Sheet.CUES_ALONE: 0}
CAUSES = (Sheet.SINGLES, Sheet.SEVERAL, Sheet.MOMENTS, Sheet.LASTING)
CUES = (Sheet.CUES_EXTERNAL, Sheet.CUES_ALONE)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A named list of sittings; the order is that of the results."""

    title: str
    sittings: tuple[Sitting, ...]


def full(seed: int) -> tuple[Schedule, ...]:
    """Every held-out circuit with every car, and beside it each development circuit with two cars; cues with one or two of them."""
    held_out = [pair for k in range(len(CARS)) for pair in _pairs(HELD_OUT, k)]
    development = [pair for k in range(2) for pair in _pairs(DEVELOPMENT, k)]
    cues = [pair for k in range(2) for pair in _pairs(HELD_OUT, k)]
    return (
        Schedule("Proving ground: circuits held out", _sittings(held_out, CAUSES, seed) + _sittings(cues, CUES, seed)),
        Schedule(
            "Proving ground: circuits open to development",
            _sittings(development, CAUSES, seed) + _sittings(_pairs(DEVELOPMENT, 0), CUES, seed),
        ),
    )


def quick(seed: int) -> tuple[Schedule, ...]:
    """Three held-out circuits with one car each, cues on one of them."""
    pairs = _pairs(HELD_OUT[:3], 0)
    sittings = _sittings(pairs, CAUSES, seed) + _sittings(pairs[:1], CUES, seed)
    return (Schedule("Proving ground: quick form, circuits held out", sittings),)


def small(seed: int) -> tuple[Schedule, ...]:
    """For the test run: single faults on the development circuits with one car each."""
    return (Schedule("Proving ground: small form", _sittings(_pairs(DEVELOPMENT, 0), (Sheet.SINGLES,), seed)),)


def _pairs(circuits: Sequence[str], shift: int) -> list[tuple[str, str]]:
    """Each circuit with one car, every car in turn."""
    return [(circuit, CARS[(i + shift) % len(CARS)]) for i, circuit in enumerate(circuits)]


def _sittings(pairs: Sequence[tuple[str, str]], sheets: Sequence[Sheet], seed: int) -> tuple[Sitting, ...]:
    """All sheets on all pairs. Drivers take turns where scatter counts; without scatter the expert drives."""
    return tuple(
        Sitting(sheet, circuit, car, _driver(sheet, i), seed + 100 * i, QUESTIONS[sheet])
        for i, (circuit, car) in enumerate(pairs)
        for sheet in sheets
    )


def _driver(sheet: Sheet, i: int) -> str:
    if sheet in {Sheet.SINGLES, Sheet.SEVERAL}:
        return "expert"
    return DRIVERS[(i + (sheet is Sheet.LASTING)) % len(DRIVERS)]

"""Two laps beside each other by the engine: delta, time lost per corner, causes with their confidence.

Stored laps come one per file. For the engine the laps of one driver are one set, whose scatter is the yardstick of every gate, so they
share a name here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from coach.cli.common import plain
from coach.cli.compare import document
from coach.compare.choose import Choice
from coach.compare.compare import compare_lap
from coach.compare.comparison import Comparison, ReferenceKind
from coach.compare.pair import Scatter
from coach.compare.study import Drive, StudyLap, prepare
from coach.detect.baseline import Baseline, learn_baseline
from coach.detect.detect import detect_lap
from coach.laps.comparable import conditions_of
from coach.laps.comparable import differences as unlike
from coach.report.analysis import loss_rate
from coach.report.charts import MAP_PART_M, full_scale
from coach.report.page import grip_of
from coach.track.map import TrackMap
from web.laps.reading import ReadLap

LEARNING_LAPS = 12  # as the engine's own (compare/study.py)
OWN, OTHER = Path("this driver"), Path("another driver")
LOSS_STEPS = 10  # shades of the map to either side
GRIP_POINTS = 500  # of the stored g-g diagram: a few kB


@dataclass(frozen=True, slots=True)
class Compared:
    """What is stored of a comparison, and the two laps for the charts. `document` is the `compare` contract of docs/cli.md and more."""

    document: dict[str, Any]
    own: StudyLap
    reference: StudyLap


class DriversLaps:
    """One driver's laps of one car on one track, learned from once; any of them is compared with any other.

    `learning`: the fastest clean laps (all laps where none is clean), at most LEARNING_LAPS; they make car and scatter.
    NoCompleteLap, Incomparable: as the engine says.
    """

    def __init__(self, learning: Sequence[ReadLap], track: TrackMap) -> None:
        drives = [_drive(read, OWN) for read in learning[:LEARNING_LAPS]]
        self._study = prepare(drives, track)
        self._learned = tuple(self._study.lap(drive, drive.timed[0]) for drive in drives)

    @cached_property
    def _scatter(self) -> Scatter:
        """How much this driver's laps vary: the yardstick of every gate, against one's own laps, another driver's, the potential lap."""
        return self._study.scatter(self._learned)

    @cached_property
    def _baseline(self) -> Baseline:
        return learn_baseline([lap.trace for lap in self._learned])

    @cached_property
    def _potential(self) -> StudyLap:
        return self._study.potential_of(self._learned)

    def compare(self, read: ReadLap, against: ReadLap | None, *, of_other: bool, rule: str) -> Compared:
        """One lap against another, or against the potential lap (None)."""
        own = self.lap(read)
        reference = self.potential() if against is None else self.lap(against, OTHER if of_other else OWN)
        kind = ReferenceKind.POTENTIAL if against is None else ReferenceKind.EXTERNAL if of_other else ReferenceKind.OWN
        apart = unlike(conditions_of(own.trace), conditions_of(reference.trace)) if against is not None else ()
        compared = compare_lap(self._study, own, (reference,), kind, self._scatter, apart)
        return Compared(self._document(compared, Choice((own,), (reference,), kind, rule), own, reference), own, reference)

    def lap(self, read: ReadLap, name: Path = OWN) -> StudyLap:
        """The measured lap on this track's grid."""
        return self._study.measured(_drive(read, name), read.lap)

    def potential(self) -> StudyLap:
        """The potential lap of the laps learned from."""
        return self._potential

    def _document(self, compared: Comparison, choice: Choice, own: StudyLap, reference: StudyLap) -> dict[str, Any]:
        rate = loss_rate(own, reference)
        full = full_scale([rate])
        track = self._study.track
        middles = np.arange(0.0, track.length_m, MAP_PART_M) + MAP_PART_M / 2.0
        shades = np.clip(np.interp(middles, np.arange(len(rate)) * own.trace.step_m, rate) / full, -1.0, 1.0) * LOSS_STEPS
        grip = grip_of([own], self._study.car, GRIP_POINTS)
        stored: dict[str, Any] = plain(
            {
                **document(compared, choice),
                "shades": [round(float(shade)) if np.isfinite(shade) else 0 for shade in shades],
                "detections": [
                    {"kind": found.kind.value, "start_m": found.start_m, "seconds": found.end_s - found.start_s}
                    for found in detect_lap(own.trace, self._baseline)
                ],
            }
        )
        stored["full_scale_s_per_m"] = full  # smaller than what `plain` rounds to
        stored["grip"] = None if grip is None else asdict(grip)
        return stored


def _drive(read: ReadLap, name: Path) -> Drive:
    return Drive(replace(read.recording, path=name), (read.lap,))

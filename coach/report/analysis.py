"""All that a report speaks of, gathered once for the page and the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.choose import Choice
from coach.compare.compare import delta_of
from coach.compare.comparison import Comparison
from coach.compare.study import Drive, Study, StudyLap
from coach.detect.baseline import learn_baseline
from coach.detect.detect import detect_lap
from coach.detect.detection import Detection

SHOWN_LAPS = 8  # in the charts; each adds some 60 kB to the page
CHART_STEP_M = 2.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """One drive, analyzed. `study`, `choice` and `comparison` are None when there is no complete lap to compare."""

    drive: Drive
    study: Study | None
    choice: Choice | None
    comparison: Comparison | None  # of all chosen laps together
    singles: tuple[Comparison, ...]  # of each
    detections: tuple[tuple[int, Detection], ...]  # (lap number, what happened)

    @property
    def shown(self) -> tuple[StudyLap, ...]:
        """The laps of the charts: fastest first, at most SHOWN_LAPS, the comparison's own lap always among them."""
        if self.choice is None or self.comparison is None:
            return ()
        ordered = sorted(self.choice.own, key=lambda lap: lap.lap.lap_time_s)
        typical = next(lap for lap in ordered if lap.lap.number == self.comparison.lap.lap.number)
        rest = [lap for lap in ordered if lap is not typical]
        return (typical, *rest[: SHOWN_LAPS - 1])


def detections_of(study: Study, drive: Drive) -> tuple[tuple[int, Detection], ...]:
    """What happened on the timed laps of a drive, lap by lap; the baseline is learned from the laps that count."""
    baseline = learn_baseline([study.lap(drive, lap).trace for lap in drive.clean or drive.timed])
    return tuple((lap.number, found) for lap in drive.timed for found in detect_lap(study.lap(drive, lap).trace, baseline))


def loss_rate(own: StudyLap, reference: StudyLap, width_m: float = 25.0) -> FloatArray:
    """d(delta)/ds, s/m, shape of the lap's grid without margins."""
    delta = delta_of(own, reference)
    half = max(1, round(width_m / own.trace.step_m / 2.0))
    padded = np.pad(delta, half, mode="edge")
    return np.asarray((padded[2 * half :] - padded[: -2 * half]) / (2 * half * own.trace.step_m), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class CornerSpread:
    """Standard deviations over the clean laps in one corner; NaN where the source lacks the channel."""

    name: str
    time_s: float
    brake_on_m: float
    v_min_mps: float
    throttle_on_m: float


def spread(study: Study, laps: Sequence[StudyLap]) -> tuple[CornerSpread, ...]:
    """How repeatable the driver is, corner by corner; empty with fewer than three laps."""
    if len(laps) < 3:
        return ()
    rows = []
    for k, corner in enumerate(study.track.corners):
        times = [
            lap.trace.grid["time_s"][lap.trace.index_at(corner.end_m)] - lap.trace.grid["time_s"][lap.trace.index_at(corner.start_m)]
            for lap in laps
        ]
        rows.append(
            CornerSpread(
                corner.name,
                _deviation(times),
                _deviation([lap.phases[k].brake_on_m for lap in laps]),
                _deviation([lap.phases[k].v_min_mps for lap in laps]),
                _deviation([lap.phases[k].throttle_on_m for lap in laps]),
            )
        )
    return tuple(rows)


def _deviation(values: Sequence[float]) -> float:
    seen = np.array([value for value in values if np.isfinite(value)])
    return float(seen.std(ddof=1)) if len(seen) >= 3 else np.nan

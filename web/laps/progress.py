"""Consistency and progress from what is stored of laps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.report.charts import KMH
from coach.wording import DASH
from web.laps.drawing import ProgressChart, progress_chart
from web.models.laps import Drive, Lap

FEWEST = 3  # laps, for a standard deviation that says anything (coach/report/analysis.py)
_MEASURES = (
    ("time_s", 1.0, "{:.3f}"),
    ("brake_on_m", 1.0, "{:.1f}"),
    ("v_min_mps", KMH, "{:.1f}"),
    ("throttle_on_m", 1.0, "{:.1f}"),
)


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """Standard deviations in one corner over clean laps, as shown: time, brake point, minimum speed, throttle. `level`: 0 to 10."""

    name: str
    figures: tuple[str, ...]
    level: int


def spread_of(laps: Sequence[Lap]) -> list[SpreadRow]:
    """How repeatable the clean laps are, corner by corner; empty with fewer than three, or while they lie on different maps."""
    clean = [lap for lap in laps if lap.clean]
    if len(clean) < FEWEST or len({(lap.map_version, len(lap.corners)) for lap in clean}) != 1:
        return []
    rows = []
    for k, corner in enumerate(clean[0].corners):
        deviations = [_deviation([lap.corners[k].get(measure) for lap in clean]) for measure, _, _ in _MEASURES]
        rows.append((corner["name"], deviations))
    largest = max((deviations[0] for _, deviations in rows if np.isfinite(deviations[0])), default=1.0) or 1.0
    return [
        SpreadRow(
            name,
            tuple(
                form.format(value * scale) if np.isfinite(value) else DASH
                for value, (_, scale, form) in zip(deviations, _MEASURES, strict=True)
            ),
            round(10.0 * deviations[0] / largest) if np.isfinite(deviations[0]) else 0,
        )
        for name, deviations in rows
    ]


def _deviation(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return float(np.std(known, ddof=1)) if len(known) >= FEWEST else float("nan")


def bars_of(laps: Sequence[Lap]) -> dict[str, int]:
    """For each lap's id how far it is from the fastest of the drive, in twentieths of the slowest clean one."""
    times = [lap.lap_time_s for lap in laps if lap.clean] or [lap.lap_time_s for lap in laps]
    if not times:
        return {}
    fastest, span = min(times), max(max(times) - min(times), 1e-3)
    return {str(lap.id): int(np.clip(round(20.0 * (lap.lap_time_s - fastest) / span), 0, 20)) for lap in laps}


def chart_of(rows: Sequence[tuple[Drive, float | None, float | None]]) -> ProgressChart | None:
    """Best and median over the drives that have clean laps."""
    return progress_chart(
        [(str(drive.id), f"{drive.driven_at:%d %b %Y}", drive.best_time_s, median) for drive, median, _ in rows if drive.best_time_s]
    )

"""Pictures that pages carry in themselves, as SVG: the track coloured by loss, progress over time. They need no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coach.report.charts import MAP_PART_M
from coach.report.drawing import MapDrawing, draw_map
from coach.track.map import TrackMap
from coach.wording import clock
from web.laps.series import stations


@dataclass(frozen=True, slots=True)
class LossMap:
    """The engine's map drawing, and for each of its parts the shade: -10 (gaining) to 10 (losing)."""

    drawing: MapDrawing
    shades: Sequence[int]


def loss_map(track: TrackMap, document: dict[str, Any] | None, worst: frozenset[int]) -> LossMap | None:
    """The track by time lost per metre; all neutral without a comparison. None: the track's shape is not known."""
    full = f"{document['full_scale_s_per_m'] * 100 * 1000:.0f} ms per 100 m" if document else ""
    drawing = draw_map(track, stations(track), worst, MAP_PART_M, full)
    if drawing is None:
        return None
    shades = document["shades"] if document and len(document["shades"]) == len(drawing.parts) else [0] * len(drawing.parts)
    return LossMap(drawing, shades)


@dataclass(frozen=True, slots=True)
class Dot:
    """One drive on the progress chart."""

    x: float
    best_y: float
    median_y: float | None
    says: str
    drive_id: str


@dataclass(frozen=True, slots=True)
class ProgressChart:
    """Best and median lap time over the drives, in a view box of WIDTH x HEIGHT; faster is higher."""

    dots: Sequence[Dot]
    best_line: str
    median_line: str
    ticks: Sequence[tuple[float, str]]
    first: str
    last: str


WIDTH, HEIGHT = 800.0, 260.0
LEFT, _RIGHT, _TOP, _BOTTOM = 110.0, 12.0, 14.0, 34.0


def progress_chart(rows: Sequence[tuple[str, str, float, float | None]]) -> ProgressChart | None:
    """`rows`: drive id, date, best and median clean lap time in s, oldest first. None: fewer than two drives have a clean lap."""
    if len(rows) < 2:
        return None
    best = np.array([row[2] for row in rows])
    median = np.array([np.nan if row[3] is None else row[3] for row in rows])
    low, high = float(best.min()), float(np.nanmax([best.max(), np.nanmax(median)]))
    room = max(0.05 * (high - low), 0.05)
    low, high = low - room, high + room

    def y(seconds: float) -> float:
        return round(_TOP + (seconds - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM), 1)

    xs = np.linspace(LEFT + 14.0, WIDTH - _RIGHT - 10.0, len(rows)).round(1)
    dots = [
        Dot(
            float(x),
            y(b),
            None if np.isnan(m) else y(m),
            f"{row[1]}: best {clock(b)}" + ("" if np.isnan(m) else f", median {clock(m)}"),
            row[0],
        )
        for x, b, m, row in zip(xs, best, median, rows, strict=True)
    ]
    return ProgressChart(
        dots,
        "M" + "L".join(f"{dot.x} {dot.best_y}" for dot in dots),
        "M" + "L".join(f"{dot.x} {dot.median_y}" for dot in dots if dot.median_y is not None),
        [(y(seconds), clock(seconds)[:-1]) for seconds in _ticks(low, high)],
        rows[0][1],
        rows[-1][1],
    )


def _ticks(low: float, high: float) -> list[float]:
    """Round times inside the range, about four."""
    step = next(step for step in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1e9) if (high - low) / step <= 5.0)
    return [float(value) for value in np.arange(np.ceil(low / step) * step, high, step)]

"""The best lap against its reference as drawings for the HTML file: delta, speed and pedals over station, the layout of the page's charts.

Each drawing is stretched to the width there is, so it holds lines only; figures and corner numbers stand beside it as text. Where a
lap does not tell a channel (NaN) its line has a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from overlay.display import PER_MPS, signed_text
from overlay.summary.model import Review, Samples

WIDTH, HEIGHT = 1000.0, 100.0  # of every drawing, in its own units
POINTS = 700  # of a line; a screen shows no more
CORNER_ROOM = 4.0  # per cent of the width that a corner's number takes on a small screen
DELTA_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0)  # s
SPEED_STEPS = (10.0, 20.0, 50.0, 100.0)
TICKS = 4  # at most
AIR = 0.08  # above and below, of what is shown


@dataclass(frozen=True, slots=True)
class Line:
    """Points as SVG wants them, and the name of the colour; `is_area`: filled, faint."""

    points: str
    colour: str
    is_area: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A value beside a drawing, `top` in per cent from its upper edge."""

    top: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart. `name` says what it shows, with the unit."""

    name: str
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class ReviewDrawing:
    """All charts of a review, and the corners above them: number and place, in per cent of the width."""

    title: str
    drawings: tuple[Drawing, ...]
    corners: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a chart's edges stand for."""

    station_m: Samples
    low: float
    high: float

    def y(self, value: Samples) -> Samples:
        return np.asarray(HEIGHT * (self.high - value) / (self.high - self.low))

    def lines(self, values: Samples, colour: str) -> list[Line]:
        """One value per station."""
        x, y = self._x(), self.y(values)
        return [Line(_points(x[part], y[part]), colour) for part in _stretches(np.isfinite(values))]

    def areas(self, values: Samples, where: npt.NDArray[np.bool_], colour: str) -> list[Line]:
        """Lines and the ground down to zero, over each stretch of stations where it holds, up to the station after it."""
        x, y, zero = self._x(), self.y(values), float(self.y(np.array([0.0]))[0])
        made = []
        for one in _stretches(where & np.isfinite(values)):
            goes_on = one.stop < x.size and bool(np.isfinite(values[one.stop]))
            part = slice(one.start, one.stop + goes_on)
            ends = np.array([x[part][-1], x[part][0]])
            made.append(Line(_points(np.append(x[part], ends), np.append(y[part], [zero, zero])), colour, is_area=True))
            made.append(Line(_points(x[part], y[part]), colour))
        return made

    def ticks(self, steps: Sequence[float], text: Callable[[float], str]) -> tuple[Tick, ...]:
        """At whole steps inside, the smallest of these that leaves room between them."""
        step = next((step for step in steps if (self.high - self.low) / step <= TICKS), steps[-1])
        values = np.arange(np.ceil(self.low / step), np.floor(self.high / step) + 1.0) * step
        return tuple(Tick(round(float(top), 1), text(value)) for value, top in zip(values.tolist(), self.y(values), strict=True))

    def _x(self) -> Samples:
        return np.asarray(WIDTH * (self.station_m - self.station_m[0]) / (self.station_m[-1] - self.station_m[0]))


def review_drawing(review: Review, speed_unit: str = "km/h") -> ReviewDrawing:
    """Drawn at equally spaced stations; a chart of which nothing is known is left out."""
    station = np.linspace(review.station_m[0], review.station_m[-1], min(POINTS, review.station_m.size))

    def at(values: Samples) -> Samples:
        return np.interp(station, review.station_m, values)

    start_m, length_m = float(station[0]), float(station[-1] - station[0])
    if length_m <= 0.0:
        return ReviewDrawing(review.title, (), ())
    speeds = [PER_MPS[speed_unit] * at(values) for values in (review.reference_speed_mps, review.speed_mps)]
    charts = _delta(station, at(review.delta_s)), _speed(station, speeds[0], speeds[1], speed_unit), _pedals(station, review, at)
    placed = [(number, 100.0 * (apex_m - start_m) / length_m) for number, apex_m in review.corners]
    return ReviewDrawing(review.title, tuple(chart for chart in charts if chart.lines), _with_room(placed))


def _delta(station: Samples, delta_s: Samples) -> Drawing:
    low, high = _limits(np.append(delta_s, 0.0), DELTA_STEPS[0])
    frame = _Frame(station, low, high)
    losing = np.gradient(delta_s, station) > 0.0
    shown = [*frame.areas(delta_s, losing, "losing"), *frame.areas(delta_s, ~losing, "gaining")]
    lines = [*frame.lines(np.zeros_like(station), "line"), *shown] if shown else []
    return Drawing("Delta, s; + is slower", tuple(lines), frame.ticks(DELTA_STEPS, lambda seconds: signed_text(seconds, 1)))


def _speed(station: Samples, reference: Samples, own: Samples, unit: str) -> Drawing:
    frame = _Frame(station, *_limits(np.concatenate([own, reference]), SPEED_STEPS[0]))
    lines = *frame.lines(reference, "reference"), *frame.lines(own, "text")
    return Drawing(f"Speed, {unit}", lines, frame.ticks(SPEED_STEPS, lambda speed: f"{speed:.0f}"))


def _pedals(station: Samples, review: Review, at: Callable[[Samples], Samples]) -> Drawing:
    frame = _Frame(station, -0.06, 1.06)
    shown = (
        (review.reference_throttle_frac, "reference"),
        (review.reference_brake_frac, "reference"),
        (review.throttle_frac, "throttle"),
        (review.brake_frac, "brake"),
    )
    lines = tuple(line for share, colour in shown for line in frame.lines(at(share), colour))
    return Drawing("Throttle and brake, %", lines, frame.ticks((0.5,), lambda share: f"{abs(share):.0%}"))


def _limits(values: Samples, least: float) -> tuple[float, float]:
    """Of what is known, with some air, and never so near that noise fills the chart."""
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, least)
    air = AIR * max(high - low, least)
    return low - air, high + air


def _stretches(where: npt.NDArray[np.bool_]) -> list[slice]:
    """Stations running at which it holds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], where, [False])).astype(np.int8)))
    return [slice(first, after) for first, after in edges.reshape(-1, 2).tolist()]


def _with_room(placed: Sequence[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Corner numbers that do not run into the one before."""
    kept: list[tuple[str, float]] = []
    for number, left in placed:
        if not kept or left - kept[-1][1] >= CORNER_ROOM:
            kept.append((number, round(left, 2)))
    return tuple(kept)


def _points(x: Samples, y: Samples) -> str:
    return " ".join(f"{across:.1f},{down:.1f}" for across, down in zip(x.tolist(), y.tolist(), strict=True))

"""From a list of straights and arcs to a closed circuit: close the lap, bend the curvature continuously, lay it on stations.

A layout is what a contributor can read off a map: straight 300 m, right 90 degrees of radius 40 m, and so on. Such a list never
closes by itself; `close_layout` moves every value as little as possible until it does. Curvature is linear between knots
(clothoids), hence continuous, and its rate is bounded. It reads no file: that is `circuit.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from coach.arrays import FloatArray
from coach.errors import BadInput

# How far a stated value may be trusted, as one standard deviation: lengths and radii read off a public map are good to about a
# tenth, angles to a few degrees. Only the ratios matter: they say which value gives way when the lap does not close.
LENGTH_SIGMA = 0.10
LENGTH_SIGMA_M = 5.0
RADIUS_SIGMA = 0.10
ANGLE_SIGMA_RAD = np.radians(4.0)
SHORTEST_M = 1.0  # no straight may shrink below this
CLOSED_M = 1e-8
MAX_ROUNDS = 30
COARSE_STEP_M = 2.0
VERTICAL_CURVE_M = 80.0  # roads join two grades by a rounding of this order (parabola), here two moving averages of it
BLEND_M = 30.0  # width and bank change over this


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight (angle_rad 0, length_m given) or an arc (angle_rad + left, radius_m given).

    number 0: no numbered corner (a straight or a nameless bend); neighbours with the same number are one corner.
    clothoid: share of the arc's length that its two transitions take (0..1). height_m, width_m hold at the segment's end and
    over the segment; NaN: not stated. bank_rad: + helps the corner (outer side higher).
    """

    length_m: float = 0.0
    angle_rad: float = 0.0
    radius_m: float = np.inf
    number: int = 0
    name: str = ""
    clothoid: float = 0.5
    bank_rad: float = 0.0
    width_m: float = np.nan
    height_m: float = np.nan

    @property
    def is_arc(self) -> bool:
        """False: a straight."""
        return self.angle_rad != 0.0

    @property
    def arc_m(self) -> float:
        """Length along the centre line, m. Transitions are centred on the ends, so they do not change it."""
        return abs(self.angle_rad) * self.radius_m if self.is_arc else self.length_m


@dataclass(frozen=True, slots=True)
class Knots:
    """Curvature is linear between knots: s_m ascending from 0 to the length, curvature_1pm and heading_rad at them."""

    s_m: FloatArray
    curvature_1pm: FloatArray
    heading_rad: FloatArray

    def curvature_at(self, s_m: FloatArray) -> FloatArray:
        """Curvature, 1/m, + left."""
        return np.asarray(np.interp(s_m, self.s_m, self.curvature_1pm), dtype=np.float64)

    def heading_at(self, s_m: FloatArray) -> FloatArray:
        """Exact integral of the curvature, rad, unwrapped, 0 at station 0."""
        k = np.clip(np.searchsorted(self.s_m, s_m, side="right") - 1, 0, self.s_m.size - 2)
        ds = s_m - self.s_m[k]
        return np.asarray(self.heading_rad[k] + 0.5 * ds * (self.curvature_1pm[k] + self.curvature_at(s_m)))


def segment_ends(segments: tuple[Segment, ...]) -> FloatArray:
    """Stations where the segments end, m, shape (len(segments),)."""
    return np.cumsum([segment.arc_m for segment in segments])


def curvature_knots(segments: tuple[Segment, ...]) -> Knots:
    """Linear transitions centred on the joints, so that every arc keeps its angle and the lap its length."""
    ends = segment_ends(segments)
    s, curvature = [0.0], [_curvature(segments[0])]
    for k in range(len(segments) - 1):
        half = 0.5 * transition_m(segments[k], segments[k + 1])
        s += [ends[k] - half, ends[k] + half]
        curvature += [_curvature(segments[k]), _curvature(segments[k + 1])]
    s.append(float(ends[-1]))
    curvature.append(_curvature(segments[-1]))
    knots_s, knots_k = np.asarray(s), np.asarray(curvature)
    heading = np.concatenate([[0.0], np.cumsum(0.5 * np.diff(knots_s) * (knots_k[1:] + knots_k[:-1]))])
    return Knots(knots_s, knots_k, heading)


def _curvature(segment: Segment) -> float:
    return float(np.sign(segment.angle_rad)) / segment.radius_m if segment.is_arc else 0.0


def transition_m(a: Segment, b: Segment) -> float:
    """Length of the transition between two neighbours: each arc offers its share, a straight all of itself."""
    return min(segment.arc_m * (segment.clothoid if segment.is_arc else 1.0) for segment in (a, b))


def centre_line(knots: Knots, n: int) -> tuple[FloatArray, FloatArray]:
    """x, y at n + 1 equal stations from 0 to the length, m; Simpson's rule over each step (error below 1e-6 m at 1 m)."""
    s = np.linspace(0.0, knots.s_m[-1], 2 * n + 1)
    heading = knots.heading_at(s)
    h = (s[2] - s[0]) / 6.0
    x, y = (
        np.concatenate([[0.0], np.cumsum(h * (part[:-2:2] + 4.0 * part[1::2] + part[2::2]))]) for part in (np.cos(heading), np.sin(heading))
    )
    return x, y


def close_layout(segments: tuple[Segment, ...], length_m: float) -> tuple[Segment, ...]:
    """The nearest layout whose lap closes in position and heading and is length_m long.

    Weighted least squares over straight lengths, angles and log radii under four constraints (Gauss-Newton with Lagrange
    multipliers); BadInput when the stated values are too far from any closed lap.
    """
    if len(segments) < 3 or segments[0].is_arc or segments[-1].is_arc:
        raise BadInput("A layout needs a straight at its start and at its end (the line lies on a straight) and corners between.")
    turn = 2.0 * np.pi * np.sign(sum(segment.angle_rad for segment in segments))
    stated, sigma = _parameters(segments)
    values = stated.copy()
    for _ in range(MAX_ROUNDS):
        gap = _gap(segments, values, length_m, turn)
        if np.abs(gap).max() < CLOSED_M:
            return _with(segments, values)
        jacobian = _jacobian(segments, values, length_m, turn, gap)
        weighted = jacobian * sigma**2
        step = weighted.T @ np.linalg.solve(weighted @ jacobian.T, jacobian @ (values - stated) - gap) + stated - values
        values = _kept_sane(segments, values + step)
    raise BadInput(f"The layout misses closing by {np.hypot(gap[0], gap[1]):.1f} m: check its angles and straights against a map.")


def _parameters(segments: tuple[Segment, ...]) -> tuple[FloatArray, FloatArray]:
    """Free values of a layout and their standard deviations: lengths of straights, then angles, then log radii of arcs."""
    straights = np.array([s.length_m for s in segments if not s.is_arc])
    arcs = [s for s in segments if s.is_arc]
    values = np.concatenate([straights, [s.angle_rad for s in arcs], np.log([s.radius_m for s in arcs])])
    sigma = np.concatenate(
        [LENGTH_SIGMA * straights + LENGTH_SIGMA_M, np.full(len(arcs), ANGLE_SIGMA_RAD), np.full(len(arcs), RADIUS_SIGMA)]
    )
    return values, sigma


def _with(segments: tuple[Segment, ...], values: FloatArray) -> tuple[Segment, ...]:
    """The layout with its free values replaced."""
    arcs = sum(segment.is_arc for segment in segments)
    straights = len(segments) - arcs
    lengths = iter(values[:straights])
    bends = iter(zip(values[straights : straights + arcs], np.exp(values[straights + arcs :]), strict=True))
    return tuple(_changed(segment, lengths, bends) for segment in segments)


def _changed(segment: Segment, lengths: Iterator[float], bends: Iterator[tuple[float, float]]) -> Segment:
    if not segment.is_arc:
        return replace(segment, length_m=float(next(lengths)))
    angle, radius = next(bends)
    return replace(segment, angle_rad=float(angle), radius_m=float(radius))


def _kept_sane(segments: tuple[Segment, ...], values: FloatArray) -> FloatArray:
    """No straight shorter than SHORTEST_M."""
    straights = sum(not segment.is_arc for segment in segments)
    return np.concatenate([np.maximum(values[:straights], SHORTEST_M), values[straights:]])


def _gap(segments: tuple[Segment, ...], values: FloatArray, length_m: float, turn_rad: float) -> FloatArray:
    """What is missing to close: x, y, heading (times the length's order, so that all are metres), length; shape (4,)."""
    knots = curvature_knots(_with(segments, values))
    x, y = centre_line(knots, round(length_m / COARSE_STEP_M))
    return np.array([x[-1], y[-1], 100.0 * (knots.heading_rad[-1] - turn_rad), knots.s_m[-1] - length_m])


def _jacobian(segments: tuple[Segment, ...], values: FloatArray, length_m: float, turn_rad: float, gap: FloatArray) -> FloatArray:
    """Forward differences of the gap, shape (4, parameters)."""
    jacobian = np.empty((4, values.size))
    for k in range(values.size):
        moved = values.copy()
        moved[k] += 1e-5
        jacobian[:, k] = (_gap(segments, moved, length_m, turn_rad) - gap) / 1e-5
    return jacobian


def smooth_profile(s_m: FloatArray, values: FloatArray, n: int, length_m: float, window_m: float) -> FloatArray:
    """Periodic polyline through (s, value), rounded by two moving averages of window_m, at n equal stations; shape (n,).

    Two moving averages make slope and its rate continuous without overshoot: constant grades joined by vertical curves, as
    roads are built.
    """
    step = length_m / n
    line = np.interp(step * np.arange(n), s_m, values, period=length_m)
    half = max(1, round(0.5 * window_m / step))
    for _ in range(2):
        padded = np.concatenate([line[-half:], line, line[:half]])
        total = np.concatenate([[0.0], np.cumsum(padded)])
        line = (total[2 * half + 1 :] - total[: -2 * half - 1]) / (2 * half + 1)
    return np.asarray(line, dtype=np.float64)

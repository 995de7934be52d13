"""The invented circuit of the demonstration: eight corners clockwise, a chicane, a kink taken flat, 2.3 km, gentle hills."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray

NAME, CONFIG, TRACK_ID = "Demonstration Circuit", "Grand Prix", "racingcoach demo"

# One row per corner: turn in degrees (+ left), least radius in m, length of the ramp into and out of it in m. The ramps are
# long because the centre line is also the driven line: a racing line bends and unbends steadily.
BENDS = (
    (-95.0, 40.0, 50.0),
    (52.0, 70.0, 48.0),
    (-132.0, 24.0, 42.0),
    (-18.0, 300.0, 60.0),  # the kink
    (-92.0, 58.0, 68.0),
    (62.0, 27.0, 22.0),  # the chicane
    (-66.0, 29.0, 25.0),
    (-71.0, 80.0, 75.0),
)
# Straights in m, wanted: before each corner and back to the line; they are stretched as little as possible to close the lap.
STRAIGHTS = (300.0, 150.0, 180.0, 230.0, 190.0, 180.0, 30.0, 260.0, 190.0)
HILLS_M = ((7.0, 1, 0.6), (2.5, 3, 2.0))  # height, hills per lap, phase
FINE_M = 0.1  # step of the integration; the closed lap then closes within 1 cm


@dataclass(frozen=True, slots=True)
class Circuit:
    """Centre line at n stations, shape (n,) each; station i * step_m, closed. apex_m: one station per corner."""

    length_m: float
    step_m: float
    curvature_1pm: FloatArray
    heading_rad: FloatArray
    x_m: FloatArray
    y_m: FloatArray
    altitude_m: FloatArray
    grade_frac: FloatArray
    apex_m: tuple[float, ...]


def build_circuit() -> Circuit:
    """The circuit on stations about a metre apart."""
    straights = _closing(np.asarray(STRAIGHTS))
    nodes, curvature, apexes = _curvature_nodes(straights)
    length = float(nodes[-1])
    fine = np.linspace(0.0, length, round(length / FINE_M) + 1)
    heading, x, y = _integrate(fine, np.interp(fine, nodes, curvature))
    share = fine / length
    x, y = x - x[-1] * share, y - y[-1] * share
    n = round(length)
    s = length / n * np.arange(n)
    angle = 2.0 * np.pi * s / length
    altitude = np.sum([h * np.sin(k * angle + phase) for h, k, phase in HILLS_M], axis=0)
    grade = np.sum([h * k * np.cos(k * angle + phase) for h, k, phase in HILLS_M], axis=0) * 2.0 * np.pi / length
    heading, x, y = (np.interp(s, fine, values) for values in (heading, x, y))
    return Circuit(length, length / n, np.interp(s, nodes, curvature), heading, x, y, altitude, grade, tuple(apexes))


def _bend_length(turn_deg: float, radius_m: float, ramp_m: float) -> float:
    """Length of a corner whose curvature rises and falls linearly over its ramps."""
    return float(np.radians(abs(turn_deg))) * radius_m + ramp_m


def _curvature_nodes(straights: FloatArray) -> tuple[FloatArray, FloatArray, list[float]]:
    """Stations and curvatures between which the curvature is linear, and the middles of the corners."""
    nodes, curvature, apexes, at = [0.0], [0.0], [], 0.0
    for straight, (turn, radius, ramp) in zip(straights, BENDS, strict=False):
        start, end = at + straight, at + straight + _bend_length(turn, radius, ramp)
        nodes += [start, start + ramp, end - ramp, end]
        curvature += [0.0, np.sign(turn) / radius, np.sign(turn) / radius, 0.0]
        apexes.append(0.5 * (start + end))
        at = end
    return np.asarray([*nodes, at + straights[-1]]), np.asarray([*curvature, 0.0]), apexes


def _integrate(s: FloatArray, curvature: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    step = np.diff(s)
    heading = np.concatenate([[0.0], np.cumsum(0.5 * (curvature[1:] + curvature[:-1]) * step)])
    middle = 0.5 * (heading[1:] + heading[:-1])
    x, y = (np.concatenate([[0.0], np.cumsum(f(middle) * step)]) for f in (np.cos, np.sin))
    return heading, x, y


def _closing(straights: FloatArray) -> FloatArray:
    """The straights nearest to the wanted ones that bring the car back to where it began."""
    nodes, curvature, _ = _curvature_nodes(straights)
    fine = np.linspace(0.0, nodes[-1], round(nodes[-1] / FINE_M) + 1)
    _, x, y = _integrate(fine, np.interp(fine, nodes, curvature))
    headings = np.radians(np.concatenate([[0.0], np.cumsum([turn for turn, _, _ in BENDS])]))
    along = np.stack([np.cos(headings), np.sin(headings)])
    closed: FloatArray = straights - along.T @ np.linalg.solve(along @ along.T, np.array([x[-1], y[-1]]))
    return closed

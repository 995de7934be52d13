"""Random plausible circuits for training and for tests that must not know the road: same seed, same circuit.

A star-shaped polygon never crosses itself; its vertices become corners, some of its long sides get a chicane, and the layout is
closed like any other. What comes out too tight, too close to itself or out of the stated ranges is thrown away and drawn again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coach.arrays import FloatArray
from coach.errors import BadInput
from coach.sim.circuit import Circuit, Place, build_circuit
from coach.sim.layout import Segment

LENGTH_M = (1500.0, 6000.0)
CORNERS = (6, 18)
RADIUS_M = (12.0, 250.0)
WIDTH_M = (9.0, 15.0)
SPARE_RADIUS = 1.06  # drawn radii keep this factor from the limits: closing moves them a little
SHORTEST_ARC_M = 25.0  # a shorter one would have to be steered within a tenth of a second or two
SHARPEST_RAD = np.radians(150.0)
CORNER_RAD = np.radians(15.0)  # a gentler bend is a kink without a number
CHICANE_STRAIGHT_M = 320.0  # a straight must be this long to be broken
STEEPEST_FRAC = 0.08  # public roads and circuits rarely exceed it for long
VERGE_M = 8.0  # least free ground between two parts of the track
TRIES = 500


def random_circuit(seed: int) -> Circuit:
    """A closed circuit of 1.5 to 6 km with 6 to 18 corners of 12 to 250 m radius, 9 to 15 m wide, with hills and bank."""
    random = np.random.default_rng([seed, 0x51C])
    for _ in range(TRIES):
        try:
            circuit = _draw(random, seed)
        except BadInput:  # this draw cannot be closed
            continue
        if circuit is not None and _is_plausible(circuit):
            return circuit
    raise BadInput(f"Seed {seed} gives no plausible circuit in {TRIES} draws: take another seed.")


def _draw(random: np.random.Generator, seed: int) -> Circuit | None:
    """One draw; None when the polygon leaves no room for its corners."""
    vertices = int(random.integers(6, 15))
    length = float(np.clip(vertices * random.uniform(190.0, 420.0), LENGTH_M[0] * 1.02, LENGTH_M[1] * 0.98))
    corners = _polygon(random, vertices, length)
    if random.random() < 0.3:  # most circuits run clockwise
        corners = corners.conj()
    width = float(random.uniform(*WIDTH_M))
    segments = _segments(random, corners, width)
    if segments is None:
        return None
    total = sum(segment.arc_m for segment in segments)
    segments = _with_hills(random, segments, total)
    pit = 0.5 * min(segments[0].length_m, segments[-1].length_m)
    latitude, longitude, bearing = (float(random.uniform(-k, k)) for k in (55.0, 180.0, 180.0))
    kerb = float(random.uniform(0.5, 2.0))
    place = Place(f"random-{seed}", f"Random {seed} (generated)", total, width, kerb, -pit, pit, latitude, longitude, bearing % 360.0)
    return build_circuit(place, segments)


def _polygon(random: np.random.Generator, vertices: int, length_m: float) -> FloatArray:
    """Vertices (complex, m), clockwise around the origin, of a star-shaped polygon of about length_m, shape (vertices,)."""
    angle = np.cumsum(random.uniform(0.4, 1.6, vertices))
    angle *= -2.0 * np.pi / angle[-1]
    distance = np.exp(random.normal(0.0, 0.4, vertices))
    squeeze = random.uniform(0.45, 1.0)  # circuits are longer than wide
    points = distance * (np.cos(angle) + 1j * squeeze * np.sin(angle))
    return np.asarray(points * length_m / np.abs(points - np.roll(points, 1)).sum())


def _segments(random: np.random.Generator, corners: FloatArray, width_m: float) -> tuple[Segment, ...] | None:
    """Straights and arcs along the polygon, beginning with half of its longest straight; None without room."""
    sides = np.roll(corners, -1) - corners  # side k runs from vertex k to k + 1
    turns = np.angle(sides / np.roll(sides, 1))
    reach = 0.45 * np.minimum(np.abs(sides), np.abs(np.roll(sides, 1))) / np.tan(0.5 * np.abs(turns))
    least = max(RADIUS_M[0], 0.9 * width_m) * SPARE_RADIUS
    low, high = np.maximum(least, SHORTEST_ARC_M / np.abs(turns)), np.minimum(reach, RADIUS_M[1] / SPARE_RADIUS)
    if np.abs(turns).max() > SHARPEST_RAD or np.any(high < low):
        return None
    radii = np.exp(random.uniform(np.log(low), np.log(high)))
    touch = radii * np.tan(0.5 * np.abs(turns))
    straights = np.abs(sides) - touch - np.roll(touch, -1)
    first = int(np.argmax(straights))
    line = float(random.uniform(0.3, 0.6)) * straights[first]
    parts: list[Segment] = [Segment(length_m=straights[first] - line)]
    for k in range(1, corners.size + 1):
        vertex = (first + k) % corners.size
        parts.append(_arc(random, turns[vertex], radii[vertex]))
        if k < corners.size:
            parts += _straight(random, straights[vertex], least)
    return _numbered([*parts, Segment(length_m=line)])


def _arc(random: np.random.Generator, angle_rad: float, radius_m: float) -> Segment:
    return Segment(
        angle_rad=float(angle_rad),
        radius_m=float(radius_m),
        clothoid=float(random.uniform(0.3, 0.7)),
        bank_rad=float(np.radians(max(0.0, random.normal(1.0, 2.0)))),
    )


def _straight(random: np.random.Generator, length_m: float, least_radius_m: float) -> list[Segment]:
    """A straight, or the same way with a chicane that leaves and regains its line."""
    if length_m < CHICANE_STRAIGHT_M or random.random() < 0.6:
        return [Segment(length_m=float(length_m))]
    angle = float(np.radians(random.uniform(25.0, 45.0))) * (1.0 if random.random() < 0.5 else -1.0)
    radius = max(float(random.uniform(18.0, 45.0)), least_radius_m, SHORTEST_ARC_M / abs(angle))
    between = float(random.uniform(5.0, 25.0))
    along = 4.0 * radius * np.sin(abs(angle)) + 2.0 * between * np.cos(angle)
    before = float(random.uniform(0.35, 0.75)) * (length_m - along)
    a, b, c = (_arc(random, turn, radius) for turn in (angle, -2.0 * angle, angle))
    gap = Segment(length_m=between)
    return [Segment(length_m=before), a, gap, b, gap, c, Segment(length_m=float(length_m - along - before))]


def _numbered(parts: list[Segment]) -> tuple[Segment, ...]:
    """Number the corners in driving order; bends gentler than CORNER_RAD stay kinks."""
    number, done = 0, []
    for part in parts:
        is_corner = abs(part.angle_rad) >= CORNER_RAD
        number += is_corner
        done.append(replace(part, number=number) if is_corner else part)
    return tuple(done)


def _with_hills(random: np.random.Generator, segments: tuple[Segment, ...], length_m: float) -> tuple[Segment, ...]:
    """Heights at the segment ends from three long waves, no part steeper than STEEPEST_FRAC."""
    ends = np.cumsum([segment.arc_m for segment in segments])
    waves, phases = random.normal(0.0, 10.0, 3) / np.arange(1, 4), random.uniform(0.0, 2.0 * np.pi, 3)
    height = sum(waves[k] * np.sin(2.0 * np.pi * (k + 1) * ends / length_m + phases[k]) for k in range(3))
    grade = np.abs(np.diff(height, prepend=height[-1])) / np.diff(ends, prepend=0.0)
    height = height * min(1.0, STEEPEST_FRAC / grade.max())
    return tuple(replace(segment, height_m=float(h)) for segment, h in zip(segments, height, strict=True))


def _is_plausible(circuit: Circuit) -> bool:
    tightest = 1.0 / np.abs(circuit.curvature_1pm).max()
    return (
        LENGTH_M[0] <= circuit.length_m <= LENGTH_M[1]
        and CORNERS[0] <= len(circuit.corners) <= CORNERS[1]
        and RADIUS_M[0] <= tightest
        and nearest_approach_m(circuit) > VERGE_M
    )


def nearest_approach_m(circuit: Circuit) -> float:
    """Least free ground between two parts of the track that are not neighbours, m; negative where edges overlap.

    Neighbours: parts less far along the track than half a circle whose edges are that far apart. Every fourth metre is tried.
    """
    every = max(1, round(4.0 / circuit.step_m))
    point = (circuit.x_m + 1j * circuit.y_m)[::every]
    half = (0.5 * (circuit.left_m + circuit.right_m))[::every]
    station = circuit.step_m * every * np.arange(point.size)
    apart = np.abs(station[:, None] - station[None, :])
    apart = np.minimum(apart, circuit.length_m - apart)
    reach = half[:, None] + half[None, :]
    free = np.abs(point[:, None] - point[None, :]) - reach
    far = apart > 0.5 * np.pi * (reach + VERGE_M)
    return float(free[far].min())

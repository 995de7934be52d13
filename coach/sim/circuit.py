"""The circuits of the proving ground: the type, and reading one from its file of straights and arcs.

Shapes, lengths and heights are approximations from public facts, not surveys; every name says so. The files are written for
people: a list of segments in driving order from the line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from coach.arrays import FloatArray
from coach.errors import BadInput
from coach.sim.layout import (
    BLEND_M,
    VERTICAL_CURVE_M,
    Segment,
    centre_line,
    close_layout,
    curvature_knots,
    segment_ends,
    smooth_profile,
    transition_m,
)

STEP_M = 1.0
FOLDER = files("coach.sim") / "circuits"
DIRECTIONS = {"left": 1.0, "right": -1.0}
SEGMENT_KEYS = {"straight_m", "turn", "angle_deg", "radius_m", "corner", "name", "clothoid", "bank_deg", "width_m", "height_m"}


@dataclass(frozen=True, slots=True)
class CircuitCorner:
    """A numbered corner; stations in metres of the centre line, start_m < apex_m < end_m (its transitions included)."""

    number: int
    name: str
    direction: int  # +1 left, -1 right
    start_m: float
    apex_m: float  # middle of its tightest arc
    end_m: float


@dataclass(frozen=True, slots=True)
class Circuit:
    """A closed circuit on the centre line: arrays of shape (n,), station i * step_m, n * step_m = length_m.

    x_m, y_m: plane, origin at the line, x along the track there; heading_rad: unwrapped, + left; curvature_1pm: + left,
    continuous; elevation_m: 0 at the line; bank_rad: + left side higher; left_m, right_m: distance to the edge lines (> 0).
    kerb_m: width of the kerbs beyond the edge lines; beyond them lies grass. north_rad: direction of north in the plane.
    """

    id: str
    name: str
    length_m: float
    step_m: float
    x_m: FloatArray
    y_m: FloatArray
    heading_rad: FloatArray
    curvature_1pm: FloatArray
    elevation_m: FloatArray
    bank_rad: FloatArray
    left_m: FloatArray
    right_m: FloatArray
    kerb_m: float
    corners: tuple[CircuitCorner, ...]
    pit_entry_m: float
    pit_exit_m: float
    latitude_deg: float
    longitude_deg: float
    north_rad: float


@dataclass(frozen=True, slots=True)
class Place:
    """What a circuit has beside its shape. pit_entry_m, pit_exit_m count from the line, the entry usually backwards (< 0)."""

    id: str
    name: str
    length_m: float
    width_m: float
    kerb_m: float
    pit_entry_m: float
    pit_exit_m: float
    latitude_deg: float
    longitude_deg: float
    bearing_deg: float  # compass course of the track at the line


def circuit_ids() -> tuple[str, ...]:
    """Ids that `load_circuit` knows, sorted."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in FOLDER.iterdir() if entry.name.endswith(".toml")))


def load_circuit(circuit_id: str) -> Circuit:
    """A circuit by its id; BadInput lists the ids when there is no such one."""
    return build_circuit(*read_layout(circuit_id))


def read_layout(circuit_id: str) -> tuple[Place, tuple[Segment, ...]]:
    """What a circuit's file states, not yet closed."""
    if circuit_id not in circuit_ids():
        raise BadInput(f"There is no circuit {circuit_id!r}; there are: {', '.join(circuit_ids())}.")
    table = tomllib.loads((FOLDER / f"{circuit_id}.toml").read_text(encoding="utf-8"))
    keys = ("name", "length_m", "width_m", "kerb_m", "pit_entry_m", "pit_exit_m", "latitude_deg", "longitude_deg", "bearing_deg")
    place = Place(circuit_id, *(table[key] for key in keys))
    return place, tuple(_segment(row, f"{circuit_id}, segment {i + 1}") for i, row in enumerate(table["segment"]))


def _segment(row: Mapping[str, Any], where: str) -> Segment:
    if unknown := set(row) - SEGMENT_KEYS:
        raise BadInput(f"Circuit {where}: unknown {', '.join(sorted(unknown))}; a segment has: {', '.join(sorted(SEGMENT_KEYS))}.")
    width, height = float(row.get("width_m", np.nan)), float(row.get("height_m", np.nan))
    if "straight_m" in row:
        return Segment(length_m=float(row["straight_m"]), width_m=width, height_m=height)
    if row.get("turn") not in DIRECTIONS:
        raise BadInput(f"Circuit {where}: has neither straight_m nor turn = 'left' or 'right'.")
    if missing := {"angle_deg", "radius_m"} - set(row):
        raise BadInput(f"Circuit {where}: an arc needs {' and '.join(sorted(missing))}.")
    return Segment(
        angle_rad=DIRECTIONS[row["turn"]] * float(np.radians(row["angle_deg"])),
        radius_m=float(row["radius_m"]),
        number=int(row.get("corner", 0)),
        name=str(row.get("name", "")),
        clothoid=float(row.get("clothoid", 0.5)),
        bank_rad=float(np.radians(row.get("bank_deg", 0.0))),
        width_m=width,
        height_m=height,
    )


def build_circuit(place: Place, stated: tuple[Segment, ...]) -> Circuit:
    """Close a layout and lay it on stations about STEP_M apart."""
    segments = close_layout(stated, place.length_m)
    knots, ends = curvature_knots(segments), segment_ends(segments)
    length = float(ends[-1])
    n = round(length / STEP_M)
    s = length / n * np.arange(n, dtype=np.float64)
    x, y = centre_line(knots, n)
    half = 0.5 * _width(segments, ends, place.width_m, n)
    return Circuit(
        id=place.id,
        name=place.name,
        length_m=length,
        step_m=length / n,
        x_m=x[:-1],
        y_m=y[:-1],
        heading_rad=knots.heading_at(s),
        curvature_1pm=knots.curvature_at(s),
        elevation_m=_elevation(segments, ends, n),
        bank_rad=_bank(segments, ends, n),
        left_m=half,
        right_m=half.copy(),
        kerb_m=place.kerb_m,
        corners=find_corners(segments),
        pit_entry_m=place.pit_entry_m % length,
        pit_exit_m=place.pit_exit_m % length,
        latitude_deg=place.latitude_deg,
        longitude_deg=place.longitude_deg,
        north_rad=float(np.radians(place.bearing_deg)),
    )


def _elevation(segments: tuple[Segment, ...], ends: FloatArray, n: int) -> FloatArray:
    """Height above the line, m, shape (n,): constant grades between stated heights, rounded."""
    stated = np.array([segment.height_m for segment in segments])
    known = np.isfinite(stated)
    if not known.any():
        return np.zeros(n)
    height = smooth_profile(ends[known], stated[known], n, float(ends[-1]), VERTICAL_CURVE_M)
    return np.asarray(height - height[0])


def _bank(segments: tuple[Segment, ...], ends: FloatArray, n: int) -> FloatArray:
    """Bank, rad, + left side higher, shape (n,); a corner's bank helps it: in a right-hander the left side is higher."""
    value = np.array([-np.sign(segment.angle_rad) * segment.bank_rad for segment in segments])
    return _per_segment(value, ends, n)


def _width(segments: tuple[Segment, ...], ends: FloatArray, width_m: float, n: int) -> FloatArray:
    stated = np.array([segment.width_m for segment in segments])
    return _per_segment(np.where(np.isfinite(stated), stated, width_m), ends, n)


def _per_segment(value: FloatArray, ends: FloatArray, n: int) -> FloatArray:
    """A value that holds over each segment, blended over BLEND_M at its ends; shape (n,)."""
    starts = np.concatenate([[0.0], ends[:-1]])
    lead = np.minimum(0.1, 0.25 * (ends - starts))  # both ends of each step, so that the polyline is a staircase
    s = np.column_stack([starts + lead, ends - lead]).ravel()
    return smooth_profile(s, np.repeat(value, 2), n, float(ends[-1]), 0.5 * BLEND_M)


def find_corners(segments: tuple[Segment, ...]) -> tuple[CircuitCorner, ...]:
    """The numbered corners in driving order: neighbouring arcs of one number are one corner."""
    ends = segment_ends(segments)
    numbers = sorted({segment.number for segment in segments} - {0})
    return tuple(_corner(segments, ends, number) for number in numbers)


def _corner(segments: tuple[Segment, ...], ends: FloatArray, number: int) -> CircuitCorner:
    arcs = [i for i, segment in enumerate(segments) if segment.number == number]
    tightest = min(arcs, key=lambda i: segments[i].radius_m)
    first, last = arcs[0], arcs[-1]
    middle = ends[tightest] - 0.5 * segments[tightest].arc_m
    name = next((segments[i].name for i in arcs if segments[i].name), f"Turn {number}")
    direction = 1 if sum(segments[i].angle_rad for i in arcs) > 0.0 else -1
    # On a straight the corner begins where the curvature does; between two corners it begins at the joint.
    before, after = segments[first - 1], segments[last + 1]
    start = ends[first - 1] - (0.0 if before.is_arc else 0.5 * transition_m(before, segments[first]))
    end = ends[last] + (0.0 if after.is_arc else 0.5 * transition_m(segments[last], after))
    return CircuitCorner(number, name, direction, float(start), float(middle), float(end))

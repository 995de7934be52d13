"""Track map and g-g diagram as SVG paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.physics.car import CarModel
from coach.track.map import Corner, TrackMap

G_MPS2 = 9.80665
MOST_GRIP_POINTS = 2500


@dataclass(frozen=True, slots=True)
class MapLabel:
    """A corner's turn number beside the line."""

    turn_number: str
    x: float
    y: float
    worst: bool


@dataclass(frozen=True, slots=True)
class MapDrawing:
    """The map in its own view box; `parts` are the pieces of the line that are coloured one by one."""

    view_box: str
    parts: tuple[str, ...]
    line: str  # mark at start/finish
    width: float
    line_width: float
    font: float
    halo: float
    dot: float
    corners: tuple[MapLabel, ...]
    x: FloatArray  # of the chart's stations, in the view box
    y: FloatArray
    full_scale: str


def draw_map(track: TrackMap, station_m: FloatArray, worst: frozenset[int], part_m: float, full_scale: str) -> MapDrawing | None:
    """The track from above, y up; None when the map has no position. `station_m`: where the charts have their points."""
    if not np.isfinite(track.x_m).all():
        return None
    x, y = _turned(track.x_m, track.y_m)
    span = float(max(np.ptp(x), np.ptp(y)))
    pad = 0.09 * span
    own_station = np.arange(len(x)) * track.step_m
    closed = np.append(own_station, track.length_m)
    px = np.interp(station_m, closed, np.append(x, x[0]))
    py = np.interp(station_m, closed, np.append(y, y[0]))
    edges = np.arange(0.0, track.length_m, part_m)
    parts = []
    for start in edges:
        s = np.linspace(start, min(start + part_m, track.length_m), 4)
        parts.append(_path(np.interp(s, closed, np.append(x, x[0])), np.interp(s, closed, np.append(y, y[0]))))
    heading = np.arctan2(y[1] - y[0], x[1] - x[0])
    across = np.array([-np.sin(heading), np.cos(heading)]) * 0.022 * span
    line = _path(np.array([x[0] - across[0], x[0] + across[0]]), np.array([y[0] - across[1], y[0] + across[1]]))
    labels = tuple(_label(c, closed, x, y, 0.05 * span, c.number in worst) for c in track.corners)
    return MapDrawing(
        view_box=f"{x.min() - pad:.1f} {y.min() - pad:.1f} {np.ptp(x) + 2 * pad:.1f} {np.ptp(y) + 2 * pad:.1f}",
        parts=tuple(parts),
        line=line,
        width=round(0.016 * span, 2),
        line_width=round(0.006 * span, 2),
        font=round(0.034 * span, 2),
        halo=round(0.010 * span, 2),
        dot=round(0.013 * span, 2),
        corners=labels,
        x=np.round(px, 1),
        y=np.round(py, 1),
        full_scale=full_scale,
    )


def _turned(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The map turned so that it lies flat (widest axis level) and y points down, as screens have it."""
    centred = np.stack([x - x.mean(), y - y.mean()])
    axis = np.linalg.svd(centred, full_matrices=False)[0][:, 0]
    angle = -np.arctan2(axis[1], axis[0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = turn @ centred
    return turned[0], -turned[1]


def _label(corner: Corner, closed: FloatArray, x: FloatArray, y: FloatArray, away: float, worst: bool) -> MapLabel:
    """The number on the outside of its corner: so those of a chicane stand on opposite sides."""
    s = np.array([corner.apex_m - 5.0, corner.apex_m, corner.apex_m + 5.0]) % closed[-1]
    px, py = np.interp(s, closed, np.append(x, x[0])), np.interp(s, closed, np.append(y, y[0]))
    left = np.array([py[2] - py[0], -(px[2] - px[0])])  # y points down on the screen
    left /= np.linalg.norm(left) or 1.0
    spot = np.array([px[1], py[1]]) - corner.direction * away * left
    return MapLabel(corner.turn_number, round(float(spot[0]), 1), round(float(spot[1]), 1), worst)


def _path(x: FloatArray, y: FloatArray) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))


@dataclass(frozen=True, slots=True)
class Ring:
    """A circle of equal acceleration."""

    radius: float
    label: str


@dataclass(frozen=True, slots=True)
class GripDrawing:
    """g-g diagram in a view box of -110..110; braking is up."""

    points: str
    rings: tuple[Ring, ...]
    envelope: str
    speed: str
    removed: str


def draw_grip(
    long_mps2: FloatArray, lat_mps2: FloatArray, car: CarModel, speed_mps: float, removed: str, most_points: int = MOST_GRIP_POINTS
) -> GripDrawing | None:
    """The driver's accelerations and what the car reached at one speed. Left turns lie on the left."""
    seen = np.isfinite(long_mps2) & np.isfinite(lat_mps2)
    if np.count_nonzero(seen) < 50:
        return None
    ax, ay = long_mps2[seen] / G_MPS2, lat_mps2[seen] / G_MPS2
    reach = max(0.5, float(np.percentile(np.hypot(ax, ay), 99.5)))
    scale = 95.0 / reach
    keep = np.linspace(0, len(ax) - 1, min(len(ax), most_points)).astype(int)
    points = "".join(f"M{-ay[i] * scale:.1f} {ax[i] * scale:.1f}h.01" for i in keep)
    rings = tuple(Ring(round(g * scale, 1), f"{g:g} g") for g in np.arange(0.5, reach + 0.01, 0.5 if reach <= 2.2 else 1.0))
    return GripDrawing(points, rings, _envelope(car, speed_mps, scale), f"{speed_mps * 3.6:.0f} km/h", removed)


def _envelope(car: CarModel, speed_mps: float, scale: float) -> str:
    """Superellipse of braking, acceleration and lateral limit at one speed; empty when the car's limits are not known."""
    lateral, braking, driving = (
        float(np.interp(speed_mps, car.speed_mps, values)) / G_MPS2 for values in (car.lateral_mps2, car.braking_mps2, car.accel_full_mps2)
    )
    if not np.isfinite([lateral, braking, driving]).all():
        return ""
    angle = np.linspace(0.0, 2.0 * np.pi, 121)
    c, s = np.cos(angle), np.sin(angle)
    power = 2.0 / car.ellipse
    y = np.sign(c) * np.abs(c) ** power * lateral
    x = np.sign(s) * np.abs(s) ** power * np.where(s > 0, max(driving, 0.0), braking)
    return _path(-y * scale, x * scale) + "Z"

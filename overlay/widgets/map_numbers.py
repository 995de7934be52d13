"""Where corner numbers stand on the map: outside of their bends, a fixed distance off the track, off the edge and off each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF

Points = npt.NDArray[np.float64]  # shape (n, 2)
CLEAR_PX = 11.0  # from the middle of the track, which is 12 wide; all in design pixels
BEND_SHARE = 0.03  # of the lap before and after a point: what tells which way the track bends there
STRAIGHT = 0.02  # a bend that rises by less than this of its chord says nothing about an outside
# Degrees off the outside and pixels further away, the nearest first: a quarter turn is as bad as eight pixels.
TRIES = sorted(
    ((turn, far) for turn in range(-165, 181, 15) for far in (0, 4, 8, 14, 22, 32, 44, 58)), key=lambda one: abs(one[0]) / 11 + one[1]
)


def place_numbers(
    numbers: Sequence[tuple[float, float]], height: float, line: Points, others: Points, area: QRectF, px: float
) -> list[QRectF]:
    """A box for each number, of which `lap_dist_frac` and width are given; the first ones choose first.

    `line`: the closed track; `others`: points to keep off, too; `area`: to stay in; `px`: pixels of a design pixel. Where nothing is
    free, the nearest place outside.
    """
    boxes: list[QRectF] = []
    kept_off = np.vstack((line, others))
    for frac, width in numbers:
        at, out_rad = line[round(frac * len(line)) % len(line)], _outside_rad(line, frac)
        tries = (_box(at, out_rad + math.radians(turn), (CLEAR_PX + far) * px, width, height) for turn, far in TRIES)
        free = (box for box in tries if area.contains(box) and _clears(box, kept_off, CLEAR_PX * px, boxes))
        boxes.append(next(free, _box(at, out_rad, CLEAR_PX * px, width, height)))
    return boxes


def _outside_rad(line: Points, frac: float) -> float:
    """The direction from which the track bends away; on a straight the side away from the middle of the map."""
    n, reach = len(line), max(1, round(BEND_SHARE * len(line)))
    k = round(frac * n)
    before, at, after = line[(k - reach) % n], line[k % n], line[(k + reach) % n]
    along, out = after - before, at - (before + after) / 2
    if np.hypot(*out) < STRAIGHT * np.hypot(*along):
        across = np.array([-along[1], along[0]])
        out = across if across @ (at - line.mean(axis=0)) >= 0.0 else -across
    return math.atan2(out[1], out[0])


def _box(at: Points, angle_rad: float, off: float, width: float, height: float) -> QRectF:
    """The box in this direction that begins so far off the point."""
    x, y = math.cos(angle_rad), math.sin(angle_rad)
    reach = off + abs(x) * width / 2 + abs(y) * height / 2
    return QRectF(at[0] + x * reach - width / 2, at[1] + y * reach - height / 2, width, height)


def _clears(box: QRectF, points: Points, by: float, boxes: list[QRectF]) -> bool:
    beyond = np.maximum(np.abs(points - (box.center().x(), box.center().y())) - (box.width() / 2, box.height() / 2), 0.0)
    return bool((beyond**2).sum(axis=1).min() >= (0.97 * by) ** 2) and not any(box.intersects(other) for other in boxes)

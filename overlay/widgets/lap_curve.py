"""A pedal over a whole lap as points to draw: made once for a lap, of which each paint takes the stretch it shows."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF

STRAIGHT_FRAC = 1e-5  # second differences below this are left out: over 60 samples in a row they bend by a quarter of a pixel


class LapCurve:
    """In pixels: x 0 at the line, `step_px` a sample, y rising from `bottom` by `height`. It goes on for `beyond` samples on either side."""

    def __init__(self, share: npt.NDArray[np.float32], step_px: float, bottom: float, height: float, beyond: int) -> None:
        """`share`, shape (n,), 0..1: of the lap, which begins again after its last sample."""
        at = np.arange(-beyond, share.size + beyond)
        y = share[at % share.size].astype(float)
        bends = np.concatenate(([True], np.abs(np.diff(y, 2)) >= STRAIGHT_FRAC, [True]))
        self._x: list[float] = (at[bends] * step_px).tolist()
        self._y: list[float] = (bottom - height * y[bends]).tolist()
        self._points = [QPointF(x, y) for x, y in zip(self._x, self._y, strict=True)]

    def between(self, left: float, right: float) -> list[QPointF]:
        """The line from one x to another, both within it: where it bends, and its ends."""
        first, last = bisect_right(self._x, left), bisect_left(self._x, right)
        return [QPointF(left, self._height_at(left, first)), *self._points[first:last], QPointF(right, self._height_at(right, last))]

    def _height_at(self, x: float, after: int) -> float:
        after = min(max(after, 1), len(self._x) - 1)
        x0, x1, y0, y1 = self._x[after - 1], self._x[after], self._y[after - 1], self._y[after]
        return y0 + (y1 - y0) * (x - x0) / (x1 - x0)

"""A picture that moves with the car and is kept as pixels: the traces are drawn into it piece by piece, not anew with every paint.

It moves by whole pixels, so that what is kept is what would be drawn anew. It is wider than what is shown: every half second or so it is
moved on and drawn into; in between the caller draws what was driven since. To draw into it costs ten times as much as to show it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

SPARE_PX = 48.0  # it is wider by this than what is shown
Draw = Callable[[QPainter, float, float], None]  # draws what lies between two x, which count from the start line


@dataclass(frozen=True, slots=True)
class Layers:
    """How to draw what lies there anyway, and over it what was driven."""

    ground: Draw
    driven: Draw


class TraceStrip:
    """Of one lap around the start line; where the car jumps, goes back or passes the line all is drawn again.

    x in logical pixels counts from the start line. Up to `driven_px` it holds what was driven, whole pixels.
    """

    def __init__(self, width_px: float, height_px: float, ratio: float, reach_px: float) -> None:
        """`ratio`: device pixels per logical pixel; `reach_px`: how far a line reaches beyond its points."""
        self.ratio, self._reach_px = ratio, reach_px
        self._shown, self._height = max(1, round(width_px * ratio)), max(1, round(height_px * ratio))
        self._picture = QPixmap(self._shown + round(SPARE_PX * ratio), self._height)
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(Qt.GlobalColor.transparent)  # without it a pixmap has no transparency
        self._left: int | None = None  # x of the picture's left edge, device pixels; None: nothing is drawn
        self._from, self._driven = 0, 0  # of what is shown; of what was driven

    @property
    def left_px(self) -> float:
        """X of what is shown."""
        return self._from / self.ratio

    @property
    def driven_px(self) -> float:
        """X up to which it holds what was driven."""
        return self._driven / self.ratio

    def forget(self) -> None:
        """What is drawn is drawn no more."""
        self._left = None

    def move_to(self, left_px: float, driven_px: float, most_px: float, layers: Layers) -> None:
        """Be ready to show the stretch from x = `left_px`, driven up to `driven_px`; a move of more than `most_px` is a jump."""
        was, self._from = self._from, round(left_px * self.ratio)
        driven = round((driven_px - self._reach_px) * self.ratio)  # nearer to the end a line may still change
        if self._left is None or not was <= self._from <= was + most_px * self.ratio or driven < self._driven:
            self._left, self._driven = self._from, driven
            self._draw(0, self._picture.width(), layers)
        elif self._from + self._shown > self._left + self._picture.width():
            moved, before = self._from - self._left, self._driven - self._from
            self._left, self._driven = self._from, driven
            self._picture.scroll(-moved, 0, self._picture.rect())
            self._draw(before, driven - self._left, layers)
            self._draw(self._picture.width() - moved, self._picture.width(), layers)

    def show_on(self, painter: QPainter, at: QPointF) -> None:
        """Paint what is shown, on a pixel of the screen."""
        if self._left is not None:
            painter.drawPixmap(at, self._picture, QRectF(self._from - self._left, 0, self._shown, self._height))

    def _draw(self, first: int, last: int, layers: Layers) -> None:
        """Draw these columns of the picture anew."""
        first, last = max(first, 0), min(last, self._picture.width())
        if first >= last or self._left is None:
            return
        painter = QPainter(self._picture)
        try:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
            painter.fillRect(self._columns(first, last), Qt.GlobalColor.transparent)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            left_px, reach = self._left / self.ratio, self._reach_px
            for end, draw in ((last, layers.ground), (min(last, self._driven - self._left), layers.driven)):
                if first < end:
                    columns = self._columns(first, end)
                    painter.setClipRect(columns)
                    painter.translate(-left_px, 0.0)
                    draw(painter, left_px + columns.left() - reach, left_px + columns.right() + reach)
                    painter.translate(left_px, 0.0)
        finally:
            painter.end()

    def _columns(self, first: int, last: int) -> QRectF:
        return QRectF(first / self.ratio, 0.0, (last - first) / self.ratio, self._height / self.ratio)

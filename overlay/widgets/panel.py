"""What every widget shares: a still layer drawn once into a pixmap, a moving layer on top, and a repaint only when its content changed.

A widget says what it shows as two tuples of values already rounded to what the eye can see: `read_still` (labels, frames, glass: changes
rarely) and `read_moving` (changes while driving). Equal tuples mean equal pixels, so comparing them decides about painting.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from time import perf_counter_ns
from typing import ClassVar

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from overlay.look import Look, text_width
from overlay.state import Snapshot

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
ONE_LINE = Qt.TextFlag.TextSingleLine
UNREAD = object()  # no snapshot was shown yet
TICK_HZ = 60.0
RATE_SLACK_S = 0.002  # ticks arrive with jitter: one that comes this much early still counts as due


class Panel(QWidget):
    """Base of the widgets. Subclasses set `name`, `title`, `design_size`, and draw; `rate_hz` caps how often they look."""

    name: ClassVar[str]
    title: ClassVar[str]
    design_size: ClassVar[tuple[int, int]]  # at scale 1
    smallest_share: ClassVar[float] = 0.5  # of its own size: the driver cannot make it smaller
    type_shrinks: ClassVar[bool] = False  # with the widget, where it is smaller than its own size; else the widget finds room by itself
    rate_hz: ClassVar[float] = TICK_HZ
    parts: ClassVar[tuple[str, ...]]  # the snapshot's fields it shows: while they are the same objects nothing needs to be read

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.paints = 0
        self.still_paints = 0
        self.paint_ns: list[int] = []  # the last paints' durations, for the tests' budget and the settings' cost page
        self._snapshot = Snapshot()
        self._still_view: Hashable = UNREAD
        self._moving_view: Hashable = UNREAD
        self._still: QPixmap | None = None
        self._due_s = float("-inf")
        self.painted_area = QRect()
        self.set_look(look)

    # -- what subclasses give --

    def lay_out(self) -> None:
        """Compute geometry, pens and fonts from `self.look`, `self.width()` and `self.height()`; called when one of them changed."""

    def read_still(self, snapshot: Snapshot) -> Hashable:
        """What the still layer shows."""
        raise NotImplementedError

    def read_moving(self, snapshot: Snapshot) -> Hashable:
        """What the moving layer shows; nothing unless a widget says so."""
        return ()

    def moving_area(self, before: Hashable, now: Hashable) -> QRect:
        """What has to be painted where the moving layer showed one view and shows another now."""
        return self.rect()

    def draw_still(self, painter: QPainter, snapshot: Snapshot) -> None:
        """Draw the still layer."""
        raise NotImplementedError

    def draw_moving(self, painter: QPainter, snapshot: Snapshot) -> None:
        """Draw the moving layer, at least where it lies in `self.painted_area`; what is drawn beside it does not show."""

    # -- what callers use --

    def set_look(self, look: Look) -> None:
        """Take another look and the size that belongs to it; a size that the driver chose is set by the window afterwards."""
        self.look = self.chosen_look = look  # `look` is smaller where the type shrinks
        self.resize(self.natural_size(look))
        self._lay_out_again()

    @classmethod
    def natural_size(cls, look: Look) -> QSize:
        """The widget's size where the driver chose none."""
        width, height = cls.design_size
        return QSize(round(look.px(width)), round(look.px(height)))

    def show_snapshot(self, snapshot: Snapshot) -> bool:
        """Show this instant; returns whether anything has to be painted."""
        old = self._snapshot
        if self._still_view is not UNREAD:
            too_early = old.time_s < snapshot.time_s < self._due_s - RATE_SLACK_S  # a session that starts again is never too early
            if too_early or all(getattr(snapshot, part) is getattr(old, part) for part in self.parts):
                return False
        if self.rate_hz < TICK_HZ:
            self._due_s = snapshot.time_s + 1.0 / self.rate_hz
        moving = self.read_moving(snapshot)
        still = self.read_still(snapshot)
        changed_still = still != self._still_view
        if not changed_still and moving == self._moving_view:
            self._snapshot = snapshot
            return False
        if changed_still:
            self._still = None
        self.update(self.rect() if changed_still else self.moving_area(self._moving_view, moving))
        self._still_view, self._moving_view, self._snapshot = still, moving, snapshot
        return True

    @staticmethod
    def now_ns() -> int:
        """The clock that times the paints; tests on shared machines count CPU time instead."""
        return perf_counter_ns()

    # -- painting --

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Geometry depends on the size."""
        super().resizeEvent(event)
        self._lay_out_again()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Blit the still layer, draw the moving one."""
        begun = self.now_ns()
        if self._still is None or self._still.devicePixelRatio() != self.devicePixelRatioF():
            self._still = self._make_still()
        self.painted_area = event.rect()
        painter = QPainter(self)
        try:
            painter.setCompositionMode(
                QPainter.CompositionMode.CompositionMode_Source
            )  # below is nothing: copying is cheaper than blending
            painter.drawPixmap(0, 0, self._still)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.draw_moving(painter, self._snapshot)
        finally:
            painter.end()  # a painter left open over an error ends the whole process
        self.paints += 1
        self.paint_ns.append(self.now_ns() - begun)
        if len(self.paint_ns) > 2000:
            del self.paint_ns[:1000]

    def draw_glass(self, painter: QPainter, height: float | None = None) -> None:
        """The dark glass: fill and a thin light edge, over the whole widget or only its upper part."""
        edge = max(1.0, self.look.px(1))
        area = QRectF(0, 0, self.width(), self.height() if height is None else min(height, self.height())).adjusted(
            edge / 2, edge / 2, -edge / 2, -edge / 2
        )
        radius = self.look.size("radius")
        painter.setPen(QPen(self.look.glass_edge, edge))
        painter.setBrush(self.look.glass_fill)
        painter.drawRoundedRect(area, radius, radius)

    def transparent_pixmap(self) -> QPixmap:
        """An empty layer of the widget's size."""
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QColor(0, 0, 0, 0))
        return pixmap

    def _make_still(self) -> QPixmap:
        pixmap = self.transparent_pixmap()
        painter = QPainter(pixmap)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self.draw_still(painter, self._snapshot)
        finally:
            painter.end()
        self.still_paints += 1
        return pixmap

    def _lay_out_again(self) -> None:
        self._still = None
        if self.type_shrinks:
            own = self.natural_size(self.chosen_look)
            share = min(1.0, self.width() / own.width(), self.height() / own.height())
            self.look = replace(self.chosen_look, scale=self.chosen_look.scale * share)
        self.lay_out()
        self.update()


def write(painter: QPainter, area: QRectF, text: str, font: QFont, colour: QColor, align: Qt.AlignmentFlag = LEFT) -> None:
    """One line of text in its area."""
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(area, int(align) | int(ONE_LINE), text)


def shortened(text: str, font: QFont, width: float) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    if text_width(font, text) <= width:
        return text
    while text and text_width(font, text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…" if text else ""

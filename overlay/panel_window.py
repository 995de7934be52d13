"""The window of one widget: transparent, frameless, click-through while locked, dragged and resized while not.

Flags were found by trying (see docs/overlay.md): input is let through with `WindowTransparentForInput`, set on the live native window, so
that locking and unlocking neither hide nor recreate it. On X11 the window manager is bypassed: it would keep the clicks of its frame,
and a full-screen game would cover the overlay.
"""

from __future__ import annotations

import sys
from typing import Protocol

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from overlay.placement import Rect
from overlay.widgets.panel import CENTRE, Panel, write

FLAGS = (
    Qt.WindowType.FramelessWindowHint
    | Qt.WindowType.WindowStaysOnTopHint
    | Qt.WindowType.Tool
    | Qt.WindowType.WindowDoesNotAcceptFocus
    | Qt.WindowType.NoDropShadowWindowHint
)
GRIP_PX = 22  # the corner that resizes, at scale 1


class Places(Protocol):
    """Who says where a window may stand, and keeps where it was left: the overlay."""

    def dragged(self, window: PanelWindow, start: Rect, dx: int, dy: int, *, resize: bool, free: bool) -> Rect:
        """Where a window stands that was dragged so far from `start`."""

    def remember(self, window: PanelWindow) -> None:
        """Keep a window's place."""


class PanelWindow(QWidget):
    """The top-level window of one widget. Locked, clicks go through it; unlocked, it is dragged by its body and resized by its corner."""

    def __init__(self, panel: Panel, places: Places) -> None:
        flags = FLAGS | Qt.WindowType.WindowTransparentForInput
        if sys.platform.startswith("linux"):
            flags |= Qt.WindowType.X11BypassWindowManagerHint
        super().__init__(None, flags)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle(f"Racing Coach {panel.title.lower()}")
        self.panel = panel
        self.places = places
        panel.setParent(self)
        self.frame = EditFrame(self)
        self._grabbed: QPointF | None = None
        self._resizing = False
        self._start = Rect(0, 0, 1, 1)

    def set_locked(self, locked: bool) -> None:
        """Let clicks through, or take them; the window stays where it is and is not made anew."""
        flag = Qt.WindowType.WindowTransparentForInput
        self.overrideWindowFlags(self.windowFlags() | flag if locked else self.windowFlags() & ~flag)
        self.winId()  # the native window must exist: its input region is what changes
        handle = self.windowHandle()
        if handle is not None:
            handle.setFlag(flag, locked)
        self.frame.setVisible(not locked)
        self.frame.raise_()

    def put(self, rect: Rect) -> None:
        """Move and resize."""
        self.setGeometry(QRect(rect.x, rect.y, rect.width, rect.height))

    def rect_on_desktop(self) -> Rect:
        """Where it is."""
        g = self.geometry()
        return Rect(g.x(), g.y(), g.width(), g.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The widget and its frame fill the window."""
        super().resizeEvent(event)
        self.panel.setGeometry(self.rect())
        self.frame.setGeometry(self.rect())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag or, at the corner, to resize."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._grabbed = event.globalPosition()
        self._start = self.rect_on_desktop()
        self._resizing = self.frame.grip().contains(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse, snapping to edges and other widgets; Shift holds the snapping off."""
        if self._grabbed is None:
            return
        moved = event.globalPosition() - self._grabbed
        free = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.put(self.places.dragged(self, self._start, round(moved.x()), round(moved.y()), resize=self._resizing, free=free))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Remember the new place."""
        if self._grabbed is not None and event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = None
            self.places.remember(self)


class EditFrame(QWidget):
    """What an unlocked widget wears: an outline, its name, a grip."""

    def __init__(self, window: PanelWindow) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.panel = window.panel
        self.hide()

    def grip(self) -> QRectF:
        """The corner that resizes."""
        side = self.panel.chosen_look.px(GRIP_PX)
        return QRectF(self.width() - side, self.height() - side, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Outline, name and grip in the coach's colour."""
        look = self.panel.chosen_look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, radius = look.px(2), look.size("radius")
        painter.setBrush(look.colour("coach", 0.16))
        painter.setPen(QPen(look.colour("coach"), line))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(line, line, -line, -line), radius, radius)
        font = look.font("small", bold=True)
        chip = QRectF(look.px(8), look.px(8), look.px(16) + len(self.panel.title) * look.px(9), look.px(22))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("coach"))
        painter.drawRoundedRect(chip, look.px(6), look.px(6))
        write(painter, chip, self.panel.title, font, look.colour("background"), CENTRE)
        painter.setPen(QPen(look.colour("coach"), line, c=Qt.PenCapStyle.RoundCap))
        grip = self.grip()
        for share in (0.35, 0.7):
            reach = grip.width() * share
            corner = QPointF(self.width() - look.px(6), self.height() - look.px(6))
            painter.drawLine(QPointF(corner.x() - reach, corner.y()), QPointF(corner.x(), corner.y() - reach))
        painter.end()

"""The window of one widget: transparent, frameless, click-through while locked, dragged and resized while not.

Flags were found by trying (see docs/overlay.md): input is let through with `WindowTransparentForInput`, set on the live native window, so
that locking and unlocking neither hide nor recreate it. On X11 the window manager is bypassed: it would keep the clicks of its frame,
and a full-screen game would cover the overlay.
"""

from __future__ import annotations

import sys
from typing import Protocol

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from overlay.look import text_width
from overlay.placement import Monitor, Rect
from overlay.widgets.panel import CENTRE, Panel, write

FLAGS = (
    Qt.WindowType.FramelessWindowHint
    | Qt.WindowType.WindowStaysOnTopHint
    | Qt.WindowType.Tool
    | Qt.WindowType.WindowDoesNotAcceptFocus
    | Qt.WindowType.NoDropShadowWindowHint
)
GRIP_PX = 22  # the corner that resizes, at scale 1
TAG_PX = 24  # beside an unlocked widget, for its name


class Places(Protocol):
    """Who says where a window may stand, and keeps where it was left: the overlay."""

    @property
    def monitor(self) -> Monitor:
        """The screen."""

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
        self._rect = Rect(0, 0, 1, 1)  # of the widget; the window is larger while it wears its name
        self._is_locked = True
        self._grabbed: QPointF | None = None
        self._resizing = False
        self._start = Rect(0, 0, 1, 1)

    def set_locked(self, locked: bool) -> None:
        """Let clicks through, or take them; the widget stays where it is, and the window is not made anew."""
        self._is_locked = locked
        self.winId()  # the native window must exist: its input region is what changes
        self.put(self._rect)
        self._let_clicks_through(locked)
        self.frame.setVisible(not locked)
        self.frame.raise_()

    def put(self, rect: Rect) -> None:
        """Move and resize the widget. Unlocked, the window has room for its name above it, or below where the screen ends above."""
        self._rect = rect
        tag = 0 if self._is_locked else round(self.panel.chosen_look.px(TAG_PX))
        above = tag if rect.y - tag >= self.places.monitor.area.y else 0
        self.setGeometry(QRect(rect.x, rect.y - above, rect.width, rect.height + tag))
        self.panel.setGeometry(0, above, rect.width, rect.height)
        self.frame.setGeometry(self.rect())

    def rect_on_desktop(self) -> Rect:
        """Where the widget is."""
        return self._rect

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
            if self._resizing:  # on X11 only what was the window's area when it began to take clicks takes them
                for through in (True, False):
                    self._let_clicks_through(through)
            self.places.remember(self)

    def _let_clicks_through(self, through: bool) -> None:
        flag = Qt.WindowType.WindowTransparentForInput
        self.overrideWindowFlags(self.windowFlags() | flag if through else self.windowFlags() & ~flag)
        handle = self.windowHandle()
        if handle is not None:
            handle.setFlag(flag, through)


class EditFrame(QWidget):
    """What an unlocked widget wears: an outline, a grip, and outside of it its name, so that everything it shows can be read."""

    def __init__(self, window: PanelWindow) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.panel = window.panel
        self.hide()

    def grip(self) -> QRectF:
        """The corner that resizes."""
        side, area = self.panel.chosen_look.px(GRIP_PX), self.panel.geometry()
        return QRectF(area.x() + area.width() - side, area.y() + area.height() - side, side, side)

    def tag(self) -> QRectF:
        """Where its name stands."""
        look, area = self.panel.chosen_look, self.panel.geometry()
        height = round(look.px(TAG_PX)) - look.px(2)
        width = min(text_width(look.font("small", bold=True), self.panel.title) + look.px(16), area.width())
        return QRectF(0, 0 if area.y() else self.height() - height, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Outline, name and grip in the coach's colour."""
        look = self.panel.chosen_look
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, radius = look.px(2), look.size("radius")
        painter.setBrush(look.colour("coach", 0.16))
        painter.setPen(QPen(look.colour("coach"), line))
        painter.drawRoundedRect(QRectF(self.panel.geometry()).adjusted(line, line, -line, -line), radius, radius)
        tag = self.tag()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("coach"))
        painter.drawRoundedRect(tag, look.px(6), look.px(6))
        write(painter, tag, self.panel.title, look.font("small", bold=True), look.colour("background"), CENTRE)
        painter.setPen(QPen(look.colour("coach"), line, c=Qt.PenCapStyle.RoundCap))
        grip = self.grip()
        for share in (0.35, 0.7):
            reach = grip.width() * share
            corner = QPointF(grip.right() - look.px(6), grip.bottom() - look.px(6))
            painter.drawLine(QPointF(corner.x() - reach, corner.y()), QPointF(corner.x(), corner.y() - reach))
        painter.end()

"""The overlay as a picture, without a screen: for headless runs, the session's report and the documentation.

The same widgets at the same places as on a monitor of that size, over a picture or a plain dark ground. Needs a QApplication; with
`QT_QPA_PLATFORM=offscreen` that needs no screen.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QRegion
from PySide6.QtWidgets import QWidget

from overlay.look import Look, screen_scale
from overlay.placement import APART_PX, DEFAULT_PLACES, Monitor, Rect, apart, clamp, resolve
from overlay.state import Snapshot
from overlay.widgets import PANELS
from overlay.widgets.panel import Panel
from overlay.window import Appearance

GROUND = "#3a424b"  # a middling grey: the glass is seen to be glass


class OverlayPainter:
    """Paints snapshots for one size and appearance; keeps its widgets, so a series of pictures is cheap."""

    def __init__(self, width: int = 1920, height: int = 1080, appearance: Appearance | None = None) -> None:
        chosen = appearance or Appearance()
        monitor = Monitor("picture", Rect(0, 0, width, height))
        scale = screen_scale(monitor.front.width, monitor.front.height) * chosen.font_scale
        look = Look(scale, chosen.palette, chosen.glass_opacity)
        self._size = width, height
        self._panels: list[tuple[Panel, Rect]] = []
        for kind in PANELS:
            if kind.name in chosen.panels:
                natural = kind.natural_size(look)
                place = resolve(DEFAULT_PLACES[kind.name], monitor.front, (natural.width(), natural.height()), scale)
                others = [rect for _, rect in self._panels]
                self._panels.append((kind(look), apart(clamp(place, monitor.area), others, monitor.front, round(APART_PX * scale))))

    def paint(self, snapshot: Snapshot, behind: QImage | None = None) -> QImage:
        """Paint this instant over a picture of any size or over the plain ground."""
        image = QImage(*self._size, QImage.Format.Format_RGB32)
        image.fill(QColor(GROUND))
        painter = QPainter(image)
        if behind is not None:
            painter.drawImage(image.rect(), behind)
        for panel, place in self._panels:
            panel.show_snapshot(snapshot)
            layer = QImage(place.width, place.height, QImage.Format.Format_ARGB32_Premultiplied)
            layer.fill(Qt.GlobalColor.transparent)
            panel.render(layer, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
            painter.drawImage(place.x, place.y, layer)
        painter.end()
        return image

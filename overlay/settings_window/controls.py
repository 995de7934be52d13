"""Controls of a page that Qt does not have as we want them: a switch, and a slider that leaves the wheel to the page."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QSlider

from coach.look import tokens


class Switch(QCheckBox):
    """A check box drawn as a switch: a knob that stands right when on."""

    def sizeHint(self) -> QSize:
        return QSize(44, 26)

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, event: QPaintEvent) -> None:
        look = tokens()["dark"]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(1, 3, 40, 20)
        painter.setPen(QPen(QColor(look["text" if self.hasFocus() else "neutral"]), 1.2))
        painter.setBrush(QColor(look["coach" if self.isChecked() else "background"]))
        painter.drawRoundedRect(track, 10, 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look["background" if self.isChecked() else "quiet"]))
        painter.drawEllipse(QPointF(track.right() - 10 if self.isChecked() else track.left() + 10, track.center().y()), 7, 7)
        painter.end()


class Slider(QSlider):
    """Lies; without the focus it leaves the wheel to the page, which is scrolled with it."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

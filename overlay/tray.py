"""The icon beside the clock, where the desktop has such a place: settings, summary, lock, hide, mute, quit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from coach.look import tokens

SIDE = 64


class Tray:
    """Nothing where there is no tray: hotkeys do the same. `checks`: which entries carry a mark, and whether it is set now."""

    def __init__(self, entries: Mapping[str, Callable[[], object]], checks: Mapping[str, Callable[[], bool]]) -> None:
        self.icon: QSystemTrayIcon | None = None
        self.menu = QMenu()
        self._checks = list[tuple[QAction, Callable[[], bool]]]()
        for text, does in entries.items():
            action = self.menu.addAction(text)
            action.triggered.connect(lambda _=False, does=does: does())
            if text in checks:
                action.setCheckable(True)
                self._checks.append((action, checks[text]))
        self.menu.aboutToShow.connect(self._look)
        if not QSystemTrayIcon.isSystemTrayAvailable():
            return
        self.icon = QSystemTrayIcon(_picture())
        self.icon.setToolTip("Racing Coach")
        self.icon.setContextMenu(self.menu)
        self.icon.show()

    def show(self, text: str) -> None:
        """A message of the desktop: seen also where the overlay is not."""
        if self.icon is not None:
            self.icon.showMessage("Racing Coach", text)

    def hide(self) -> None:
        """Gone at once, not when Qt gets to it."""
        self.menu.close()
        if self.icon is not None:
            self.icon.hide()

    def _look(self) -> None:
        """A hotkey may have changed what is marked."""
        for action, is_set in self._checks:
            action.setChecked(is_set())


def _picture() -> QIcon:
    """A ring in the coach's colour, as in the status widget."""
    image = QPixmap(SIDE, SIDE)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens()["dark"]["coach"]))
    painter.drawEllipse(QRectF(6, 6, SIDE - 12, SIDE - 12))
    painter.end()
    return QIcon(image)

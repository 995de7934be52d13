"""A card on a settings page that shows how something stands which changes by itself: it looks again and again while it is seen."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QPushButton


class WatchingPanel(QFrame):
    """Subclasses say how it stands in `look`."""

    def __init__(self, every_ms: int) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._timer = QTimer(self, interval=every_ms)
        self._timer.timeout.connect(self.look)

    def look(self) -> None:
        """Show how it stands now."""
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def show_buttons(self, shown: Mapping[QPushButton, bool]) -> None:
        """Which of its buttons are there now; whoever uses the keyboard goes on with the first one in the place of one that has gone."""
        had_focus = next((button for button in shown if button.hasFocus()), None)
        for button, is_shown in shown.items():
            button.setVisible(is_shown)
        if had_focus is not None and had_focus.isHidden():
            next((button for button in shown if not button.isHidden()), self).setFocus()

"""A button that has the test phrase said, and why it cannot be heard beside it. Stands on the page Voice."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from overlay.phrase import NOT_YET, Told
from overlay.window_style import label


class PhraseLine(QWidget):
    """`say` has it said, and tells, in any thread, what to show."""

    _told = Signal(str)  # from the voice's thread into Qt's

    def __init__(self, say: Callable[[Told], None]) -> None:
        super().__init__()
        self._say, self._waits = say, False
        self.button, self.words = QPushButton("Say a test phrase"), label("", "fault")
        self.button.clicked.connect(self._begin)
        self._told.connect(self._show)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)
        row.addWidget(self.words, 1)

    def _begin(self) -> None:
        if not self._waits:  # it is said once, however often the button is clicked until then
            self._waits = True
            self._say(self._told.emit)

    def _show(self, says: str) -> None:
        self._waits = says == NOT_YET
        self.words.setText(says)

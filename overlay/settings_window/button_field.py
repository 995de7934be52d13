"""Which button of a wheel or controller: written, or pressed once after a click, as few know the buttons of their wheel by number."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

LISTENS_S = 15
SAME_PRESS_S = 0.5
BUTTON_WIDTH = 110  # has room for either text
ASK, WAITS = "Press it...", "Now press it"
# Given what to call with the button's name, in any thread; returns what ends the listening.
Learn = Callable[[Callable[[str], None]], Callable[[], None]]


class ButtonField(QWidget):
    """`submitted` with the text, after typing and after a press."""

    submitted = Signal(str)
    _pressed = Signal(str)  # from the thread that listens into Qt's

    def __init__(self, text: str, learn: Learn) -> None:
        super().__init__()
        self._learn = learn
        self._stop: Callable[[], None] | None = None  # while it listens
        self._taken_s = -SAME_PRESS_S
        self.line, self.ask = QLineEdit(text), QPushButton(ASK)
        self.line.setPlaceholderText("none")
        self.line.setCursorPosition(0)
        self.ask.setProperty("kind", "small")
        self.ask.setCheckable(True)
        self.ask.setMinimumWidth(BUTTON_WIDTH)
        self.ask.setAccessibleDescription("Then press the button on the wheel.")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.ask)
        self.setFocusProxy(self.line)
        self._patience = QTimer(self, singleShot=True, interval=1000 * LISTENS_S)
        self._patience.timeout.connect(self.stop_listening)
        self.line.editingFinished.connect(lambda: self.submitted.emit(self.line.text()))
        self.ask.toggled.connect(lambda wanted: self._listen() if wanted else self.stop_listening())
        self._pressed.connect(self._take)

    @property
    def takes_buttons(self) -> bool:
        """A press is meant for this field now, or was a moment ago: whoever else listens to the button must not act on it."""
        return self.ask.isChecked() or time.monotonic() < self._taken_s + SAME_PRESS_S

    def stop_listening(self) -> None:
        """Nobody has pressed anything, or it is not wanted any more."""
        self._patience.stop()
        if self._stop is not None:
            self._stop()
            self._stop = None
        self.ask.setText(ASK)
        self.ask.setChecked(False)

    def show_button(self, text: str) -> None:
        """Show the one that is set."""
        self.line.setText(text)
        self.line.setCursorPosition(0)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.stop_listening()

    def _listen(self) -> None:
        for other in self.window().findChildren(ButtonField):
            if other is not self:
                other.stop_listening()  # or a press would be taken for both
        self.ask.setText(WAITS)
        self._patience.start()
        self._stop = self._learn(self._pressed.emit)

    def _take(self, button: str) -> None:
        if not self.ask.isChecked():
            return  # it comes from a thread, and meanwhile it was given up
        self.stop_listening()
        self._taken_s = time.monotonic()
        self.show_button(button)
        self.submitted.emit(button)

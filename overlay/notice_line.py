"""Notices for the driver: told from any thread, shown one after another, each long enough to be read, from when it can be seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

NOTICE_MS = 8000  # two lines are read in four seconds; the driver looks at the road first


class NoticeLine(QObject):
    """Belongs to Qt's thread, but for `tell`. `show` puts a text in front of the driver; an empty one takes it away.

    Its time begins when `seen` says that it is there: nobody looks at a screen that shows none of the overlay.
    """

    _told = Signal(str)

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self._show = show
        self._waiting: deque[str] = deque()
        self.shown = ""
        self._timer = QTimer(self, singleShot=True, interval=NOTICE_MS)
        self._timer.timeout.connect(self._next)
        self._told.connect(self._take)

    def tell(self, text: str) -> None:
        """One line, from any thread."""
        self._told.emit(text)

    def seen(self, text: str) -> None:
        """What is on screen now."""
        if text and text == self.shown and not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """What is told from now on is printed only."""
        self._timer.stop()

    @Slot(str)
    def _take(self, text: str) -> None:
        print(f"Note: {text}", flush=True)  # stderr is shut for a moment while the sound library opens a device
        if text != self.shown and text not in self._waiting:
            self._waiting.append(text)
        if not self.shown:
            self._next()

    @Slot()
    def _next(self) -> None:
        self.shown = text = self._waiting.popleft() if self._waiting else ""
        self._show(text)

"""Notices for the driver: told from any thread, shown one after another, each long enough to be read, from when it can be seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

NOTICE_MS = 8000  # two lines are read in four seconds; the driver looks at the road first
MOST_UNREAD = 8  # a minute of reading; what is older has passed, and is in the terminal


class NoticeLine(QObject):
    """Belongs to Qt's thread, but for `tell`. `show` puts a text in front of the driver; an empty one takes it away.

    Its time begins when `seen` says that it is there: nobody looks at a screen that shows none of the overlay. What waits then is kept
    short, and a text that is told again stands where it was told last.
    """

    _told = Signal(str, str)

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__()
        self._show = show
        self._waiting: list[str] = []
        self.shown = ""
        self._timer = QTimer(self, singleShot=True, interval=NOTICE_MS)
        self._timer.timeout.connect(self._was_read)
        self._told.connect(self._take)

    def tell(self, text: str, instead_of: str = "") -> None:
        """One line, from any thread; `instead_of` is true no more, so that it is not read any longer."""
        self._told.emit(text, instead_of)

    def seen(self, text: str) -> None:
        """What is on screen now."""
        if text and text == self.shown and not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """What is told from now on is printed only."""
        self._timer.stop()

    @Slot(str, str)
    def _take(self, text: str, instead_of: str) -> None:
        print(f"Note: {text}", flush=True)  # stderr is shut for a moment while the sound library opens a device
        self._waiting = [one for one in self._waiting if one != instead_of]
        if self.shown and self.shown == instead_of:
            self._timer.stop()
            self._waiting = [text, *(one for one in self._waiting if one != text)]
            self._next()
            return
        if text == self.shown and not self._waiting:
            return
        is_read = self._timer.isActive()
        unread = self._waiting if is_read else [self.shown, *self._waiting]
        self._waiting = [*(one for one in unread if one not in {"", text}), text][-MOST_UNREAD:]
        if not is_read:
            self._next()

    @Slot()
    def _was_read(self) -> None:
        if self._waiting[:1] == [self.shown]:
            del self._waiting[0]
        self._next()

    def _next(self) -> None:
        text = self._waiting.pop(0) if self._waiting else ""
        if text != self.shown:
            self.shown = text
            self._show(text)

"""Looks whether the simulator runs in exclusive full screen, which hides every overlay. Windows only: elsewhere nobody can be asked.

Written from Microsoft's documentation and tested with a stand-in only: it has not run on Windows yet.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

from PySide6.QtCore import QTimer

EVERY_MS = 5000
HIDDEN = "The simulator runs in exclusive full screen, which hides the overlay: set borderless window mode in its graphics options."
_D3D_FULL_SCREEN = 3  # QUNS_RUNNING_D3D_FULL_SCREEN of shellapi.h: "a full-screen (exclusive mode) Direct3D application is running"

Ask = Callable[[ctypes.c_int], int]  # fills in the state; 0: it worked


def ask_windows() -> Ask | None:
    """SHQueryUserNotificationState (learn.microsoft.com, shellapi.h): what Windows asks itself before it shows a notification."""
    if sys.platform != "win32":
        return None
    shell = ctypes.WinDLL("shell32")
    return lambda state: int(shell.SHQueryUserNotificationState(ctypes.byref(state)))


class FullScreenWatch:
    """Calls each of `tell` once, in Qt's thread. It asks only while `is_running` says that a simulator runs."""

    def __init__(self, ask: Ask, is_running: Callable[[], bool], *tell: Callable[[str], None]) -> None:
        self._ask, self._is_running, self._tell = ask, is_running, tell
        self._timer = QTimer(interval=EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @property
    def is_looking(self) -> bool:
        """It was not told yet."""
        return self._timer.isActive()

    def look(self) -> None:
        """Ask now."""
        state = ctypes.c_int()
        if self._is_running() and self._ask(state) == 0 and state.value == _D3D_FULL_SCREEN:
            self.stop()
            for tell in self._tell:
                tell(HIDDEN)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()


def watch_full_screen(is_running: Callable[[], bool], *tell: Callable[[str], None]) -> FullScreenWatch | None:
    """Begin, where somebody can be asked."""
    ask = ask_windows()
    return None if ask is None else FullScreenWatch(ask, is_running, *tell)

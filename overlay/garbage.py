"""Python's cyclic garbage, collected in Qt's thread and in no other.

Left to itself, Python collects in whichever thread happens to allocate, and a window or chart that has become garbage is then destroyed
there: Qt's objects must be destroyed in the thread they belong to, and the process crashes.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QTimer

EVERY_MS = 1000


class QtGarbage:
    """From its making to `close`, garbage is collected by a timer of Qt's thread, where it must be made and used."""

    def __init__(self) -> None:
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(interval=EVERY_MS)
        self._timer.timeout.connect(collect_due)
        self._timer.start()

    def settle(self) -> None:
        """Take all that lives now for lasting: later collections pass it over, which makes a full one of 13 ms one of less than 1."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def close(self) -> None:
        """Collect for the last time and leave the rest as it was before."""
        self._timer.stop()
        gc.unfreeze()
        gc.collect()
        if self._was_enabled:
            gc.enable()


def collect_due() -> None:
    """Collect what Python would by its own thresholds, in the thread that calls."""
    due = (count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True))
    oldest = max((generation for generation, is_due in enumerate(due) if is_due), default=None)
    if oldest is not None:
        gc.collect(oldest)

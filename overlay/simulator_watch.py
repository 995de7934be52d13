"""Looks for a simulator while the demonstration drives: the driver's own drive comes first."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer

from coach.telemetry.sources.iracing_live import IracingLive

EVERY_MS = 1000


class SimulatorWatch:
    """Calls `found` once, in Qt's thread, when the simulator (or the memory in `image`) publishes ticks."""

    def __init__(self, image: Path | None, found: Callable[[], None]) -> None:
        self._source, self._found = IracingLive(image), found
        self._timer = QTimer(interval=EVERY_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
        self._source.close()

    def _look(self) -> None:
        self._source.poll(time.monotonic())
        if self._source.connected:
            self.stop()
            self._found()

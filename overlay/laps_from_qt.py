"""The driver's laps as consent is given for them in Qt's thread: the process that has them may have to be started first, and Qt goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QEventLoop

from overlay.store.sharing import SharedLaps

LOOK_S = 0.01
T = TypeVar("T")


class LapsFromQt:
    """`SharedLaps` that are asked in a thread of their own. The driver's keys and clicks wait for the answer; pictures, signals and timers do not."""

    def __init__(self, laps: SharedLaps) -> None:
        self._laps = laps

    def next_sequence(self) -> int:
        """Of the next lap."""
        return _meanwhile(self._laps.next_sequence)

    def follow(self, *, consent: bool, from_sequence: int = 0) -> None:
        """The driver's consent."""
        _meanwhile(lambda: self._laps.follow(consent=consent, from_sequence=from_sequence))


def _meanwhile(work: Callable[[], T]) -> T:
    with ThreadPoolExecutor(1, thread_name_prefix="consent") as beside:
        answer = beside.submit(work)
        while not wait((answer,), LOOK_S).done:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    return answer.result()

"""What the driver is told when the voice changes: one notice for each trouble, one when it is over.

Words come from the catalogue; what to do with a notice (show it, log it) is the receiver's business.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from coach.wording import catalogue


class Level(StrEnum):
    """How the coach speaks, best first; each falls back to the next."""

    KOKORO = "kokoro"
    SYSTEM = "system"
    TONES = "tones"
    TEXT = "text"


class Trouble(StrEnum):
    """What can go wrong with the voice; the keys of `[voice.trouble]` and `[voice.over]` in the catalogue."""

    NO_DEVICE = "no_device"
    NO_SOUND_LIBRARY = "no_sound_library"
    DEVICE_LOST = "device_lost"
    KOKORO_FAILED = "kokoro_failed"
    SYSTEM_FAILED = "system_failed"
    HELPER_DIED = "helper_died"
    UNSPEAKABLE = "unspeakable"
    CACHE_DAMAGED = "cache_damaged"
    CACHE_FULL = "cache_full"


@dataclass(frozen=True, slots=True)
class Notice:
    """One event for the driver. `over` is True when the trouble has passed."""

    trouble: Trouble
    text: str
    over: bool = False


class Notices:
    """Sends each trouble once until it is over; safe from any thread. The receiver is called in the thread that found the trouble."""

    def __init__(self, receive: Callable[[Notice], None]) -> None:
        self._receive = receive
        self._open: set[Trouble] = set()
        self._lock = threading.Lock()

    def begin(self, trouble: Trouble, detail: str = "") -> None:
        """Say that something went wrong, unless that was said already."""
        with self._lock:
            if trouble in self._open:
                return
            self._open.add(trouble)
        self._receive(Notice(trouble, catalogue()["voice"]["trouble"][trouble.value].format(detail=detail)))

    def end(self, *troubles: Trouble) -> None:
        """Say that it works again, if it had been said that it does not."""
        for trouble in troubles:
            with self._lock:
                if trouble not in self._open:
                    continue
                self._open.remove(trouble)
            self._receive(Notice(trouble, catalogue()["voice"]["over"][trouble.value], over=True))

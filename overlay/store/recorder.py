"""Saves laps as they are driven, in a thread of its own: the live loop only hands them over.

A lap that cannot be saved (full disk, or the process that writes lap files has ended) stays in memory, about 0.2 MB as a lap file's
content, and is tried again until it can be; the driver is told once when it begins and once when it is over.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from coach.errors import RacingCoachError
from overlay.store.record import LapRecord

Write = Callable[[], bytes | None]


class LapKeeper(Protocol):
    """Where laps are kept: the lap store, or the process that has it."""

    def save(self, content: bytes, session: str = "") -> LapRecord:
        """Keep it; asked again with the same lap it keeps one."""

    def tidy(self, shares_from: int | None, limit_bytes: int, also_keep: Collection[str] = ()) -> None:
        """What follows from a new lap."""


@dataclass(slots=True)
class _Driven:
    name: str
    write: Write
    session: str
    content: bytes | None = None


class LapRecorder:
    """Hand laps to `submit`; `close` at the end. All functions given here are called in the recorder's thread.

    `shares_from`: the running number from which on the driver lets laps be sent; None: no consent. `limit_bytes` gives 0: no limit.
    `also_keep`: laps that must stay beyond it. All three are asked at every lap.
    """

    def __init__(
        self,
        store: LapKeeper,
        *,
        on_notice: Callable[[str], None],
        on_saved: Callable[[LapRecord], None] = lambda _: None,
        limit_bytes: Callable[[], int] = lambda: 0,
        shares_from: Callable[[], int | None] = lambda: None,
        also_keep: Callable[[], Collection[str]] = tuple,
        retry_s: float = 10.0,
    ) -> None:
        self._store, self._on_notice, self._on_saved = store, on_notice, on_saved
        self._shares_from = shares_from
        self._limit_bytes, self._also_keep, self._retry_s = limit_bytes, also_keep, retry_s
        self._handed: queue.SimpleQueue[_Driven | None] = queue.SimpleQueue()
        self._unsaved: deque[_Driven] = deque()
        self._in_trouble = False
        self._submitted = self._settled = 0
        self._thread = threading.Thread(target=self._work, name="lap-recorder", daemon=True)
        self._thread.start()

    @property
    def unsaved(self) -> int:
        """Laps handed over and not on the disk yet."""
        return self._submitted - self._settled

    def submit(self, name: str, write: Write, session: str = "") -> None:
        """Save this lap ("lap 7") soon. Returns at once; `write` gives a lap file's content, None when there is no lap after all.

        It is called in the recorder's thread, again later after a RacingCoachError. `session`: the drive it belongs to.
        """
        self._submitted += 1
        self._handed.put(_Driven(name, write, session))

    def close(self, timeout_s: float = 10.0) -> int:
        """Save what is left, within the time; the number of laps that could not be."""
        self._handed.put(None)
        self._thread.join(timeout_s)
        return self.unsaved

    def _work(self) -> None:
        open_ = True
        while open_:
            try:
                driven = self._handed.get(timeout=self._retry_s if self._unsaved else None)
            except queue.Empty:
                driven = None
            else:
                open_ = driven is not None
            if driven is not None:
                self._take(driven)
            self._save_all()

    def _take(self, driven: _Driven) -> None:
        """Write it down at once, also when others wait for the disk: as a file's content it takes a tenth of the memory."""
        with suppress(RacingCoachError):
            self._write(driven)
        self._unsaved.append(driven)

    def _write(self, driven: _Driven) -> bytes:
        """The content, made once; empty when there is nothing to save. RacingCoachError: not now."""
        if driven.content is None:
            try:
                driven.content = driven.write() or b""
            except RacingCoachError:
                raise
            except Exception as error:  # noqa: BLE001  one lap that cannot be written down must not end the saving of the others
                driven.content = b""
                self._on_notice(f"{driven.name.capitalize()} could not be saved: {error}.")
        return driven.content

    def _save_all(self) -> None:
        """Save what can be saved, in order; the rest waits for the next attempt."""
        saved = 0
        while self._unsaved:
            driven = self._unsaved[0]
            try:
                content = self._write(driven)
                record = self._store.save(content, driven.session) if content else None
            except RacingCoachError as error:
                self._tell_trouble(str(error))
                return
            self._unsaved.popleft()
            self._settled += 1
            if record is not None:
                saved += 1
                self._on_saved(record)
        if saved:
            self._tell_over(saved)
            self._tidy()

    def _tell_trouble(self, why: str) -> None:
        if not self._in_trouble:
            self._in_trouble = True
            self._on_notice(f"Laps cannot be saved at the moment: {why} They are kept in memory and tried again.")

    def _tell_over(self, saved: int) -> None:
        if self._in_trouble:
            self._in_trouble = False
            self._on_notice(f"Laps are saved again: {saved} that had waited are on the disk.")

    def _tidy(self) -> None:
        """What follows from a new lap and may also wait: the spool, and the limit of the store."""
        try:
            followed = self._shares_from()
            self._store.tidy(followed, self._limit_bytes(), self._also_keep())
            if (now := self._shares_from()) != followed:  # given or withdrawn while the store was busy, which may have heard of it before
                self._store.tidy(now, self._limit_bytes(), self._also_keep())
        except RacingCoachError as error:
            self._on_notice(f"The lap is saved; what follows from it was not done yet: {error}")

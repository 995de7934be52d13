"""Saves laps as they are driven, in a thread of its own: the live loop only hands them over.

A lap that cannot be saved (full disk) stays in memory in its compressed form, about 0.2 MB, and is tried again until it can be;
the driver is told once when it begins and once when it is over.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from math import nan

from coach.errors import RacingCoachError
from coach.laps.lap import Lap
from coach.laps.lap_files import lap_content
from coach.telemetry.lap_file import Provenance
from coach.telemetry.recording import Recording
from overlay.store.record import LapRecord
from overlay.store.store import LapStore

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class _Driven:
    recording: Recording
    lap: Lap
    track_length_m: float
    provenance: Provenance | None


class LapRecorder:
    """Hand laps to `submit`; `close` at the end. All functions given here are called in the recorder's thread.

    `shares_from`: the running number from which on the driver lets laps be sent; None: no consent. `limit_mb` 0: no limit.
    """

    def __init__(
        self,
        store: LapStore,
        *,
        on_notice: Callable[[str], None],
        on_saved: Callable[[LapRecord], None] = lambda _: None,
        limit_mb: int = 0,
        shares_from: Callable[[], int | None] = lambda: None,
        also_keep: Collection[str] = (),
        retry_s: float = 10.0,
    ) -> None:
        self._store, self._on_notice, self._on_saved = store, on_notice, on_saved
        self._shares_from = shares_from
        self._limit_bytes, self._also_keep, self._retry_s = limit_mb * MB, also_keep, retry_s
        self._handed: queue.SimpleQueue[_Driven | None] = queue.SimpleQueue()
        self._unsaved: deque[bytes] = deque()
        self._in_trouble = False
        self._submitted = self._settled = 0
        self._thread = threading.Thread(target=self._work, name="lap-recorder", daemon=True)
        self._thread.start()

    @property
    def unsaved(self) -> int:
        """Laps handed over and not on the disk yet."""
        return self._submitted - self._settled

    def submit(self, recording: Recording, lap: Lap, *, track_length_m: float = nan, provenance: Provenance | None = None) -> None:
        """Save this lap soon. Returns at once; the columns must not change afterwards."""
        self._submitted += 1
        self._handed.put(_Driven(recording, lap, track_length_m, provenance))

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
        try:
            content = lap_content(driven.recording, driven.lap, track_length_m=driven.track_length_m, provenance=driven.provenance)
            self._unsaved.append(content)
        except Exception as error:  # noqa: BLE001  one lap that cannot be written down must not end the saving of the others
            self._settled += 1
            self._on_notice(f"Lap {driven.lap.number} could not be saved: {error}.")

    def _save_all(self) -> None:
        """Save what can be saved, in order; the rest waits for the next attempt."""
        saved = 0
        while self._unsaved:
            try:
                record = self._store.save(self._unsaved[0])
            except RacingCoachError as error:
                self._tell_trouble(str(error))
                return
            self._unsaved.popleft()
            self._settled += 1
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
            first = self._shares_from()
            self._store.spool.follow(consent=first is not None, from_sequence=first or 0)
            self._store.offer_to_service()
            if self._limit_bytes:
                self._store.prune(self._limit_bytes, also_keep=self._also_keep)
        except RacingCoachError as error:
            self._on_notice(f"The lap is saved; what follows from it was not done yet: {error}")

"""The lap desk as the overlay has it: asked from several threads, served by a process beside, which runs while somebody drives.

It starts with the first question and is started again when it ends. While it loads, only who asks waits.

What a new process must know of the outing is kept here: the lap files' contents of the few laps that the analysis looks at (some
0.2 MB each), the map, the reference that was asked for. So a process that is killed costs a second and nothing else.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from coach.errors import RacingCoachError
from coach.live.kept import kept
from coach.live.report import LapReport
from coach.telemetry.recording import Recording, SessionInfo
from coach.track.map import TrackMap
from overlay.desk.port import DeskBusy, DeskDied, Finished, Learned, Outing
from overlay.desk.process import DeskProcess
from overlay.settings.model import Reference
from overlay.store.record import LapRecord

ANALYSIS_S = 60.0  # of a lap: half a second usually, at low priority beside a simulator
DISK_S = 330.0  # longer than the store's lock waits, and than making the index of a hundred thousand laps takes
WINDOW_S = 3.0  # the window's thread waits no longer for its turn
IDLE_S = 600.0  # longer than a lap of the longest track: then nobody drives, and 300 MB are given back
CLOSE_S = 2.0


@dataclass(slots=True)
class _Remembered:
    """Of the outing under way."""

    outing: Outing
    asked: tuple[Reference, tuple[str, ...]] | None = None
    laps: list[tuple[bytes, float]] = field(default_factory=list)  # (content, lap time) of clean laps
    track: TrackMap | None = None
    map_fixed: bool = False
    best_s: float = math.inf

    @property
    def learned(self) -> Learned:
        """For another desk."""
        return Learned(tuple(content for content, _ in self.laps), self.track if self.map_fixed else None, self.best_s)


class DeskBeside:
    """See `Desk`. `on_notice` is called in the thread that asks, once for each process that was started again."""

    def __init__(self, folder: Path, on_notice: Callable[[str], None], process: DeskProcess | None = None, idle_s: float = IDLE_S) -> None:
        self._process = process or DeskProcess(folder)
        self._idle_s, self._idle = idle_s, threading.Timer(idle_s, lambda: None)
        self._on_notice = on_notice
        self._lock = threading.Lock()
        self._closing = False
        self._starts_told = 1
        self._starts_taught = 0
        self._known: _Remembered | None = None

    @property
    def pid(self) -> int | None:
        """The process, when one runs: for the page that shows what the coach costs."""
        return self._process.pid

    def refer(self, outing: Outing, reference: Reference, given: tuple[str, ...] = ()) -> LapReport | None:
        """What is known before the next lap."""
        with self._turn():
            known = self._about(outing)
            known.asked = (reference, given)
            report: LapReport | None = self._ask("refer", outing, reference, given, longest_s=DISK_S)
            return report

    def finish(self, outing: Outing, recording: Recording) -> Finished:
        """Analyze and write down. DeskDied: twice, so it may be this lap, or those before; the next one begins anew."""
        with self._turn():
            known = self._about(outing)
            try:
                finished: Finished = self._ask("finish", outing, recording, longest_s=ANALYSIS_S)
            except DeskDied:
                known.laps.clear()
                raise
            report = replace(finished.report, recording=recording, track=_same_map(known.track, finished.report.track))
            known.track, known.map_fixed = report.track, known.map_fixed or report.map_fixed
            if finished.content is not None and report.lap is not None and report.lap.clean:
                known.best_s = min(known.best_s, report.lap.lap_time_s)
                known.laps = kept([*known.laps, (finished.content, report.lap.lap_time_s)], lambda lap: lap[1])
            return replace(finished, report=report)

    def written(self, recording: Recording) -> bytes | None:
        """A lap file's content, without analysis."""
        with self._turn():
            content: bytes | None = self._ask("written", recording, teach=False)
            return content

    def save(self, content: bytes, session: str = "") -> LapRecord:
        """Keep a lap."""
        with self._turn():
            record: LapRecord = self._ask("save", content, session, teach=False)
            return record

    def tidy(self, shares_from: int | None, limit_bytes: int, also_keep: Collection[str] = ()) -> None:
        """What follows from a new lap."""
        with self._turn():
            self._ask("tidy", shares_from, limit_bytes, tuple(also_keep), teach=False)

    def own_laps(self, info: SessionInfo, at_most: int) -> tuple[LapRecord, ...]:
        """For the settings window. DeskBusy."""
        with self._turn(WINDOW_S):
            laps: tuple[LapRecord, ...] = self._ask("own_laps", info, at_most, teach=False)
            return laps

    def look_into(self, text: str, info: SessionInfo | None) -> None:
        """For the settings window, in a thread of its own."""
        with self._turn():
            self._ask("look_into", text, info, teach=False)

    def next_sequence(self) -> int:
        """For the settings window. DeskBusy."""
        with self._turn(WINDOW_S):
            number: int = self._ask("next_sequence", teach=False)
            return number

    def follow(self, *, consent: bool, from_sequence: int = 0) -> None:
        """For the settings window. DeskBusy."""
        with self._turn(WINDOW_S):
            self._ask("follow", teach=False, consent=consent, from_sequence=from_sequence)

    def close(self) -> None:
        """End the process, after what it is doing if that is soon over."""
        self._closing = True
        self._idle.cancel()
        if not self._lock.acquire(timeout=CLOSE_S):
            self._process.interrupt()  # who waits for it lets go of the lock
            self._lock.acquire()
        self._process.close(CLOSE_S)
        self._lock.release()

    @contextmanager
    def _turn(self, longest_s: float = -1.0) -> Iterator[None]:
        if not self._lock.acquire(timeout=longest_s):
            raise DeskBusy("Laps are being analyzed or saved at the moment: please try again.")
        try:
            self._idle.cancel()
            if self._closing:
                raise DeskDied("The overlay is being closed.")
            yield
            self._idle = threading.Timer(self._idle_s, self._rest)
            self._idle.daemon = True
            self._idle.start()
        finally:
            self._lock.release()

    def _rest(self) -> None:
        """Nobody has asked for long: the next question starts a new process."""
        if self._lock.acquire(blocking=False):  # else somebody asks just now
            self._starts_told = self._process.starts + 1
            self._process.close(CLOSE_S)
            self._lock.release()

    def _about(self, outing: Outing) -> _Remembered:
        """What is remembered of this outing; another one begins with nothing."""
        if self._known is None or self._known.outing.key != outing.key:
            self._known = _Remembered(outing)
        self._known.outing = outing
        return self._known

    def _ask(self, name: str, *given: Any, longest_s: float | None = None, teach: bool = True, **named: Any) -> Any:
        """The answer. A process that ends meanwhile is started again and asked once more, no more: it may be the question."""
        longest_s = DISK_S if longest_s is None else longest_s
        try:
            answer = self._try(name, given, named, longest_s, teach=teach)
        except DeskDied:
            if self._closing:
                raise
            answer = self._try(name, given, named, longest_s, teach=teach)
        if self._process.starts > self._starts_told:
            self._starts_told = self._process.starts
            self._on_notice("The process that analyzes laps had ended and was started again; nothing is lost.")
        return answer

    def _try(self, name: str, given: tuple[Any, ...], named: dict[str, Any], longest_s: float, *, teach: bool) -> Any:
        starts = self._process.start()
        if teach and starts != self._starts_taught:
            self._teach()
            self._starts_taught = starts
        return self._process.ask(name, given, named, longest_s)

    def _teach(self) -> None:
        """Tell a new process what the one before knew."""
        known = self._known
        if known is None:
            return
        self._process.ask("resume", (known.outing, known.learned), {}, ANALYSIS_S)
        if known.asked is not None:
            try:
                self._process.ask("refer", (known.outing, *known.asked), {}, DISK_S)
            except DeskDied:
                raise
            except RacingCoachError:
                pass  # the driver was told when it was asked for


def _same_map(before: TrackMap | None, now: TrackMap | None) -> TrackMap | None:
    """The map from before where the new one says the same: what was drawn and measured with it stays."""
    if before is None or now is None:
        return now
    pairs = ((getattr(before, item.name), getattr(now, item.name)) for item in fields(TrackMap))
    same = all(np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b for a, b in pairs)
    return before if same else now

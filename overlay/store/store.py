"""The lap store: one folder of lap files, with their index and what waits for the service.

    FOLDER/laps/*.parquet    the laps; the truth
    FOLDER/index-N.sqlite    made from them
    FOLDER/spool.sqlite      which of them must go to the service
    FOLDER/store.lock        held for the length of one call

Several processes may use one folder at a time. Every call may wait for the disk: none belongs into the live loop.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TypeVar

from coach.errors import CannotWrite, LapNotFound
from coach.file_lock import FileLock
from coach.files import make_folder, write_bytes
from coach.telemetry.lap_file import lap_head_of
from overlay.store.index import LapIndex, Wanted
from overlay.store.matched_index import MatchedIndex
from overlay.store.read_record import record_of
from overlay.store.record import KEEP, LAPS, SUFFIX, LapRecord, file_of, name_ending, name_of, sequence_of
from overlay.store.spool import WAITING, Spool

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning did. `over_bytes`: what could not be freed because every lap left must stay."""

    deleted: tuple[str, ...]
    freed_bytes: int
    total_bytes: int
    over_bytes: int


class LapStore:
    """A folder of laps. Nothing is read or made before the first call. Calls raise CannotWrite where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.session = secrets.token_hex(4)  # laps saved through this object are one drive; see `begin_session`
        self.spool = Spool(folder / "spool.sqlite")
        self._laps = folder / LAPS
        self._index = MatchedIndex(folder)
        self._threads = Lock()

    def begin_session(self) -> None:
        """Laps from here on belong to another drive."""
        self.session = secrets.token_hex(4)

    def path_of(self, lap_id: str) -> Path:
        """The file of a lap."""
        return file_of(self.folder, lap_id)

    def save(self, content: bytes, session: str = "") -> LapRecord:
        """Keep a lap file's content as a new lap; when this returns it outlasts a crash.

        `session`: the drive it belongs to, this store's own when empty. A lap that this drive has already is not saved twice, so that
        whoever did not hear the answer may ask again. CannotWrite: nothing was kept. UnreadableFile: it is no lap file. Only the file
        decides: an index that cannot be written is matched with the files at its next use.
        """
        head, session = lap_head_of(content), session or self.session
        with self._threads, self._locked():
            names = os.listdir(self._laps)  # noqa: PTH208  ten times faster on 10,000 names
            path = self._saved_before(content, names, name_ending(head.lap.number, session))
            if path is None:
                name = name_of(head.session, head.lap.number, _next_sequence(names), datetime.now(tz=UTC), session)
                path = self.path_of(name)
                write_bytes(path, content)
            record = record_of(path, head)
            with suppress(CannotWrite):
                self._index.change((), (record,))
            return record

    def laps(self, wanted: Wanted = Wanted()) -> tuple[LapRecord, ...]:  # noqa: B008  it is frozen
        """The laps asked for, newest or fastest first."""
        return self._asked(lambda index: index.laps(wanted))

    def lap(self, lap_id: str) -> LapRecord:
        """One lap. LapNotFound."""
        return self._asked(lambda index: index.lap(lap_id))

    def best(self, wanted: Wanted) -> LapRecord | None:
        """The fastest clean lap of those asked for."""
        found = self.laps(Wanted(wanted.car_id, wanted.track_id, wanted.track_config, wanted.session, True, wanted.simulated, True, 1))  # noqa: FBT003
        return found[0] if found else None

    def best_ids(self) -> frozenset[str]:
        """The fastest clean lap of every combination of car and track."""
        return self._asked(LapIndex.best_ids)

    def unreadable(self) -> dict[str, str]:
        """Files among the laps that are no lap files, and why."""
        return self._asked(LapIndex.unreadable)

    def keep(self, lap_id: str, *, kept: bool = True) -> None:
        """Never prune this lap (a reference), or let it go again. LapNotFound."""
        with self._threads, self._locked():
            mark = self.path_of(lap_id).with_suffix(KEEP)
            if not self.path_of(lap_id).exists():
                raise LapNotFound(f"the lap store holds no lap {lap_id}; `racing-coach store list` shows what it holds.")
            if kept:
                write_bytes(mark, b"")
            else:
                mark.unlink(missing_ok=True)
            with suppress(CannotWrite):
                self._index.change((), (record_of(self.path_of(lap_id)),))

    def prune(self, limit_bytes: int, also_keep: Collection[str] = (), shares_from: int | None = None) -> Pruned:
        """Delete the oldest laps until the rest fits; never a kept one, a best one, one that waits for the service, or `also_keep`.

        `shares_from`: timed laps from this running number on wait for the service even where the spool has not heard of them yet.
        It needs no room on the disk: it is what makes room.
        """
        with self._threads, self._locked():
            total = self._index.ask(LapIndex.size_bytes)
            if total <= limit_bytes:
                return Pruned((), 0, total, 0)
            oldest_first = self._index.ask(lambda index: index.laps(Wanted(simulated=None)))[::-1]
            stay = {*also_keep, *self._to_be_sent(shares_from), *self._index.ask(LapIndex.best_ids)}
            deleted: list[LapRecord] = []
            for record in oldest_first:
                if total <= limit_bytes:
                    break
                if record.kept or record.id in stay:
                    continue
                with suppress(OSError):  # Windows: somebody reads it; it goes next time
                    self.path_of(record.id).unlink(missing_ok=True)
                    deleted.append(record)
                    total -= record.size_bytes
            ids = tuple(record.id for record in deleted)
            with suppress(CannotWrite):
                self._index.change(ids, ())
            return Pruned(ids, sum(record.size_bytes for record in deleted), total, max(0, total - limit_bytes))

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Make the index again from the files; the number of laps in it. `progress(done, of)` is called for every file."""
        with self._threads, self._locked():
            return self._index.rebuild(progress)

    def offer_to_service(self, *, simulated: bool = False) -> int:
        """Put every lap that the driver's consent covers into the spool, as far as it was not there before; how many were new.

        Timed laps that were driven, from the first one after consent on; with `simulated` those of a demonstration, which keep their mark.
        """
        with self._threads, self._locked():
            first = self.spool.shares_from()
            if first is None:
                return 0
            return self.spool.add(self._index.ask(lambda index: index.timed_from(first, simulated=simulated)))

    def next_sequence(self) -> int:
        """The running number that the next lap gets."""
        with self._threads, self._locked():
            return _next_sequence(os.listdir(self._laps))  # noqa: PTH208

    def follow(self, *, consent: bool, from_sequence: int = 0) -> None:
        """Take over the driver's consent; see `Spool.follow`."""
        self.spool.follow(consent=consent, from_sequence=from_sequence)

    def tidy(self, shares_from: int | None, limit_bytes: int, also_keep: Collection[str] = ()) -> None:
        """What follows from a new lap: the spool learns of it, and the store keeps within its limit (0: none)."""
        self.follow(consent=shares_from is not None, from_sequence=shares_from or 0)
        self.offer_to_service()
        if limit_bytes:
            self.prune(limit_bytes, also_keep=also_keep)

    def close(self) -> None:
        """Let go of the files; the next call opens them again."""
        with self._threads:
            self._index.close()
            self.spool.close()

    def _asked(self, question: Callable[[LapIndex], _Answer]) -> _Answer:
        with self._threads, self._locked():
            return self._index.ask(question)

    def _to_be_sent(self, shares_from: int | None) -> set[str]:
        entries = self.spool.entries()
        waiting = {entry.lap_id for entry in entries if entry.state in WAITING}
        if shares_from is None:
            return waiting
        return waiting | {*self._index.ask(lambda index: index.timed_from(shares_from))} - {entry.lap_id for entry in entries}

    def _locked(self) -> FileLock:
        make_folder(self._laps)
        return FileLock(self.folder / "store.lock")

    def _saved_before(self, content: bytes, names: list[str], ending: str) -> Path | None:
        """The file that holds this lap of this drive already."""
        paths = [self._laps / name for name in names if name.endswith(ending + SUFFIX)]
        return next((path for path in paths if _holds(path, content)), None)


def _next_sequence(names: list[str]) -> int:
    return 1 + max((sequence_of(name) for name in names), default=0)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False

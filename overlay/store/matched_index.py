"""The index in step with the lap files: compared with the folder before its first use, made again when it is missing or damaged.

The files are the truth. The caller holds the store's lock around every call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from coach.errors import CannotWrite, UnreadableFile
from overlay.store.database import Damaged
from overlay.store.index import LapIndex
from overlay.store.read_record import record_of
from overlay.store.record import KEEP, LAPS, SUFFIX, LapRecord

_Answer = TypeVar("_Answer")
_ABANDONED_S = 86_400.0  # a temporary file this old belongs to no living writer


class MatchedIndex:
    """Of a lap store's folder. Nothing is read or made before the first call. CannotWrite: the disk refuses a change."""

    def __init__(self, folder: Path) -> None:
        self._laps = folder / LAPS
        self._index = LapIndex(folder)
        self._spare = LapIndex(None)  # while the disk refuses the other, as a full one does
        self._matched = False  # whether the index was compared with the files

    def ask(self, question: Callable[[LapIndex], _Answer]) -> _Answer:
        """The answer of the index as the files are; where the disk refuses it, of one in memory."""
        try:
            answer = self._asked(question)
        except CannotWrite:
            if self._spare.opened():
                self._match(self._spare)
            else:
                self._spare.make(*_read(self._files()))
            return question(self._spare)
        self._spare.close()
        return answer

    def change(self, gone: Sequence[str], new: Sequence[LapRecord]) -> None:
        """Forget and learn. CannotWrite: it is compared with the files at its next use."""
        try:
            self._asked(lambda index: index.change(gone, new, {}))
        except CannotWrite:
            self._matched = False
            raise

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Make it from the files; the number of laps in it. `progress(done, of)` is called for every file."""
        records, unreadable = _read(self._files(), progress)
        self._index.make(records, unreadable)
        self._matched = True
        return len(records)

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        self._index.close()
        self._spare.close()
        self._matched = False

    def _asked(self, question: Callable[[LapIndex], _Answer]) -> _Answer:
        """A damaged index is made again and asked again."""
        if not self._index.opened():
            self.rebuild()
        try:
            if not self._matched:
                self._match(self._index)
                self._sweep()
                self._matched = True
            return question(self._index)
        except Damaged:
            self.rebuild()
            return question(self._index)

    def _files(self) -> list[Path]:
        return list(self._laps.glob(f"*{SUFFIX}"))

    def _match(self, index: LapIndex) -> None:
        """Bring an index to what the folder holds: laps saved without it, laps deleted by hand, marks."""
        known, there = index.files(), {path.stem: path for path in self._files()}
        kept = {path.stem for path in self._laps.glob(f"*{KEEP}")}
        gone = [lap_id for lap_id in known if lap_id not in there]
        changed = [path for lap_id, path in there.items() if known.get(lap_id) != (_size(path), lap_id in kept)]
        records, unreadable = _read(changed)
        if gone or changed:
            index.change(gone, records, unreadable)

    def _sweep(self) -> None:
        """Delete what a writer that was killed left behind, and marks of laps that are gone."""
        now = datetime.now(tz=UTC).timestamp()
        with suppress(OSError):
            for path in self._laps.glob(".*.part"):
                if now - path.stat().st_mtime > _ABANDONED_S:
                    path.unlink(missing_ok=True)
            for path in self._laps.glob(f"*{KEEP}"):
                if not path.with_suffix(SUFFIX).exists():
                    path.unlink(missing_ok=True)


def _read(
    paths: Collection[Path], progress: Callable[[int, int], None] | None = None
) -> tuple[list[LapRecord], dict[str, tuple[int, str]]]:
    """What the files say, and which say nothing."""
    records, unreadable = [], {}
    for done, path in enumerate(paths, 1):
        try:
            records.append(record_of(path))
        except UnreadableFile as error:
            if path.exists():
                unreadable[path.stem] = (_size(path), str(error))
        if progress is not None:
            progress(done, len(paths))
    return records, unreadable


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0

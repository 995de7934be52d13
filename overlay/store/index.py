"""The index of the lap files: a SQLite file that answers which laps there are. The files are the truth; it can be made again any time.

A damaged index is not mended: the next generation is written beside it, in one transaction, so that a process that still has the
old one open is not disturbed and a crash leaves nothing half-made. The caller holds the store's lock around every call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from coach.errors import LapNotFound, RacingCoachError
from coach.laps.lap import LapKind
from overlay.store.database import IN_MEMORY, Damaged, faults_named, is_sound, open_database, remove_database
from overlay.store.record import LapRecord

SCHEMA = 1  # raised when a column changes; an index of another schema is made again


class _Base(DeclarativeBase):
    pass


class LapRow(_Base):
    """A lap; the columns are the fields of LapRecord."""

    __tablename__ = "laps"

    id: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(index=True)
    saved_at: Mapped[str]
    session: Mapped[str]
    source: Mapped[str]
    simulator: Mapped[str]
    car_id: Mapped[str] = mapped_column(index=True)
    car_name: Mapped[str]
    track_id: Mapped[str]
    track_name: Mapped[str]
    track_config: Mapped[str]
    track_length_m: Mapped[float | None]
    session_type: Mapped[str]
    number: Mapped[int]
    kind: Mapped[str]
    lap_time_s: Mapped[float | None]
    official_lap_time_s: Mapped[float | None]
    clean: Mapped[bool]
    reasons: Mapped[str]
    simulated: Mapped[bool]
    driver: Mapped[str]
    visibility: Mapped[str]
    kept: Mapped[bool]
    size_bytes: Mapped[int]


class UnreadableRow(_Base):
    """A file in the folder that is no lap file, remembered so that it is not read at every start."""

    __tablename__ = "unreadable"

    id: Mapped[str] = mapped_column(primary_key=True)
    size_bytes: Mapped[int]
    reason: Mapped[str]


_FIELDS = [item.name for item in fields(LapRecord)]
_COMBINATION = (LapRow.simulator, LapRow.car_id, LapRow.track_id, LapRow.track_config, LapRow.simulated)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which laps; None: any. `simulated` is False unless asked for, so that no simulated lap is taken for a driven one."""

    car_id: str | None = None
    track_id: str | None = None
    track_config: str | None = None
    session: str | None = None
    clean: bool | None = None
    simulated: bool | None = False
    fastest_first: bool = False  # else newest first
    limit: int | None = None


class LapIndex:
    """The newest sound generation in a folder; without a folder one in memory, which is there once it is made."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._engine: Engine | None = None

    def opened(self) -> bool:
        """Whether there is a sound index; it is open then. CannotWrite: the disk refuses."""
        if self._folder is None:
            return self._engine is not None
        newest = max(self._folder.glob("index-*.sqlite"), key=_generation, default=None)
        if newest is not None and newest == self._path:
            return True
        self.close()
        if newest is None:
            return False
        engine = open_database(newest, synchronous="NORMAL")
        if not is_sound(engine, SCHEMA):
            engine.dispose()
            return False
        self._path, self._engine = newest, engine
        return True

    def make(self, records: Iterable[LapRecord], unreadable: Mapping[str, tuple[int, str]]) -> None:
        """Write the next generation with these laps and open it. CannotWrite: the disk refuses."""
        self.close()
        older = sorted(self._folder.glob("index-*.sqlite"), key=_generation) if self._folder else []
        path = self._folder / f"index-{_generation(older[-1]) + 1 if older else 1}.sqlite" if self._folder else IN_MEMORY
        engine = open_database(path, synchronous="NORMAL")
        try:
            self._fill(path, engine, records, unreadable)
        except RacingCoachError:
            engine.dispose()
            remove_database(path)
            raise
        self._path, self._engine = path, engine
        for old in older:
            remove_database(old)

    def close(self) -> None:
        """Let go of the file."""
        if self._engine is not None:
            self._engine.dispose()
        self._path = self._engine = None

    def files(self) -> dict[str, tuple[int, bool]]:
        """Size and keep mark of every file it knows, readable or not."""
        with self._transaction() as connection:
            known = {row.id: (row.size_bytes, row.kept) for row in connection.execute(select(LapRow.id, LapRow.size_bytes, LapRow.kept))}
            known |= {row.id: (row.size_bytes, False) for row in connection.execute(select(UnreadableRow.id, UnreadableRow.size_bytes))}
        return known

    def laps(self, wanted: Wanted) -> tuple[LapRecord, ...]:
        """The laps asked for."""
        query = select(*(getattr(LapRow, name) for name in _FIELDS))
        for name in ("car_id", "track_id", "track_config", "session", "clean", "simulated"):
            value = getattr(wanted, name)
            if value is not None:
                query = query.where(getattr(LapRow, name) == value)
        if wanted.fastest_first:
            query = query.where(LapRow.lap_time_s.is_not(None)).order_by(LapRow.lap_time_s, LapRow.sequence, LapRow.id)
        else:
            query = query.order_by(LapRow.sequence.desc(), LapRow.id.desc())
        return self._records(query.limit(wanted.limit))

    def lap(self, lap_id: str) -> LapRecord:
        """One lap. LapNotFound."""
        found = self._records(select(*(getattr(LapRow, name) for name in _FIELDS)).where(LapRow.id == lap_id))
        if not found:
            raise LapNotFound(f"the lap store holds no lap {lap_id}; `racing-coach store list` shows what it holds.")
        return found[0]

    def size_bytes(self) -> int:
        """Of all lap files."""
        with self._transaction() as connection:
            return connection.scalar(select(func.sum(LapRow.size_bytes))) or 0

    def timed_from(self, sequence: int, *, simulated: bool = False) -> list[str]:
        """Timed laps from this running number on, in their order: driven ones, or simulated ones."""
        query = select(LapRow.id).where(LapRow.sequence >= sequence, LapRow.kind == LapKind.TIMED.value, LapRow.simulated.is_(simulated))
        with self._transaction() as connection:
            return list(connection.scalars(query.order_by(LapRow.sequence, LapRow.id)))

    def best_ids(self) -> frozenset[str]:
        """The fastest clean lap of every combination."""
        place = func.row_number().over(partition_by=_COMBINATION, order_by=(LapRow.lap_time_s, LapRow.sequence, LapRow.id)).label("place")
        ranked = select(LapRow.id, place).where(LapRow.clean, LapRow.lap_time_s.is_not(None)).subquery()
        with self._transaction() as connection:
            return frozenset(connection.scalars(select(ranked.c.id).where(ranked.c.place == 1)))

    def unreadable(self) -> dict[str, str]:
        """Files that are no lap files, and why."""
        with self._transaction() as connection:
            return {row.id: row.reason for row in connection.execute(select(UnreadableRow.id, UnreadableRow.reason))}

    def change(self, gone: Sequence[str], new: Sequence[LapRecord], unreadable: Mapping[str, tuple[int, str]]) -> None:
        """Forget and learn, in one transaction."""
        ids = [*gone, *(record.id for record in new), *unreadable]
        with self._transaction() as connection:
            for start in range(0, len(ids), 500):  # SQLite takes 32,766 variables at most
                chunk = ids[start : start + 500]
                connection.execute(delete(LapRow).where(LapRow.id.in_(chunk)))
                connection.execute(delete(UnreadableRow).where(UnreadableRow.id.in_(chunk)))
            if new:
                connection.execute(insert(LapRow), [asdict(record) for record in new])
            for key, (size, why) in unreadable.items():
                connection.execute(insert(UnreadableRow).values(id=key, size_bytes=size, reason=why))

    def _records(self, query: Select[Any]) -> tuple[LapRecord, ...]:
        with self._transaction() as connection:
            return tuple(LapRecord(**row._mapping) for row in connection.execute(query))  # noqa: SLF001  its public name, with an underscore against clashes

    def _fill(self, path: Path, engine: Engine, records: Iterable[LapRecord], unreadable: Mapping[str, tuple[int, str]]) -> None:
        """All of a new index in one transaction."""
        rows = [asdict(record) for record in records]
        others = [{"id": key, "size_bytes": size, "reason": why} for key, (size, why) in unreadable.items()]
        with faults_named(path), engine.begin() as connection:
            _Base.metadata.create_all(connection)
            if rows:
                connection.execute(insert(LapRow), rows)
            if others:
                connection.execute(insert(UnreadableRow), others)
            connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA}")

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        if self._engine is None or self._path is None:
            raise Damaged(f"the index in {self._folder} is not open.")
        with faults_named(self._path), self._engine.begin() as connection:
            yield connection


def _generation(path: Path) -> int:
    digits = path.stem.removeprefix("index-")
    return int(digits) if digits.isdigit() else 0

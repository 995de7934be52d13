"""The spool's file: its tables, and a file that is damaged is set aside and begun anew. What an entry means is the spool's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from coach.errors import CannotWrite, RacingCoachError
from coach.file_lock import FileLock
from coach.files import make_folder
from overlay.store.database import Damaged, faults_named, is_sound, open_database

SCHEMA = 1


class _Base(DeclarativeBase):
    pass


class EntryRow(_Base):
    """One lap."""

    __tablename__ = "entries"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    lap_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="waiting", index=True)
    refusals: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)  # since the last success to speak with the service
    due_s: Mapped[float] = mapped_column(default=0.0)  # waiting: not before; leased: the lease ends
    token: Mapped[str] = mapped_column(default="")  # leased: the lease's; sent: the service's number while it has not read it yet
    reason: Mapped[str] = mapped_column(default="")


class ConsentRow(_Base):
    """At most one row: consent is given, for laps from this running number on."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    from_sequence: Mapped[int]


class SpoolFile:
    """Opened by its first transaction. Several threads and processes may use it. CannotWrite: the disk refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._notices: list[str] = []
        self._engine: Engine | None = None
        self._is_alone = False  # opened on a full disk: let go of at once, so that others may use it
        self._threads = RLock()

    @property
    def exists(self) -> bool:
        """Whether anything was ever kept in it."""
        return self._path.exists()

    def take_notices(self) -> list[str]:
        """What happened to it, for the driver; each once."""
        with self._threads:
            taken, self._notices = self._notices, []
        return taken

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Whole or not at all."""
        with self._threads:
            if self._engine is None:
                self._engine = self._opened()
            try:
                with faults_named(self._path), self._engine.begin() as connection:
                    yield connection
            except Damaged:
                self.close()  # the next call keeps it aside and begins anew
                raise
            finally:
                if self._is_alone:
                    self.close()

    def close(self) -> None:
        """Let go of it; the next transaction opens it again."""
        with self._threads:
            if self._engine is not None:
                self._engine.dispose()
            self._engine, self._is_alone = None, False

    def _opened(self) -> Engine:
        make_folder(self._path.parent)
        with FileLock(self._path.with_suffix(".lock")):  # else one process could take the other's half-made file for a damaged one
            try:
                return self._sound(open_database(self._path, synchronous="FULL"))
            except CannotWrite:
                if not _has_content(self._path):
                    raise
                engine = self._sound(open_database(self._path, synchronous="FULL", alone=True))
                self._is_alone = True
                return engine

    def _sound(self, engine: Engine) -> Engine:
        if is_sound(engine, SCHEMA):
            return engine
        try:
            if _has_content(self._path) and not _is_new(engine):
                engine.dispose()
                self._set_aside()
            with faults_named(self._path), engine.begin() as connection:
                _Base.metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA}")
        except RacingCoachError:
            engine.dispose()
            raise
        return engine

    def _set_aside(self) -> None:
        stamp = datetime.now(tz=UTC).strftime("%Y%m%dT%H%M%S%fZ")
        aside = self._path.with_name(f"{self._path.stem}.unreadable-{stamp}{self._path.suffix}")
        try:
            self._path.rename(aside)
        except OSError as error:
            raise CannotWrite(f"{self._path} is damaged and could not be set aside: {error.strerror}.") from error
        for ending in ("-wal", "-shm"):
            with suppress(OSError):
                self._path.with_name(self._path.name + ending).rename(aside.with_name(aside.name + ending))
        self._notices.append(f"The list of laps that wait for the service was damaged: it is kept as {aside.name} and made again.")


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _is_new(engine: Engine) -> bool:
    """Whether a writer was killed before it had made its tables: nothing is lost then."""
    try:
        with faults_named(Path(engine.url.database or "")), engine.connect() as connection:
            return connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
    except Damaged:
        return False

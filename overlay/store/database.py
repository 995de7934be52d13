"""SQLite as the store uses it: one engine for a file, write-ahead log, whole transactions, faults of the disk as one sentence."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from coach.errors import CannotWrite, RacingCoachError

# The file is sound, the machine is not able to: nothing is gained by making it again.
_DISK_FAULTS = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_PERM,
}
IN_MEMORY = Path(":memory:")
_ROOM_BYTES = 64 * 1024  # with less, SQLite cannot even make the 32 KiB that its connections share, and calls that an I/O error


class Damaged(RacingCoachError):
    """The file is no database of ours, or no sound one."""


def open_database(path: Path, *, synchronous: str, alone: bool = False) -> Engine:
    """An engine for the file, which is made when it is not there; IN_MEMORY: for none, one for all threads.

    `synchronous`: FULL, so that what is committed outlasts a loss of power, or NORMAL, where it may be made again.
    `alone`: nobody else can use the file meanwhile; then it needs no room on the disk to be read.
    """
    connect_args = {"timeout": 30.0, "check_same_thread": False}
    engine = create_engine(f"sqlite:///{path}", connect_args=connect_args, poolclass=StaticPool if path == IN_MEMORY else None)
    pragmas = (*(["locking_mode=EXCLUSIVE"] if alone else []), f"synchronous={synchronous}", "journal_mode=WAL")

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # sqlite3 would otherwise commit before each CREATE TABLE
        try:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()  # nobody else knows it yet
            raise

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


@contextmanager
def faults_named(path: Path) -> Iterator[None]:
    """CannotWrite when the disk refuses, Damaged when the file is not what it should be."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        told = error.orig if isinstance(error, DatabaseError) else error
        code = getattr(told, "sqlite_errorcode", 0) & 0xFF
        if code in _DISK_FAULTS:
            why = "the disk is full" if code == sqlite3.SQLITE_FULL or _is_full(path.parent) else told
            raise CannotWrite(f"{path} could not be written: {why}.") from error
        raise Damaged(f"{path} is damaged: {told}.") from error


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _ROOM_BYTES
    except OSError:
        return False


def is_sound(engine: Engine, schema: int) -> bool:
    """Whether the file is a whole database of this schema; a new, empty one is of schema 0. CannotWrite: the disk refuses."""
    path = Path(engine.url.database or "")
    try:
        with faults_named(path), engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA user_version").scalar() != schema:
                return False
            return connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok"
    except Damaged:
        return False


def remove_database(path: Path) -> None:
    """Delete the file and its log, as far as the system lets us: on Windows not while another process has it open."""
    for ending in ("", "-wal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + ending).unlink()

"""Reading and writing files so that nothing half-written stays and every failure is one sentence.

Reading: checks before a byte is interpreted, and a bound on what a compressed file may become. Writing: a temporary name in
the same folder, fsync, rename. It knows no telemetry.
"""

from __future__ import annotations

import gzip
import io
import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO, cast

from coach.errors import CannotWrite, UnreadableFile

GZIP_MAGIC = b"\x1f\x8b"
HEAD_BYTES = 64 * 1024  # enough for an .ibt header with its place, and for the header row of any CSV
MAX_DECOMPRESSED_BYTES = 2 << 30  # three hours of streamed CSV are about 1 GiB
MAX_LINE_BYTES = 1 << 20  # the longest line seen in real exports is a few kB


def check_readable(path: Path) -> int:
    """The size in bytes of an existing, non-empty, readable file; UnreadableFile names what is wrong otherwise."""
    try:
        if path.is_dir():
            raise UnreadableFile(f"{path} is a folder: name a recording inside it.")
        size = path.stat().st_size
        if not path.is_file():  # opening a pipe would wait for a writer
            raise UnreadableFile(f"{path} is no ordinary file: name a recording.")
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:  # ValueError: a NUL byte in the name
        raise UnreadableFile(f"{path} cannot be opened: {_reason(error)}.") from error
    if size == 0:
        raise UnreadableFile(f"{path} is empty (0 bytes): expected a telemetry recording.")
    return size


def read_head(path: Path, size: int = HEAD_BYTES) -> bytes:
    """The first `size` bytes of the content, decompressed when the file is gzip; shorter when the file is shorter."""
    check_readable(path)
    with open_plain(path) as stream:
        return stream.read(size)


def read_plain(path: Path, limit: int = MAX_DECOMPRESSED_BYTES) -> bytes:
    """The whole content, decompressed when gzip; UnreadableFile beyond `limit` bytes."""
    check_readable(path)
    with open_plain(path, limit) as stream:
        return stream.read()


@contextmanager
def open_plain(path: Path, limit: int = MAX_DECOMPRESSED_BYTES, *, max_line: int | None = None) -> Iterator[BinaryIO]:
    """The content as a binary stream, decompressed on the fly when gzip, never held in memory as a whole.

    More than `limit` decompressed bytes, a line longer than `max_line` bytes (None: not checked), damaged or cut gzip data
    and faults of the disk raise UnreadableFile with the place.
    """
    with _open(path) as raw:
        zipped = _first_bytes(path, raw) == GZIP_MAGIC
        inner = cast("IO[bytes]", gzip.GzipFile(fileobj=raw) if zipped else raw)
        with io.BufferedReader(_Bounded(inner, path, limit, max_line), 1 << 18) as stream:
            yield stream


def _open(path: Path) -> io.BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened: {_reason(error)}.") from error


def _first_bytes(path: Path, raw: io.BufferedReader) -> bytes:
    try:
        return raw.peek(2)[:2]
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read at byte 0: {_reason(error)}.") from error


class _Bounded(io.RawIOBase):
    """A raw stream that counts what passes and stops at the limits."""

    def __init__(self, inner: IO[bytes], path: Path, limit: int, max_line: int | None) -> None:
        super().__init__()
        self._inner, self._path, self._limit, self._max_line = inner, path, limit, max_line
        self._passed = 0
        self._line = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self._read(len(buffer))
        buffer[: len(chunk)] = chunk
        self._passed += len(chunk)
        if self._passed > self._limit:
            raise UnreadableFile(f"{self._path} holds more than {self._limit:,} bytes when unpacked: expected a telemetry recording.")
        if self._max_line is not None:
            self._check_line(chunk, self._max_line)
        return len(chunk)

    def _read(self, size: int) -> bytes:
        try:
            return self._inner.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise UnreadableFile(f"{self._path} cannot be read after byte {self._passed:,} (unpacked): {_reason(error)}.") from error

    def _check_line(self, chunk: bytes, longest: int) -> None:
        """Counts bytes since the last line end; lines inside one chunk are at most a chunk long."""
        last = chunk.rfind(b"\n")
        self._line = self._line + len(chunk) if last < 0 else len(chunk) - last - 1
        if self._line > longest:
            raise UnreadableFile(
                f"{self._path} has no line end within {longest:,} bytes before byte {self._passed:,}: expected lines of text."
            )


@contextmanager
def atomic_writer(path: Path) -> Iterator[BinaryIO]:
    """A binary file that becomes `path` only when the block ends well; on any error nothing stays behind.

    CannotWrite: no such folder, no permission, full disk.
    """
    temporary = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        with _create(temporary) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    _keep_name(path.parent)


def _keep_name(folder: Path) -> None:
    """Let the new name outlast a loss of power. Windows cannot sync a folder and writes the name with the file."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _create(path: Path) -> BinaryIO:
    return path.open("x+b")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file, or nothing."""
    with atomic_writer(path) as file:
        file.write(content)


def write_text(path: Path, content: str) -> None:
    """Write a whole UTF-8 text file, or nothing."""
    write_bytes(path, content.encode("utf-8"))


def make_folder(path: Path) -> None:
    """Make a folder and its parents; an existing one is fine. CannotWrite: a file is in the way, no permission."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> CannotWrite:
    return CannotWrite(f"{path} could not be written: {_reason(error)}. Nothing was left behind; choose another place.")


def _reason(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text.rstrip(".").lower() or type(error).__name__

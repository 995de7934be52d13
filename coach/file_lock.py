"""A lock between processes that ends with its holder, however that ends: a file left behind by a killed process locks nothing."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from coach.errors import CannotWrite
from coach.files import make_folder

if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> bool:
        file.seek(1 << 30)  # far behind the content, which others may then still read
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


_POLL_S = 0.005
_PATIENCE_S = 300.0  # making an index of a hundred thousand laps again takes this long


class FileLock:
    """Held by one at a time, also among threads of one process, each with a FileLock of its own. The file holds the holder's process id.

    The file itself stays: deleting it would let two hold two files of one name.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def acquire(self, timeout_s: float = 0.0) -> bool:
        """Whether the lock is held now. CannotWrite: the file cannot be made."""
        if self._file is not None:
            raise RuntimeError(f"{self.path} is already held by this FileLock")
        make_folder(self.path.parent)
        try:
            file = self.path.open("a+b")
        except OSError as error:
            raise CannotWrite(f"{self.path} could not be opened: {error.strerror}.") from error
        until = time.monotonic() + timeout_s
        while not _lock(file):
            if time.monotonic() >= until:
                file.close()
                return False
            time.sleep(_POLL_S)
        self._file = file
        return True

    def sign(self) -> None:
        """Write our process id into the held file, for others to read; a full disk only makes them know less."""
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)
                self._file.write(str(os.getpid()).encode())
                self._file.flush()

    def signed_by(self) -> int | None:
        """The process id in the file; None: none is there."""
        try:
            return int(self.path.read_bytes()[:20])
        except (OSError, ValueError):
            return None

    def release(self) -> None:
        """Let others have it."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        if not self.acquire(timeout_s=_PATIENCE_S):
            raise CannotWrite(f"{self.path} has been held by another process for {_PATIENCE_S:.0f} s: close other Racing Coach programs.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()

"""Rendered phrases on disk, by engine, voice, speed and text. Losing it costs time, never words.

A file is a zip of one int16 array (numpy's .npz): small, and its checksum tells a damaged one.
"""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np

from coach.errors import CannotWrite
from coach.files import atomic_writer, make_folder
from overlay.voice.clip import Samples

LIMIT_BYTES = 100 << 20  # about 18 minutes of speech; a season's phrases
AFTER_PRUNING = 0.8
RENDERING = 1  # counts up when `speech_samples` changes what a phrase sounds like


class DamagedClip(Exception):
    """A stored phrase cannot be read; it was removed."""


def cache_key(engine: str, voice: str, model: str, speed: float, text: str) -> str:
    """Name of the file a phrase is stored in."""
    parts = "\0".join((str(RENDERING), engine, voice, model, f"{speed:.2f}", text))
    return hashlib.sha256(parts.encode()).hexdigest()[:32]


class ClipCache:
    """A folder of phrases, at most `limit_bytes` of them; what was not used for longest goes first."""

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self.folder = folder
        self._limit = limit_bytes
        self._size: int | None = None  # bytes stored; counted when first needed
        self._lock = threading.Lock()

    def get(self, key: str) -> Samples | None:
        """The stored samples, or None. DamagedClip: there was something, but not what was stored."""
        path = self._path(key)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:  # given a name, numpy leaves a damaged file open
                pcm = stored["pcm"]
            whole = pcm.dtype == np.int16 and pcm.ndim == 1 and len(pcm) > 0
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError):
            whole = False
        with suppress(OSError):
            if not whole:
                path.unlink()
            os.utime(path)  # last used now
        if not whole:
            raise DamagedClip(path.name)
        samples: Samples = pcm.astype(np.float32) / np.float32(32767)
        return samples

    def put(self, key: str, samples: Samples) -> None:
        """Store samples. CannotWrite: full disk, no permission; nothing half-written stays."""
        pcm = np.round(samples * 32767).astype(np.int16)
        with self._lock:
            make_folder(self.folder)
            path = self._path(key)
            with atomic_writer(path) as file:
                np.savez(file, pcm=pcm)
            try:
                self._size = self._stored() if self._size is None else self._size + path.stat().st_size
            except OSError as error:
                raise CannotWrite(f"{self.folder} cannot be read: {error.strerror}.") from error
            if self._size > self._limit:
                self._prune()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npz"

    def _stored(self) -> int:
        return sum(path.stat().st_size for path in self.folder.glob("*.npz"))

    def _prune(self) -> None:
        files = sorted((path.stat().st_mtime_ns, path.stat().st_size, path) for path in self.folder.glob("*.npz"))
        size = sum(entry[1] for entry in files)
        for _, bytes_, path in files:
            if size <= self._limit * AFTER_PRUNING:
                break
            with suppress(OSError):
                path.unlink()
                size -= bytes_
        self._size = size

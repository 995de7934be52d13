"""Files that are written once and read often (laps, exports): a folder, an S3 bucket, or memory in tests; the same calls for all.

A key is a relative path. The caller chooses it so that equal keys mean equal content (by hash): putting twice is harmless, and a
file whose row was rolled back is an orphan that a later upload uses or a sweep removes. Write the file first, then the row.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from coach.errors import CannotWrite
from coach.files import make_folder
from web.errors import NotFound
from web.settings import Settings

CHUNK = 1 << 20
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._=-]*(/[A-Za-z0-9_-][A-Za-z0-9._=-]*)*")  # so no part begins with a dot


class Storage:
    """Lap files and other things that are too large for the database."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    @classmethod
    def of(cls, settings: Settings) -> Storage:
        """The bucket when one is named, else the folder `files` in the data folder."""
        if not settings.s3_bucket:
            return cls.in_folder(settings.data / "files")
        options = {
            "region": settings.s3_region,
            "endpoint": settings.s3_endpoint or None,
            "access_key_id": settings.s3_access_key_id.get_secret_value() or None,
            "secret_access_key": settings.s3_secret_access_key.get_secret_value() or None,
            "virtual_hosted_style_request": False if settings.s3_endpoint else None,
        }
        given = {name: value for name, value in options.items() if value is not None}
        return cls(
            S3Store(
                settings.s3_bucket,
                client_options={"allow_http": settings.s3_endpoint.startswith("http://"), "timeout": timedelta(seconds=30)},
                retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=60)},
                **given,  # type: ignore[arg-type]
            )
        )

    @classmethod
    def in_folder(cls, folder: Path) -> Storage:
        """A folder on this machine's disk."""
        make_folder(folder)
        folder.chmod(0o700)  # the data folder itself must be open to the database's account
        return cls(LocalStore(folder, automatic_cleanup=True), folder)

    @classmethod
    def in_memory(cls) -> Storage:
        """Gone with the process: for unit tests."""
        return cls(MemoryStore())

    async def put(self, key: str, content: bytes | Path) -> None:
        """Keep bytes or a file's content under a key, whole or not at all, on disk before this returns. CannotWrite otherwise."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key: expected a/relative/path of plain letters")
        try:
            await obstore.put_async(self._store, key, content)
        except (BaseError, OSError) as error:
            raise CannotWrite(f"A file could not be stored ({type(error).__name__}).") from error
        if self._folder is not None:
            await asyncio.to_thread(_to_disk, self._folder / key)

    async def get(self, key: str) -> bytes:
        """The whole content; NotFound when nothing is there."""
        try:
            answer = await obstore.get_async(self._store, key)
            return bytes(await answer.bytes_async())
        except FileNotFoundError:
            raise NotFound("This file is not there any more.") from None

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The content in chunks, for downloads; NotFound, before the first chunk, when nothing is there."""
        try:
            answer = await obstore.get_async(self._store, key)
        except FileNotFoundError:
            raise NotFound("This file is not there any more.") from None

        async def chunks() -> AsyncIterator[bytes]:
            async for chunk in answer.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

        return chunks()

    async def size(self, key: str) -> int | None:
        """Bytes under a key; None when nothing is there."""
        try:
            return int((await obstore.head_async(self._store, key))["size"])
        except FileNotFoundError:
            return None

    async def delete(self, keys: Sequence[str]) -> None:
        """Remove; a key that is not there counts as removed."""
        for key in keys:
            try:
                await obstore.delete_async(self._store, key)
            except FileNotFoundError:
                continue

    async def keys(self, prefix: str = "") -> AsyncIterator[str]:
        """All keys under a folder."""
        async for batch in obstore.list(self._store, prefix or None):
            for meta in batch:
                yield meta["path"]


def _to_disk(path: Path) -> None:
    """The store renames a finished file into place but does not wait for the disk; a power cut must not undo what was acknowledged."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

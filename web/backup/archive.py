"""A backup is one tar file: `database.dump` (pg_dump), `files/KEY` for every stored file, `secret` of one machine, `manifest.json` last.

Order makes it whole while the service runs: the database is dumped first, and stored files never change and are written before
the rows that name them, so every row of the dump finds its file. What was deleted between the two steps is listed as missing.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import asyncpg

from coach.errors import CannotWrite, RacingCoachError
from coach.files import check_readable
from coach.version import VERSION
from web.backup.postgres_tools import dump, load
from web.database import migrate
from web.errors import NotFound
from web.settings import Settings
from web.storage import Storage

MANIFEST, DATABASE, SECRET, FILES = "manifest.json", "database.dump", "secret", "files/"
_CHUNK = 1 << 20


class NoBackup(RacingCoachError):
    """The file cannot be restored; the message says what is wrong with it, or with the place it should go to."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. `sha256`: by name within the archive. `files`: how many stored files."""

    version: str
    made_at: str
    files: int
    sha256: dict[str, str]


async def back_up(settings: Settings, database_url: str, out: Path) -> Manifest:
    """Write everything to `out`, whole or not at all; readable by its owner only. CannotWrite: no room, no right."""
    storage, sums = Storage.of(settings), dict[str, str]()
    half = out.with_name(f".{out.name}.part")
    half.unlink(missing_ok=True)  # one that was left behind may be open to others, or lead elsewhere
    try:
        with (
            os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw,
            tarfile.open(fileobj=raw, mode="w") as tar,
        ):
            with tempfile.TemporaryDirectory(dir=half.parent, prefix=".racing-coach-dump-") as folder:
                dumped = Path(folder) / DATABASE
                await asyncio.to_thread(dump, database_url, dumped)
                sums[DATABASE] = await asyncio.to_thread(_add_file, tar, DATABASE, dumped)
            async for key in storage.keys():
                content = await _content(storage, key)
                if content is not None:
                    sums[FILES + key] = _add(tar, FILES + key, content)
            kept = settings.data / SECRET
            if kept.exists():
                sums[SECRET] = _add(tar, SECRET, kept.read_bytes())
            manifest = Manifest(
                VERSION, datetime.now(UTC).isoformat(timespec="seconds"), sum(name.startswith(FILES) for name in sums), sums
            )
            _add(tar, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
            tar.close()
            raw.flush()
            os.fsync(raw.fileno())
        half.replace(out)
    except OSError as error:
        raise CannotWrite(f"The backup {out} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
    return manifest


async def restore(settings: Settings, database_url: str, path: Path) -> Manifest:
    """Put everything back into an empty service. NoBackup: damaged, incomplete, or the place is not empty; then nothing was changed."""
    manifest = await asyncio.to_thread(check, path)
    await _must_be_empty(database_url)
    storage = Storage.of(settings)
    with tarfile.open(path) as tar, tempfile.TemporaryDirectory(prefix="racing-coach-restore-") as folder:
        for member in tar:
            stream = tar.extractfile(member)
            if stream is None:
                continue
            if member.name.startswith(FILES):
                await storage.put(member.name.removeprefix(FILES), stream.read())
            elif member.name == DATABASE:
                dumped = Path(folder) / DATABASE
                await asyncio.to_thread(_copy, stream, dumped)
            elif member.name == SECRET:
                _keep_secret(settings.data / SECRET, stream.read())
        await asyncio.to_thread(load, database_url, dumped)  # last: rows appear when their files are there
    await migrate(database_url)
    return manifest


def check(path: Path) -> Manifest:
    """The manifest of a backup in which every byte is as it was written; NoBackup says what is not."""
    check_readable(path)
    sums: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(path) as tar:
            for member in tar:
                stream = tar.extractfile(member)
                if stream is None:
                    continue
                if member.name in sums:
                    raise NoBackup(f"{path} holds {member.name} twice: no backup of this service does.")
                if member.name == MANIFEST:
                    manifest = json.load(stream)
                else:
                    sums[member.name] = _sum_of(stream)
    except (tarfile.TarError, OSError, ValueError, EOFError) as error:
        raise NoBackup(
            f"{path} is no complete backup ({type(error).__name__}): give a file that `racing-coach backup` has written."
        ) from error
    if manifest is None or not isinstance(manifest.get("sha256"), dict):
        raise NoBackup(f"{path} ends before its list of contents: it was cut short, or is no backup of this service.")
    named = manifest["sha256"]
    wrong = sorted(name for name in {*named, *sums} if sums.get(name) != named.get(name))
    if wrong or DATABASE not in sums:
        raise NoBackup(f"{path} is damaged: {wrong[0] if wrong else DATABASE} is not what was written ({len(wrong)} of {len(sums)} parts).")
    return Manifest(str(manifest["version"]), str(manifest["made_at"]), int(manifest["files"]), dict(manifest["sha256"]))


async def _must_be_empty(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetchval(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
    finally:
        await connection.close()
    if tables:
        raise NoBackup("The database is not empty: restore into a new data folder (--data) or a new database (DATABASE_URL).")


async def _content(storage: Storage, key: str) -> bytes | None:
    try:
        return await storage.get(key)
    except NotFound:  # deleted since it was listed
        return None


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> str:
    return _add_stream(tar, name, io.BytesIO(content), len(content))


def _add_file(tar: tarfile.TarFile, name: str, path: Path) -> str:
    with path.open("rb") as stream:
        return _add_stream(tar, name, stream, path.stat().st_size)


def _add_stream(tar: tarfile.TarFile, name: str, stream: IO[bytes], size: int) -> str:
    stream.seek(0)
    digest = _sum_of(stream)
    stream.seek(0)
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, stream)
    return digest


def _sum_of(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _copy(stream: IO[bytes], path: Path) -> None:
    with path.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            file.write(chunk)


def _keep_secret(path: Path, content: bytes) -> None:
    """The secret comes back as it was: second factors and pseudonyms hang on it."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)

"""The one interface through which each room hands over, and deletes, what it keeps about a person.

A room with personal data implements `PersonalData` and is listed in `web/app.py`; the page Privacy then includes it.
"""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

README = "README.txt"


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file of the download. `name` is a path with forward slashes, in the room's own folder."""

    name: str
    content: bytes


class PersonalData(Protocol):
    """What a room keeps about people."""

    contents: str  # one line for the README of the download

    def files(self, session: AsyncSession, user_id: UUID) -> AsyncIterator[ExportedFile]:
        """Everything about this user in open formats, one file at a time so that memory stays flat. No secret, no hash of one."""
        ...

    async def erase(self, session: AsyncSession, user_id: UUID) -> Sequence[str]:
        """Delete everything about this user with the session's transaction; sentences about what stays, and why."""
        ...


class _Sink:
    """Takes what the zip writer writes until somebody fetches it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def close(self) -> None:
        """Nothing to give back."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


async def zip_stream(parts: Sequence[PersonalData], session: AsyncSession, user_id: UUID) -> AsyncIterator[bytes]:
    """A zip archive of all rooms' files while it is being made: at most one file is in memory."""
    sink = _Sink()
    made = datetime.now(UTC)
    readme = [f"Everything this service keeps about you, made on {made:%Y-%m-%d at %H:%M} UTC.", "", *(part.contents for part in parts), ""]
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(file: ExportedFile) -> bytes:
            stored = file.name.endswith(".parquet")  # compressed already
            entry = zipfile.ZipInfo(file.name, made.timetuple()[:6])
            archive.writestr(entry, file.content, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
            return sink.take()

        yield add(ExportedFile(README, "\n".join(readme).encode()))
        for part in parts:
            async for file in part.files(session, user_id):
                yield add(file)
    yield sink.take()


async def erase_all(parts: Sequence[PersonalData], session: AsyncSession, user_id: UUID) -> list[str]:
    """Delete a person from all rooms, in the order given: the accounts' room is last, it removes the user. What stays."""
    stays: list[str] = []
    for part in parts:
        stays.extend(await part.erase(session, user_id))
    return stays

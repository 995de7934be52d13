"""What training exports mean for one driver: to take away, and to delete."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web.exports.repository import ExportRepository
from web.jobs.queue import enqueue
from web.personal_data import ExportedFile


class ExportData:
    """Part of the download and of the deletion."""

    contents = "exports/exports.json: training files that contain laps of yours, under a pseudonym"

    async def files(self, session: AsyncSession, user_id: UUID) -> AsyncIterator[ExportedFile]:
        """When, and how many laps. Not the pseudonyms: with them, whoever finds this file could find the driver in the export."""
        rows = [
            {"made_at": export.created_at.isoformat(), "laps": laps} for export, laps in await ExportRepository(session).of_user(user_id)
        ]
        yield ExportedFile("exports/exports.json", json.dumps(rows, indent=2).encode())

    async def erase(self, session: AsyncSession, user_id: UUID) -> Sequence[str]:
        """Have the driver's laps taken out of the exports as soon as they are gone here."""
        if not await ExportRepository(session).of_user(user_id):
            return ()
        await enqueue(session, "exports.withdraw", {})
        return (
            "Training files that others have downloaded: your laps are in them under a pseudonym that nobody can resolve, and are listed as withdrawn.",
        )

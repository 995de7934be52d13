"""A driver's laps, to take away and to delete. Nothing stays."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import AsyncIterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from web.jobs.queue import enqueue
from web.laps import service
from web.laps.repository import LapFilter, LapRepository, Place
from web.laps.schemas import LapSummary, UploadState
from web.personal_data import ExportedFile
from web.services import services_of

_AT_ONCE = 200


class LapData:
    """Part of the download and of the deletion."""

    contents = (
        "laps/laps.csv and laps/*.parquet: your laps, each with all its samples (open lap files); "
        "laps/uploads.json: the files you sent, by name, and what became of them"
    )

    async def files(self, session: AsyncSession, user_id: uuid.UUID) -> AsyncIterator[ExportedFile]:
        """The lap files, and a table of them."""
        repository, storage = LapRepository(session), services_of(session).storage
        table = io.StringIO()
        writer = csv.DictWriter(table, list(LapSummary.model_fields))
        writer.writeheader()
        after: Place | None = None
        while rows := await repository.laps(user_id, LapFilter(), after, _AT_ONCE):
            for lap in rows:
                writer.writerow(LapSummary.of(lap).model_dump(mode="json"))
                yield ExportedFile(f"laps/{lap.id}.parquet", await storage.get(lap.file_key))
            after = Place(rows[-1].driven_at, rows[-1].id)
        yield ExportedFile("laps/laps.csv", table.getvalue().encode())
        sent = [
            {"sent_at": one.created_at.isoformat(), "size_bytes": one.size_bytes, **UploadState.of(one).model_dump(mode="json")}
            for one in await repository.uploads(user_id, limit=None)
        ]
        yield ExportedFile("laps/uploads.json", json.dumps(sent, indent=2, ensure_ascii=False).encode())

    async def erase(self, session: AsyncSession, user_id: uuid.UUID) -> Sequence[str]:
        """The lap files; the rows go with the user's row. Once more afterwards: a file that is being read meanwhile brings new ones."""
        await service.forget_files(services_of(session).storage, user_id)
        await enqueue(session, "laps.forget", {"user_id": str(user_id)})
        return ()

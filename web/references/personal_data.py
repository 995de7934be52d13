"""A driver's references, to take away and to delete: the marks. The laps themselves are the laps' room's."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from web.personal_data import ExportedFile
from web.references.repository import ReferenceRepository
from web.references.schemas import Offer
from web.references.service import Offered


class ReferenceData:
    """Part of the download and of the deletion."""

    contents = "references/references.json: laps you marked as references, and what you chose to be measured against"

    async def files(self, session: AsyncSession, user_id: uuid.UUID) -> AsyncIterator[ExportedFile]:
        """Marks and choices as JSON."""
        repository = ReferenceRepository(session)
        marked = [
            Offer.of(Offered(mark.lap, name, mark), user_id).model_dump(mode="json") for mark, name in await repository.owned(user_id)
        ]
        chosen = [
            {"simulator": one.simulator, "track": one.track_key, "car": one.car_key, "simulated": one.simulated, "lap_id": str(lap_id)}
            for one, lap_id in (await repository.all_chosen(user_id)).items()
        ]
        yield ExportedFile("references/references.json", json.dumps({"marked": marked, "chosen": chosen}, indent=2).encode())

    async def erase(self, session: AsyncSession, user_id: uuid.UUID) -> Sequence[str]:  # noqa: ARG002 - the rows go with the user's row
        """Others who were measured against these laps keep the files that they have downloaded, under the licence chosen."""
        return ("Reference laps that others have downloaded stay with them, under the licence that you chose.",)

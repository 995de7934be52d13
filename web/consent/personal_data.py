"""The history of consent, to take away. It goes with the account: with nobody named in it, it would prove nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web.consent import repository
from web.personal_data import ExportedFile


class ConsentData:
    """Part of the download and of the deletion."""

    contents = "consent/history.json: what you agreed to, in which version, when and from where"

    async def files(self, session: AsyncSession, user_id: UUID) -> AsyncIterator[ExportedFile]:
        """The history as JSON."""
        rows = [
            {
                "kind": row.kind,
                "version": row.version,
                "given": row.given,
                "source": row.source,
                "at": row.created_at.isoformat(),
                "text_sha256": row.text_sha256.hex(),
            }
            for row in await repository.history(session, user_id)
        ]
        yield ExportedFile("consent/history.json", json.dumps(rows, indent=2).encode())

    async def erase(self, session: AsyncSession, user_id: UUID) -> Sequence[str]:  # noqa: ARG002 - the rows go with the user's row
        """Nothing stays."""
        return ()

"""Long answers that hold a connection to the database while they are sent: few at once, one per person, and none that stands still.

Otherwise some downloads whose readers do not read would take all connections from the pages.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from web.errors import TooMany

AGAIN_S = 30
STALLED_S = 60.0  # how long a reader may take for one piece of some hundred kB


class Downloads:
    """Those of one process."""

    def __init__(self, connections: int) -> None:
        self._most = max(1, connections // 3)
        self._under_way: set[UUID] = set()

    def begin(self, user_id: UUID) -> None:
        """Take a place; TooMany when this user has one, or all are taken."""
        if user_id in self._under_way:
            raise TooMany("A download of yours is under way. Begin another when it is over.", AGAIN_S)
        if len(self._under_way) >= self._most:
            raise TooMany("Others are downloading. Please try again in a moment.", AGAIN_S)
        self._under_way.add(user_id)

    def end(self, user_id: UUID) -> None:
        """Give the place back."""
        self._under_way.discard(user_id)


class Download(StreamingResponse):
    """A streamed answer in a place of `downloads`; TooMany when there is none."""

    def __init__(
        self, content: AsyncGenerator[bytes], downloads: Downloads, user_id: UUID, *, media_type: str, headers: dict[str, str]
    ) -> None:
        downloads.begin(user_id)
        super().__init__(content, media_type=media_type, headers=headers)
        self._content, self._downloads, self._user_id = content, downloads, user_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; whoever stops reading is cut off."""

        async def in_time(message: Message) -> None:
            async with asyncio.timeout(STALLED_S):
                await send(message)

        try:
            await super().__call__(scope, receive, in_time)
        except (TimeoutError, ClientDisconnect):
            return  # the server closes what is not complete
        finally:
            self._downloads.end(self._user_id)
            await self._content.aclose()  # gives the connection back now, not when somebody tidies up

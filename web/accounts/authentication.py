"""Finds out who asks, once per request, inside its transaction: `request.user` is a Viewer."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from web.access import STRANGER, Viewer
from web.accounts import browsers, programs
from web.database import session_of


class AuthenticationMiddleware:
    """A bearer token counts before a cookie; files under /static are for everybody and cost no query."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Put the viewer into the scope."""
        if scope["type"] == "http":
            connection = HTTPConnection(scope)
            scope["user"] = STRANGER if scope["path"].startswith("/static/") else await viewer_of(connection)
            if scope["method"] not in {"GET", "HEAD"}:
                await session_of(connection).commit()  # its body may come slowly: nobody waits with a connection in hand
        await self.app(scope, receive, send)


async def viewer_of(connection: HTTPConnection) -> Viewer:
    """Who asks."""
    state = connection.app.state
    kind, _, token = connection.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return await programs.viewer_of(session_of(connection), state.accounts, token.strip())
    return await browsers.viewer_of(session_of(connection), state.settings, connection)

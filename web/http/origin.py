"""Refuses requests that another site made a browser send (CSRF), by Fetch Metadata and, for old browsers, Origin.

A browser sets both headers itself and no page can forge them. A request with neither comes from a program that holds no cookies
of ours; if it does, somebody gave them to it. No tokens in forms, so pages can be cached and two tabs never disturb each other.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from web.errors import Forbidden
from web.http.errors import service_error
from web.settings import Settings

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class OriginMiddleware:
    """Only our own pages, and programs, may change anything."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._ours = settings.origin
        self._allowed = frozenset(settings.cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it pass, or answer 403."""
        if scope["type"] == "http" and scope["method"] not in _READING and not self._may_change(Headers(scope=scope), scope["path"]):
            refusal = Forbidden("This was sent by another site, so it was not done. Open the page here and try again.")
            await service_error(Request(scope), refusal)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _may_change(self, headers: Headers, path: str) -> bool:
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if origin in self._allowed and path.startswith("/api/"):
            return True
        if site is not None:
            return site in {"same-origin", "none"}
        return origin is None or origin == self._ours

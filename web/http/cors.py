"""Scripts of other sites: none, unless the settings name their origin, and then for /api only and without cookies."""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from web.settings import Settings


class ApiCorsMiddleware:
    """Such scripts bring a token."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._api: ASGIApp = app
        if settings.cors_origins:
            self._api = CORSMiddleware(
                app,
                allow_origins=settings.cors_origins,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "If-Match", "If-None-Match"],
                expose_headers=["ETag", "Retry-After", "X-Request-ID"],
                allow_credentials=False,
                max_age=600,
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The API's answers carry the permission; pages never do."""
        of_api = scope["type"] == "http" and scope["path"].startswith("/api/")
        await (self._api if of_api else self.app)(scope, receive, send)

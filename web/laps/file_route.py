"""Routes that take files: their bodies may be as large as the settings allow, and nobody's is read before the audience is checked."""

from __future__ import annotations

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import Receive, Scope, Send

from web.access import GuardedRoute
from web.settings import Settings

FORM_OVERHEAD = 1 << 16  # what a form adds to its files


class FileRoute(GuardedRoute):
    """A guarded route for one file as the body, or a form with several."""

    body_first = False
    several = False

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise the limit that the whole service has, for this request."""
        settings: Settings = scope["app"].state.settings
        most = settings.max_upload_mb << 20
        if self.several:
            most = most * settings.max_files_at_once + FORM_OVERHEAD
        await RequestBodyLimitMiddleware(super().handle, max_body_size=most)(scope, receive, send)


class FormRoute(FileRoute):
    """For a form with files."""

    several = True

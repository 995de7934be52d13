"""Files under static/: addressed with their content's hash and kept for a year, otherwise asked for again each time."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from web.render import LOOK_CSS, STATIC, static_bytes


class StaticAssets:
    """Our own files; `look.css` is made from the look tokens."""

    def __init__(self) -> None:
        self._files = StaticFiles(directory=STATIC)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One file."""
        request = Request(scope)
        if scope["path"].endswith(f"/{LOOK_CSS}"):
            response: Response = Response(static_bytes(LOOK_CSS), media_type="text/css")
        else:
            path = self._files.get_path(scope)
            response = await self._files.get_response(path, scope)
        versioned = "v" in request.query_params
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if versioned else "no-cache"
        await response(scope, receive, send)

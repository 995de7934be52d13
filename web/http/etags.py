"""Entity tags: what has not changed is not sent again (RFC 9110, 13)."""

from __future__ import annotations

import hashlib
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def etag_of(*parts: object) -> str:
    """A tag of what an answer depends on: ids, versions, times of change, or the content itself."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()
    return f'"{digest[:24]}"'


def not_modified(request: Request, tag: str) -> Response | None:
    """304 when the client has this version already."""
    return Response(status_code=304, headers={"ETag": tag}) if tag in _tags(request.headers.get("if-none-match", "")) else None


def tagged(request: Request, content: Any, status: int = 200) -> Response:
    """JSON with the tag of its content, or 304."""
    answer = JSONResponse(content, status)
    answer.headers["ETag"] = etag_of(bytes(answer.body).decode())
    return not_modified(request, answer.headers["ETag"]) or answer


def _tags(header: str) -> set[str]:
    return {part.strip().removeprefix("W/") for part in header.split(",")}

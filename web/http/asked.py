"""What a request asks, read in one way for pages and API: an id in its address, the JSON object in its body, where it comes from."""

from __future__ import annotations

import json
import uuid
from typing import Any

from starlette.requests import Request

from web.errors import NotFound, NotProcessable


def id_in(request: Request, name: str = "id") -> uuid.UUID:
    """The id in the address; NotFound when it is none."""
    return id_of(request.path_params[name])


def id_of(text: str) -> uuid.UUID:
    """An id as text; NotFound when it is none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound("There is nothing here.") from None


async def json_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body; NotProcessable when it is none."""
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):  # nested deeper than the parser goes
        raise NotProcessable("The body is no JSON document.") from None
    if not isinstance(body, dict):
        raise NotProcessable("The body is no JSON object.")
    return body


def address_of(request: Request) -> str | None:
    """Where the request comes from; behind a trusted proxy, what that says."""
    return request.client.host if request.client else None

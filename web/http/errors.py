"""Errors as answers: problem+json (RFC 9457) under /api, a page elsewhere; one sentence, nothing about our insides."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import NotProcessable, ServiceError
from web.render import render, wants_part

log = structlog.get_logger()

_SENTENCES = {
    400: "The request cannot be understood.",
    401: "Please sign in.",
    403: "You may not do this.",
    404: "There is nothing here.",
    405: "This address does not take this kind of request.",
    413: "That is too large.",
    500: "Something went wrong on our side. It has been written down; please try again.",
    503: "The service is busy or restarting. Please try again in a moment.",
}


def answer(
    request: Request, status: int, message: str = "", *, slug: str = "", headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """The error as the client reads it."""
    phrase = HTTPStatus(status).phrase
    message = message or _SENTENCES.get(status, f"{phrase}.")
    headers = {"Cache-Control": "no-store", **(headers or {})}
    number = str(request.scope.get("request_id", ""))
    if request.url.path.startswith("/api/"):
        kind = f"{request.app.state.settings.origin}/docs/api#{slug}" if slug else "about:blank"
        content = {"type": kind, "title": phrase, "status": status, "detail": message, "request_id": number, **more}
        return JSONResponse(content, status, headers, media_type="application/problem+json")
    template = "errors/_error.html" if wants_part(request) else "errors/error.html"
    return render(request, template, status=status, headers=headers, code=status, phrase=phrase, message=message, number=number)


def service_error(request: Request, error: Exception) -> Response:
    """Refused on purpose."""
    assert isinstance(error, ServiceError)
    more = (
        {"errors": [{"field": field, "detail": text} for field, text in error.faults.items()]} if isinstance(error, NotProcessable) else {}
    )
    return answer(request, error.status, error.message, slug=error.slug, headers=error.headers, **more)


def http_error(request: Request, error: Exception) -> Response:
    """Refused by the framework: no such route, wrong method, unreadable form. Its own words stay inside."""
    assert isinstance(error, HTTPException)
    return answer(request, error.status_code, headers=dict(error.headers or {}))


class ErrorMiddleware:
    """A fault of ours becomes a 500, a database that is away a 503; the traceback goes to the log only."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer whatever nobody else has answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except ServiceError as error:  # from a middleware: routes' own are answered further inside
            if started:
                raise
            await service_error(Request(scope), error)(scope, receive, send)
        except HTTPException as error:
            if started:
                raise
            await http_error(Request(scope), error)(scope, receive, send)
        except Exception as error:
            away = is_database_away(error)
            log.error("request_failed", exc_info=not away, reason=type(error).__name__)  # noqa: TRY400 - a database that is away needs no traceback
            if started:
                raise
            response = answer(Request(scope), 503, headers={"Retry-After": "2"}) if away else answer(Request(scope), 500)
            await response(scope, receive, send)


def is_database_away(error: BaseException) -> bool:
    """Whether this is a lost or refused connection to the database: trying again may help."""
    if isinstance(error, asyncpg.PostgresError):  # as it comes when the server refuses a new connection because it has too many
        return (error.sqlstate or "").startswith(("08", "57P", "53"))
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        return error.connection_invalidated or state.startswith(("08", "57P", "53")) or isinstance(error.orig, OSError)
    return isinstance(error, (ConnectionError, TimeoutError)) or (isinstance(error, SQLAlchemyError) and "QueuePool limit" in str(error))

"""How large a request may be: a small default, and per route what it names (`Route(..., max_body_size=...)`); counted while it comes.

A body that is no file is waited for before anything is asked of the database: whoever sends one slowly holds no connection.
"""

from __future__ import annotations

from starlette.middleware.body_limit import RequestBodyLimitMiddleware, RequestBodyLimitResponder
from starlette.types import Message, Receive, Scope, Send


class BodyLimitMiddleware(RequestBodyLimitMiddleware):
    """Starlette's, which knows routes with a limit of their own; but our answer says that it was too large, not its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count one body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await _Responder(self.app, self.max_body_size)(scope, receive, send)


class _Responder(RequestBodyLimitResponder):
    async def send_with_limit(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self.response_started = True
            await self.send(message)
            return
        await super().send_with_limit(message)


async def whole_body(receive: Receive) -> Receive:
    """Wait until the body is here; who asks for it is given it at once."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":  # the client has gone
            break
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            message = {"type": "http.request", "body": b"".join(parts), "more_body": False}
            break
    waiting = [message]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again

"""How often one address may ask. Counted in memory, per process.

Counting in the database would cost a write per page and put the database behind every flood; with several processes an address
gets the limit of each, which is as good against a flood. What must hold over all processes, the lock of an account after wrong
passwords, is a row of the account itself.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from web.errors import TooMany
from web.http.errors import service_error
from web.http.network import customer
from web.settings import Settings

_FREE = ("/static/", "/healthz", "/readyz", "/metrics")


class LimitsMiddleware:
    """429 with the time to wait."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(settings.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count one request."""
        if scope["type"] == "http" and not scope["path"].startswith(_FREE):
            who = network_of(scope)
            if not await self._limiter.hit(self._limit, who):
                window = await self._limiter.get_window_stats(self._limit, who)
                refusal = TooMany("Too many requests from your network. Please wait a moment.", math.ceil(window.reset_time - time.time()))
                await service_error(Request(scope), refusal)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def network_of(scope: Scope) -> str:
    """Whom a request is counted for."""
    client = scope.get("client")
    return customer(client[0]) if client else "unknown"

"""What is noted about a request: an id for whoever asks us about it, one log line, and figures for Prometheus.

Neither holds anything personal: the route's pattern instead of the address, no query, no client address, no names.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

_BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class Figures:
    """The figures of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("racing_coach_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry)
        self.seconds = Histogram(
            "racing_coach_request_seconds", "Seconds until an answer began.", ("route",), buckets=_BOUNDS_S, registry=self.registry
        )
        self.now = Gauge("racing_coach_requests_in_progress", "Requests that are being answered.", registry=self.registry)
        self.jobs = Gauge("racing_coach_jobs", "Jobs on the queue.", ("status",), registry=self.registry)


class ObserveMiddleware:
    """The outermost: sees every answer, refusals included. `scope["request_id"]` is known to everything inside."""

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self.app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Number, measure and note one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        number = secrets.token_hex(8)
        scope["request_id"] = number
        status, began, seconds = 0, time.perf_counter(), 0.0

        async def watch(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], time.perf_counter() - began
                MutableHeaders(scope=message)["X-Request-ID"] = number
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=number)
        with self._figures.now.track_inprogress():
            try:
                await self.app(scope, receive, watch)
            finally:
                self._note(scope, status, seconds)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        pattern = route_pattern(scope)
        self._figures.requests.labels(scope["method"] if status != 405 else "other", pattern, status).inc()
        self._figures.seconds.labels(pattern).observe(seconds)
        if scope["path"] not in _QUIET:
            log.info("request", method=scope["method"], route=pattern, status=status, ms=round(seconds * 1000, 1))


def route_pattern(scope: Scope) -> str:
    """The pattern of the route that answered, `/laps/{id}`; so neither figures nor log grow with what people type."""
    route: Any = scope.get("route")
    pattern = getattr(route, "path", None) or getattr(route, "path_format", None)
    return str(pattern) if pattern else ("/static" if scope["path"].startswith("/static/") else "none")

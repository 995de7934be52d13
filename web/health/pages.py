"""`/healthz`: the process answers. `/readyz`: it can serve. `/metrics`: figures for Prometheus, for whoever has the token."""

from __future__ import annotations

import hmac

from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from web.access import PUBLIC, GuardedRoute
from web.database import session_of
from web.errors import NotFound
from web.http.observe import Figures
from web.services import Services

_NO_STORE = {"Cache-Control": "no-store"}


async def healthz(request: Request) -> Response:  # noqa: ARG001 - every route takes one
    """The process runs its loop."""
    return PlainTextResponse("ok", headers=_NO_STORE)


async def readyz(request: Request) -> Response:
    """The database answers and has this version's tables; 503 otherwise, so that a proxy sends people elsewhere."""
    services: Services = request.app.state.services
    ready = not request.app.state.stopping and await services.database.is_ready()
    return PlainTextResponse("ready" if ready else "not ready", 200 if ready else 503, headers=_NO_STORE)


async def metrics(request: Request) -> Response:
    """Figures of this process and of the queue. Without a token in the settings the page is not there."""
    wanted = request.app.state.settings.metrics_token.get_secret_value()
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not wanted or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise NotFound("There is nothing here.")
    figures: Figures = request.app.state.figures
    figures.jobs.clear()
    for status, count in await session_of(request).execute(text("SELECT status::text, count(*) FROM pgqueuer GROUP BY status")):
        figures.jobs.labels(status).set(count)
    return Response(generate_latest(figures.registry), media_type=CONTENT_TYPE_LATEST, headers=_NO_STORE)


routes: list[BaseRoute] = [
    GuardedRoute("/healthz", healthz, audience=PUBLIC, name="healthz"),
    GuardedRoute("/readyz", readyz, audience=PUBLIC, name="readyz"),
    GuardedRoute("/metrics", metrics, audience=PUBLIC, name="metrics"),
]

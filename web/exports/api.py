"""Training exports for scripts of an administrator: how far one is, and which of its laps may no longer be used."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from web.access import ADMIN, GuardedRoute
from web.database import session_of
from web.errors import Forbidden, NotFound, SignInNeeded
from web.exports import service
from web.exports.repository import ExportRepository
from web.exports.schemas import ExportState
from web.http.asked import id_in
from web.http.openapi import operation


@operation(answer=ExportState, refusals=(SignInNeeded, Forbidden, NotFound))
async def export(request: Request) -> Response:
    """One training export. For administrators in a browser."""
    session = session_of(request)
    one = await service.found(session, id_in(request))
    state = ExportState.of(one, await ExportRepository(session).withdrawn(one.id))
    return JSONResponse(state.model_dump(mode="json"), headers={"Cache-Control": "no-store"})


routes: list[BaseRoute] = [GuardedRoute("/api/v1/exports/{id}", export, audience=ADMIN, name="api_export")]

"""References for programs: list and match, mark, change, unmark, fetch, choose."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from web.access import GuardedRoute, ProgramScope, Viewer, program
from web.database import session_of
from web.errors import NotProcessable
from web.http.forms import validated
from web.laps.pages import id_in
from web.references import service
from web.references.licences import Licence
from web.references.repository import ReferenceRepository
from web.references.schemas import (
    Choice,
    ChosenAnswer,
    ChosenList,
    ClosestQuery,
    MarkedLap,
    Offer,
    OfferList,
    ReferenceChange,
    SubjectQuery,
)
from web.services import services_of

READ, WRITE = program(ProgramScope.REFERENCES_READ), program(ProgramScope.REFERENCES_WRITE)


async def references(request: Request) -> Response:
    """Own and public references; of one car on one track, the closest match first."""
    viewer, database = _viewer(request).known_id, session_of(request)
    if not request.query_params:
        found = await service.offered(database, viewer, None, None)
    else:
        asked = validated(dict(request.query_params), ClosestQuery)
        mine = asked.over(await service.conditions_now(database, viewer, asked.subject()))
        found = await service.offered(database, viewer, asked.subject(), mine)
    return answer(request, OfferList(references=[Offer.of(one, viewer) for one in found]))


async def mark(request: Request) -> Response:
    """Mark an own lap as a reference."""
    viewer = _viewer(request).known_id
    asked = validated(await body(request), MarkedLap)
    made = await service.mark(session_of(request), viewer, asked.lap_id, asked.name, asked.licence, asked.visibility)
    return answer(request, Offer.of(await service.reference_seen(session_of(request), made, viewer), viewer), 201)


async def reference(request: Request) -> Response:
    """One reference."""
    viewer = _viewer(request).user_id
    return answer(request, Offer.of(await service.reference_seen(session_of(request), id_in(request), viewer), viewer))


async def change(request: Request) -> Response:
    """Change an own reference."""
    viewer, database = _viewer(request).known_id, session_of(request)
    asked = validated(await body(request), ReferenceChange)
    one = await service.reference_seen(database, id_in(request), viewer)
    assert one.mark is not None
    await service.mark(
        database,
        viewer,
        one.lap.id,
        asked.name or one.mark.name,
        asked.licence or Licence(one.mark.licence),
        asked.visibility or one.lap.visibility,
    )
    return await reference(request)


async def unmark(request: Request) -> Response:
    """Take the mark away and close the lap."""
    await service.unmark(session_of(request), id_in(request), _viewer(request).known_id)
    return Response(status_code=204)


async def file(request: Request) -> Response:
    """The lap file, its licence in it."""
    one = await service.reference_seen(session_of(request), id_in(request), _viewer(request).user_id)
    headers = {
        "ETag": service.file_tag(one),
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="reference-{one.lap.content_hash[:8]}.parquet"',
    }
    if headers["ETag"] in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    content = await service.file_of(services_of(session_of(request)).storage, one)
    return Response(content, media_type="application/vnd.apache.parquet", headers=headers)


async def chosen(request: Request) -> Response:
    """What one is measured against: everywhere, or with one car on one track."""
    viewer, database = _viewer(request).known_id, session_of(request)
    if not request.query_params:
        found = await service.all_chosen(database, viewer)
        return answer(request, ChosenList(chosen=[ChosenAnswer.of(one, viewer) for one in found]))
    asked = validated(dict(request.query_params), SubjectQuery)
    return answer(request, ChosenAnswer.of(await service.chosen(database, viewer, asked.subject()), viewer))


async def choose(request: Request) -> Response:
    """Be measured against this lap."""
    viewer = _viewer(request).known_id
    asked = validated(await body(request), Choice)
    return answer(request, ChosenAnswer.of(await service.choose(session_of(request), viewer, asked.lap_id), viewer))


async def choose_default(request: Request) -> Response:
    """Be measured against one's fastest clean lap again."""
    asked = validated(dict(request.query_params), SubjectQuery)
    await ReferenceRepository(session_of(request)).choose_default(_viewer(request).known_id, asked.subject())
    return Response(status_code=204)


async def body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent."""
    try:
        given = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise NotProcessable("The body is no JSON document.") from None
    if not isinstance(given, dict):
        raise NotProcessable("The body is no JSON object.")
    return given


def answer(request: Request, model: BaseModel, status: int = 200) -> Response:
    """A model as JSON with an ETag: a program that asks every half minute gets 304 nearly always."""
    content = model.model_dump_json()
    tag = f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if status == 200 and request.method == "GET" and tag in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, status, media_type="application/json", headers=headers)


def _viewer(request: Request) -> Viewer:
    viewer: Viewer = request.scope["user"]
    return viewer


routes: list[BaseRoute] = [
    GuardedRoute("/api/v1/references", references, audience=READ, methods=["GET"], name="api_references"),
    GuardedRoute("/api/v1/references", mark, audience=WRITE, methods=["POST"], name="api_mark_reference"),
    GuardedRoute("/api/v1/references/chosen", chosen, audience=READ, methods=["GET"], name="api_chosen"),
    GuardedRoute("/api/v1/references/chosen", choose, audience=WRITE, methods=["PUT"], name="api_choose"),
    GuardedRoute("/api/v1/references/chosen", choose_default, audience=WRITE, methods=["DELETE"], name="api_choose_default"),
    GuardedRoute("/api/v1/references/{id}", reference, audience=READ, methods=["GET"], name="api_reference"),
    GuardedRoute("/api/v1/references/{id}", change, audience=WRITE, methods=["PATCH"], name="api_change_reference"),
    GuardedRoute("/api/v1/references/{id}", unmark, audience=WRITE, methods=["DELETE"], name="api_unmark"),
    GuardedRoute("/api/v1/references/{id}/file", file, audience=READ, name="api_reference_file"),
]

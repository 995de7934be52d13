"""References for programs: list and match, mark, change, unmark, fetch, choose."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from web.access import GuardedRoute, ProgramScope, program, viewer_of
from web.database import let_go, session_of
from web.errors import Conflict, NotFound, NotProcessable
from web.http.asked import id_in, json_object
from web.http.etags import not_modified, tagged
from web.http.forms import validated
from web.http.openapi import operation
from web.references import service
from web.references.licences import Licence
from web.references.repository import ReferenceRepository
from web.references.schemas import (
    Choice,
    ChosenAnswer,
    ChosenList,
    ChosenQuery,
    ClosestQuery,
    MarkedLap,
    Offer,
    OfferList,
    ReferenceChange,
    SubjectQuery,
)
from web.services import services_of

READ, WRITE = program(ProgramScope.REFERENCES_READ), program(ProgramScope.REFERENCES_WRITE)


@operation(answer=OfferList, query=ClosestQuery, refusals=(NotProcessable,))
async def references(request: Request) -> Response:
    """Own and public references; of one car on one track, the closest match first."""
    viewer, database = viewer_of(request).known_id, session_of(request)
    asked = validated(dict(request.query_params), ClosestQuery)
    subject = asked.subject()
    mine = asked.over(await service.conditions_now(database, viewer, subject)) if subject is not None else None
    found = await service.offered(database, viewer, subject, mine)
    return answer(request, OfferList(references=[Offer.of(one, viewer) for one in found]))


@operation(answer=Offer, status=201, body=MarkedLap, refusals=(NotFound, Conflict, NotProcessable))
async def mark(request: Request) -> Response:
    """Mark an own lap as a reference."""
    viewer = viewer_of(request).known_id
    asked = validated(await json_object(request), MarkedLap)
    made = await service.mark(session_of(request), viewer, asked.lap_id, asked.name, asked.licence, asked.visibility)
    return answer(request, Offer.of(await service.reference_seen(session_of(request), made, viewer), viewer), 201)


@operation(answer=Offer, refusals=(NotFound,))
async def reference(request: Request) -> Response:
    """One reference."""
    viewer = viewer_of(request).user_id
    return answer(request, Offer.of(await service.reference_seen(session_of(request), id_in(request), viewer), viewer))


@operation(answer=Offer, body=ReferenceChange, refusals=(NotFound, NotProcessable))
async def change(request: Request) -> Response:
    """Change an own reference."""
    viewer, database = viewer_of(request).known_id, session_of(request)
    asked = validated(await json_object(request), ReferenceChange)
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


@operation(status=204, refusals=(NotFound,))
async def unmark(request: Request) -> Response:
    """Take the mark away and close the lap."""
    await service.unmark(session_of(request), id_in(request), viewer_of(request).known_id)
    return Response(status_code=204)


@operation(answer="application/vnd.apache.parquet", refusals=(NotFound,))
async def file(request: Request) -> Response:
    """The lap file, its licence in it."""
    one = await service.reference_seen(session_of(request), id_in(request), viewer_of(request).user_id)
    headers = {
        "ETag": service.file_tag(one),
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="reference-{one.lap.content_hash[:8]}.parquet"',
    }
    if same := not_modified(request, headers["ETag"]):
        return same
    database = session_of(request)
    await let_go(database)  # the files may lie on another server
    content = await service.file_of(services_of(database).storage, one)
    return Response(content, media_type="application/vnd.apache.parquet", headers=headers)


@operation(answer=ChosenList, query=ChosenQuery, refusals=(NotProcessable,))
async def chosen(request: Request) -> Response:
    """What one is measured against: everywhere, or with one car on one track."""
    viewer, database = viewer_of(request).known_id, session_of(request)
    subject = validated(dict(request.query_params), ChosenQuery).subject()
    found = await service.all_chosen(database, viewer) if subject is None else [await service.chosen(database, viewer, subject)]
    return answer(request, ChosenList(chosen=[ChosenAnswer.of(one, viewer) for one in found]))


@operation(answer=ChosenAnswer, body=Choice, refusals=(NotFound, NotProcessable))
async def choose(request: Request) -> Response:
    """Be measured against this lap."""
    viewer = viewer_of(request).known_id
    asked = validated(await json_object(request), Choice)
    return answer(request, ChosenAnswer.of(await service.choose(session_of(request), viewer, asked.lap_id), viewer))


@operation(status=204, query=SubjectQuery, refusals=(NotProcessable,))
async def choose_default(request: Request) -> Response:
    """Be measured against one's fastest clean lap again."""
    asked = validated(dict(request.query_params), SubjectQuery)
    await ReferenceRepository(session_of(request)).choose_default(viewer_of(request).known_id, asked.subject())
    return Response(status_code=204)


def answer(request: Request, model: BaseModel, status: int = 200) -> Response:
    """A model as JSON with an ETag: a program that asks every half minute gets 304 nearly always."""
    content = model.model_dump(mode="json")
    made = tagged(request, content, status) if request.method == "GET" else JSONResponse(content, status)
    made.headers["Cache-Control"] = "private, no-cache"
    return made


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

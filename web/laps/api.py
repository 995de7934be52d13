"""Laps for programs: send, list, read, compare, open to others, delete."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from web.access import GuardedRoute, ProgramScope, program, viewer_of
from web.database import session_of
from web.errors import Conflict, NotFound, NotProcessable, TooLarge, TooMany
from web.http.asked import id_in, json_object
from web.http.forms import validated
from web.http.openapi import operation
from web.laps import service
from web.laps.file_route import FileRoute
from web.laps.pages import bench_of, keep, lap_file, lap_series
from web.laps.paging import cursor_of, place_of
from web.laps.repository import LapFilter, LapRepository
from web.laps.schemas import ComparisonAnswer, ComparisonQuery, LapChange, LapPage, LapQuery, LapSummary, UploadQuery, UploadState

READ, WRITE = program(ProgramScope.LAPS_READ), program(ProgramScope.LAPS_WRITE)


def answer(model: BaseModel, status: int = 200) -> Response:
    """A model as JSON."""
    return Response(model.model_dump_json(), status, media_type="application/json", headers={"Cache-Control": "private, no-cache"})


@operation(answer=UploadState, status=202, query=UploadQuery, body="application/octet-stream", refusals=(TooLarge, TooMany, NotProcessable))
async def send(request: Request) -> Response:
    """A file as the body, its name as `name`. 202: kept, and about to be read; 200: the same bytes came before."""
    made = await keep(request, request.query_params.get("name", "recording"), request.stream())
    waiting = made.state == "waiting"
    return answer(UploadState.of(made), 202 if waiting else 200)


@operation(answer=UploadState, refusals=(NotFound,))
async def upload(request: Request) -> Response:
    """What became of a file."""
    found = await LapRepository(session_of(request)).upload(viewer_of(request).known_id, id_in(request))
    if found is None:
        raise NotFound("There is no such upload among yours.")
    return answer(UploadState.of(found))


@operation(answer=LapPage, query=LapQuery, refusals=(NotFound, NotProcessable))
async def laps(request: Request) -> Response:
    """One's own laps."""
    wanted = validated(dict(request.query_params), LapQuery)
    fastest = wanted.sort == "fastest"
    if fastest and wanted.combination is None:
        raise NotProcessable("Lap times can be sorted for one car on one track only.", {"combination": "This is needed."})
    chosen = LapFilter(wanted.combination, clean=wanted.clean, fastest_first=fastest)
    rows = await LapRepository(session_of(request)).laps(
        viewer_of(request).known_id, chosen, place_of(wanted.after, fastest_first=fastest), wanted.limit + 1
    )
    shown = rows[: wanted.limit]
    more = cursor_of(shown[-1], fastest_first=fastest) if len(rows) > wanted.limit else None
    return answer(LapPage(laps=[LapSummary.of(row) for row in shown], next=more))


@operation(answer=LapSummary, refusals=(NotFound,))
async def lap(request: Request) -> Response:
    """One lap."""
    return answer(LapSummary.of(await service.lap_seen(session_of(request), id_in(request), viewer_of(request).user_id)))


@operation(answer=LapSummary, body=LapChange, refusals=(NotFound, NotProcessable))
async def change(request: Request) -> Response:
    """Say who may see a lap."""
    wanted = validated(await json_object(request), LapChange)
    await service.open_to(session_of(request), id_in(request), viewer_of(request).known_id, wanted.visibility)
    return await lap(request)


@operation(status=204, refusals=(NotFound,))
async def delete(request: Request) -> Response:
    """Delete a lap and its file."""
    await service.delete_lap(session_of(request), bench_of(request), id_in(request), viewer_of(request).known_id)
    return Response(status_code=204)


@operation(answer=ComparisonAnswer, query=ComparisonQuery, refusals=(NotFound, Conflict))
async def comparison(request: Request) -> Response:
    """A lap against `against`: a lap's id, `potential`, or the driver's best when it is left out."""
    database, viewer = session_of(request), viewer_of(request).user_id
    one = await service.lap_seen(database, id_in(request), viewer)
    reference = await service.reference_for(database, one, request.query_params.get("against"), viewer)
    beside = await service.beside(database, bench_of(request), one, reference)
    return answer(
        ComparisonAnswer(lap_id=one.id, reference_id=reference.id if reference else None, comparison=beside.document, says=beside.says)
    )


routes: list[BaseRoute] = [
    GuardedRoute("/api/v1/laps", laps, audience=READ, methods=["GET"], name="api_laps"),
    FileRoute("/api/v1/laps", send, audience=WRITE, methods=["POST"], name="api_send_lap"),
    GuardedRoute("/api/v1/uploads/{id}", upload, audience=READ, name="api_upload"),
    GuardedRoute("/api/v1/laps/{id}", lap, audience=READ, methods=["GET"], name="api_lap"),
    GuardedRoute("/api/v1/laps/{id}", change, audience=WRITE, methods=["PATCH"], name="api_change_lap"),
    GuardedRoute("/api/v1/laps/{id}", delete, audience=WRITE, methods=["DELETE"], name="api_delete_lap"),
    GuardedRoute("/api/v1/laps/{id}/file", lap_file, audience=READ, name="api_lap_file"),
    GuardedRoute("/api/v1/laps/{id}/series", lap_series, audience=READ, name="api_lap_series"),
    GuardedRoute("/api/v1/laps/{id}/comparison", comparison, audience=READ, name="api_comparison"),
]

"""The pages about laps: sessions, laps, one lap beside another, progress, upload."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from web.access import PUBLIC, USER, GuardedRoute, viewer_of
from web.database import session_of
from web.errors import Conflict, NotFound, NotProcessable
from web.http.asked import id_in, id_of
from web.http.etags import etag_of, not_modified
from web.http.openapi import operation
from web.jobs.queue import enqueue
from web.laps import progress, service
from web.laps.drawing import HEIGHT, LEFT, WIDTH, loss_map
from web.laps.file_route import FormRoute
from web.laps.paging import cursor_of, place_of
from web.laps.repository import LapFilter, LapRepository
from web.laps.schemas import ComparisonQuery
from web.laps.series import MADE_AS
from web.laps.showing import compared, lap_time
from web.laps.tasks import READ_FIRST
from web.laps.workbench import Workbench, workbench_of
from web.render import render, wants_part
from web.services import services_of

ROWS = 25
CHOICES = 8
FILE_CHUNK = 1 << 18


def bench_of(request: Request) -> Workbench:
    """The engine's workbench of this process."""
    return workbench_of(services_of(session_of(request)).storage)


async def laps(request: Request) -> Response:
    """The list, with filters."""
    owner, asked = viewer_of(request).known_id, request.query_params
    repository = LapRepository(session_of(request))
    combination_id = _optional_id(asked.get("combination"))
    fastest = asked.get("sort") == "fastest" and combination_id is not None
    wanted = LapFilter(combination_id, clean=asked.get("clean") == "1", fastest_first=fastest)
    rows = await repository.lap_rows(owner, wanted, place_of(asked.get("after"), fastest_first=fastest), ROWS + 1)
    combinations = await repository.combination_names(owner)
    return render(
        request,
        "laps/_rows.html" if wants_part(request) else "laps/list.html",
        headers={"Vary": "HX-Request"},
        laps=rows[:ROWS],
        more=cursor_of(rows[ROWS - 1], fastest_first=fastest) if len(rows) > ROWS else "",
        combinations=combinations,
        wanted=wanted,
        filtered=wanted != LapFilter(),
        lap_time=lap_time,
    )


async def sessions(request: Request) -> Response:
    """The drives, newest first."""
    owner, asked = viewer_of(request).known_id, request.query_params
    rows = await LapRepository(session_of(request)).drives(
        owner, _optional_id(asked.get("combination")), place_of(asked.get("after")), ROWS + 1
    )
    return render(
        request,
        "laps/sessions.html",
        drives=rows[:ROWS],
        more=cursor_of(rows[ROWS - 1]) if len(rows) > ROWS else "",
        lap_time=lap_time,
    )


async def session(request: Request) -> Response:
    """One drive: its laps and how repeatable they are."""
    repository = LapRepository(session_of(request))
    drive = await repository.drive(viewer_of(request).known_id, id_in(request))
    if drive is None:
        raise NotFound("There is no such session among yours.")
    rows = await repository.drive_laps(drive.id)
    return render(
        request,
        "laps/session.html",
        drive=drive,
        laps=rows,
        spread=progress.spread_of(rows),
        bars=progress.bars_of(rows),
        lap_time=lap_time,
    )


async def lap(request: Request) -> Response:
    """A lap beside its reference: the page a driver sends to a friend."""
    viewer, database = viewer_of(request), session_of(request)
    one = await service.lap_seen(database, id_in(request), viewer.user_id)
    reference = await service.reference_for(database, one, request.query_params.get("against"), viewer.user_id)
    beside = await service.beside(database, bench_of(request), one, reference)
    repository = LapRepository(database)
    mine = viewer.user_id == one.user_id
    others = [other for other in await repository.fastest(one.combination_id, CHOICES) if other.id != one.id] if mine else []
    if reference is not None and mine and all(reference.id != other.id for other in others):
        others.append(reference)
    said = compared(beside.document) if beside.document else None
    track = await bench_of(request).map_of(repository, one)
    return render(
        request,
        "laps/lap.html",
        lap=one,
        reference=reference,
        beside=beside,
        said=said,
        grip=(beside.document or {}).get("grip"),
        map=loss_map(track, beside.document, said["worst"] if said else frozenset()),
        corners=track.corners,
        others=others,
        mine=mine,
        lap_time=lap_time,
        against=str(reference.id) if reference is not None else service.POTENTIAL,
    )


@operation(answer="application/octet-stream", query=ComparisonQuery, refusals=(NotFound, Conflict))
async def lap_series(request: Request) -> Response:
    """The charts' numbers, in binary; an address that says its version may be kept."""
    viewer, database = viewer_of(request), session_of(request)
    one = await service.lap_seen(database, id_in(request), viewer.user_id)
    reference = await service.reference_for(database, one, request.query_params.get("against"), viewer.user_id)
    tag = etag_of(MADE_AS, one.id, reference.id if reference else service.POTENTIAL, one.combination.track.map_version)
    if unchanged := not_modified(request, tag):
        return unchanged
    content = await bench_of(request).series(LapRepository(database), one, reference, potential=reference is None)
    return Response(content, media_type="application/octet-stream", headers={"ETag": tag, "Cache-Control": "private, no-cache"})


@operation(answer="application/vnd.apache.parquet", refusals=(NotFound,))
async def lap_file(request: Request) -> Response:
    """The lap file, to keep."""
    one = await service.lap_seen(session_of(request), id_in(request), viewer_of(request).user_id)
    content = await bench_of(request).storage.get(one.file_key)
    headers = {
        "Content-Disposition": f'attachment; filename="lap-{one.number}-{one.content_hash[:8]}.parquet"',
        "Cache-Control": "private, no-cache",
    }
    return Response(content, media_type="application/vnd.apache.parquet", headers=headers)


async def share(request: Request) -> Response:
    """Open a lap to whoever has its link, or close it again."""
    form = await request.form()
    visibility = form.get("visibility")
    if visibility not in {"private", "link"}:
        raise NotProcessable("Choose who may see this lap: nobody else, or whoever has the link.")
    one = await service.open_to(session_of(request), id_in(request), viewer_of(request).known_id, str(visibility))
    return RedirectResponse(request.app.url_path_for("lap", id=one.id), 303)


async def delete(request: Request) -> Response:
    """Delete a lap."""
    await service.delete_lap(session_of(request), bench_of(request), id_in(request), viewer_of(request).known_id)
    return RedirectResponse(request.app.url_path_for("laps"), 303)


async def progress_list(request: Request) -> Response:
    """Cars and tracks."""
    rows = await LapRepository(session_of(request)).combinations(viewer_of(request).known_id)
    return render(request, "laps/progress.html", combinations=rows, lap_time=lap_time)


async def combination(request: Request) -> Response:
    """Progress with one car on one track."""
    repository = LapRepository(session_of(request))
    one = await repository.combination(viewer_of(request).known_id, id_in(request))
    if one is None:
        raise NotFound("You have no laps of that car and track.")
    spreads = await repository.spreads(one.id)
    fastest = await repository.fastest(one.id, CHOICES)
    chart = progress.chart_of(spreads)
    return render(
        request, "laps/combination.html", combination=one, rows=list(reversed(spreads)), fastest=fastest, chart=chart,
        left=LEFT, width=WIDTH, height=HEIGHT, lap_time=lap_time,
    )  # fmt: skip


async def upload_form(request: Request) -> Response:
    """Where files are sent."""
    uploads = await LapRepository(session_of(request)).uploads(viewer_of(request).known_id)
    return render(
        request, "laps/_uploads.html" if wants_part(request) else "laps/upload.html", headers={"Vary": "HX-Request"}, **_state(uploads)
    )


def _state(uploads: Any) -> dict[str, Any]:
    return {"uploads": uploads, "waiting": any(upload.state == "waiting" for upload in uploads)}


async def upload(request: Request) -> Response:
    """Files from the form."""
    database, settings = session_of(request), request.app.state.settings
    async with request.form(max_files=settings.max_files_at_once, max_fields=10) as form:
        files = [file for file in form.getlist("file") if isinstance(file, UploadFile) and file.filename]
        if not files:
            raise NotProcessable("Choose at least one file.", {"file": "No file was chosen."})
        for file in files:
            await keep(request, file.filename or "", _chunks(file))
    await database.flush()
    return RedirectResponse(request.app.url_path_for("upload"), 303)


async def keep(request: Request, name: str, chunks: AsyncIterator[bytes]) -> Any:
    """Receive one file, keep it, and have it read."""
    database, settings = session_of(request), request.app.state.settings
    with tempfile.TemporaryDirectory(prefix="racing-coach-") as folder:
        received = await service.receive(chunks, Path(folder), settings.max_upload_mb << 20)
        made, is_new = await service.take_in(database, bench_of(request), settings, viewer_of(request).known_id, name, received)
    if is_new:
        await enqueue(database, "laps.read", {"upload_id": str(made.id)}, priority=READ_FIRST)
    return made


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(FILE_CHUNK):
        yield chunk


def _optional_id(text: str | None) -> uuid.UUID | None:
    return id_of(text) if text else None


routes: list[BaseRoute] = [
    GuardedRoute("/laps", laps, audience=USER, name="laps"),
    GuardedRoute("/sessions", sessions, audience=USER, name="sessions"),
    GuardedRoute("/sessions/{id}", session, audience=USER, name="session"),
    GuardedRoute("/progress", progress_list, audience=USER, name="progress"),
    GuardedRoute("/progress/{id}", combination, audience=USER, name="combination"),
    GuardedRoute("/upload", upload_form, audience=USER, methods=["GET"], name="upload"),
    FormRoute("/upload", upload, audience=USER, methods=["POST"], name="send_files"),
    GuardedRoute("/laps/{id}", lap, audience=PUBLIC, name="lap"),
    GuardedRoute("/laps/{id}/series", lap_series, audience=PUBLIC, name="lap_series"),
    GuardedRoute("/laps/{id}/file", lap_file, audience=PUBLIC, name="lap_file"),
    GuardedRoute("/laps/{id}/share", share, audience=USER, methods=["POST"], name="share_lap"),
    GuardedRoute("/laps/{id}/delete", delete, audience=USER, methods=["POST"], name="delete_lap"),
]

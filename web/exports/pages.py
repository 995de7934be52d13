"""The administrator's pages about training exports: make, watch, download, see what was withdrawn, delete."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from web.access import ADMIN, GuardedRoute
from web.audit import Action, record
from web.consent.texts import Kind, versions
from web.database import session_of
from web.errors import Conflict
from web.exports import service
from web.exports.archive import tar_stream
from web.exports.repository import ExportRepository
from web.exports.schemas import ExportForm
from web.http.asked import address_of, id_in
from web.http.downloads import Download
from web.http.forms import read_form
from web.models.exports import TrainingExport
from web.render import render, wants_part
from web.services import services_of


async def exports(request: Request) -> Response:
    """The list, and the form for a new one."""
    repository = ExportRepository(session_of(request))
    return render(
        request,
        "exports/list.html",
        exports=await repository.exports(),
        choices=await repository.choices(),
        versions=[text.version for text in versions(Kind.TELEMETRY)],
    )


async def make(request: Request) -> Response:
    """Begin one."""
    asked = await read_form(request, ExportForm)
    made = await service.make(session_of(request), asked, request.user.known_id, address_of(request))
    return RedirectResponse(request.app.url_path_for("admin_export", id=made.id), 303)


async def export(request: Request) -> Response:
    """One: how far it is, what may no longer be used."""
    session = session_of(request)
    one = await service.found(session, id_in(request))
    return render(
        request,
        "exports/_state.html" if wants_part(request) else "exports/export.html",
        headers={"Vary": "HX-Request", "Cache-Control": "no-store"},
        export=one,
        withdrawn=await ExportRepository(session).withdrawn(one.id),
    )


async def download(request: Request) -> Response:
    """Manifest and laps as a tar archive, made while it is sent, in a transaction of its own."""
    one = await service.found(session_of(request), id_in(request))
    _note_download(request, one, "archive")
    database, folder = request.app.state.services.database, f"training-{one.id}"

    async def stream() -> AsyncGenerator[bytes]:
        async with database.transaction() as session:
            async for chunk in tar_stream(service.files(session, services_of(session).storage, one), folder):
                yield chunk

    downloads, admin_id = request.app.state.downloads, request.user.known_id
    return Download(stream(), downloads, admin_id, media_type="application/x-tar", headers=_kept_as(f"{folder}.tar"))


async def manifest(request: Request) -> Response:
    """The manifest alone."""
    session = session_of(request)
    one = await service.found(session, id_in(request))
    _note_download(request, one, "manifest")
    content = await service.current_manifest(session, services_of(session).storage, one)
    return Response(content, media_type="application/vnd.apache.parquet", headers=_kept_as(f"training-{one.id}.parquet"))


async def ask_delete(request: Request) -> Response:
    """Whether it is meant: there is no way back."""
    one = await service.found(session_of(request), id_in(request))
    if one.state == "building":
        raise Conflict(service.BEING_MADE)
    return render(request, "exports/delete.html", export=one)


async def delete(request: Request) -> Response:
    """Delete one with its files."""
    await service.delete(session_of(request), id_in(request), request.user.known_id, address_of(request))
    return RedirectResponse(request.app.url_path_for("admin_exports"), 303)


def _note_download(request: Request, export: TrainingExport, what: str) -> None:
    if export.state != "done":
        raise Conflict("This export is not there yet.")
    record(session_of(request), Action.EXPORT_DOWNLOADED, request.user.known_id, address_of(request), export=str(export.id), what=what)


def _kept_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


# Downloads are no links: following one would be written down, and a browser that looks ahead follows links.
routes: list[BaseRoute] = [
    GuardedRoute("/admin/exports", exports, audience=ADMIN, methods=["GET"], name="admin_exports"),
    GuardedRoute("/admin/exports", make, audience=ADMIN, methods=["POST"], name="admin_make_export"),
    GuardedRoute("/admin/exports/{id}", export, audience=ADMIN, name="admin_export"),
    GuardedRoute("/admin/exports/{id}/download", download, audience=ADMIN, methods=["POST"], name="admin_download_export"),
    GuardedRoute("/admin/exports/{id}/manifest", manifest, audience=ADMIN, methods=["POST"], name="admin_export_manifest"),
    GuardedRoute("/admin/exports/{id}/delete", ask_delete, audience=ADMIN, methods=["GET"], name="admin_ask_delete_export"),
    GuardedRoute("/admin/exports/{id}/delete", delete, audience=ADMIN, methods=["POST"], name="admin_delete_export"),
]

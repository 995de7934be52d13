"""`/docs`: the documentation; `/docs/api` and `/api/v1/openapi.json`: what programs may do."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from web.access import PUBLIC, GuardedRoute
from web.docs_pages import book
from web.http.etags import tagged
from web.http.openapi import description, operation
from web.render import render

_KEPT = {"Cache-Control": "public, max-age=3600"}


async def start(request: Request) -> Response:
    """The first page."""
    return RedirectResponse(request.app.url_path_for("docs_page", name=book.contents()[0][0]), 303)


async def page(request: Request) -> Response:
    """One page."""
    found = book.page(request.path_params["name"])
    html = Markup(found.html)  # noqa: S704 - our own files, and the Markdown reader lets no HTML through
    return render(request, "docs/page.html", found=found, html=html, contents=book.contents())


async def picture(request: Request) -> Response:
    """A picture in a page."""
    return FileResponse(book.picture(request.path_params["name"]), headers=_KEPT)


async def api_page(request: Request) -> Response:
    """The API for people."""
    return render(request, "docs/api.html", api=_description(request), contents=book.contents())


@operation(answer="application/json")
async def openapi(request: Request) -> Response:
    """The description of this API, OpenAPI 3.1."""
    return tagged(request, _description(request))


def _description(request: Request) -> dict[str, Any]:
    state = request.app.state
    if not hasattr(state, "api_description"):
        state.api_description = description(request.app.routes, state.settings.origin)
    made: dict[str, Any] = state.api_description
    return made


routes: list[BaseRoute] = [
    GuardedRoute("/docs", start, audience=PUBLIC, name="docs"),
    GuardedRoute("/docs/api", api_page, audience=PUBLIC, name="docs_api"),
    GuardedRoute("/docs/pictures/{name}", picture, audience=PUBLIC, name="docs_picture"),
    GuardedRoute("/docs/{name:path}", page, audience=PUBLIC, name="docs_page"),
    GuardedRoute("/api/v1/openapi.json", openapi, audience=PUBLIC, name="api_openapi"),
]

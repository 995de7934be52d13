"""Pages from Jinja templates. `render(request, "laps/list.html", laps=laps)`; templates see `viewer`, `url`, `static`, `page`.

For a request that htmx made, a template whose name starts with `_` answers a part of the page; `wants_part(request)` tells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from coach.look import css_variables
from web import beside

FOLDER = Path(str(resources.files("web")))
STATIC = FOLDER / "static"
LOOK_CSS = "look.css"  # made from the look tokens, served like a file


@cache
def environment() -> Environment:
    """The one Jinja environment: everything but plain text escaped, an unknown name is an error."""
    made = Environment(
        loader=FileSystemLoader(beside.folder("templates")),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = static_url
    return made


def render(request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: Any) -> HTMLResponse:
    """One page or part of a page."""
    return HTMLResponse(render_text(request, template, **context), status_code=status, headers=headers)


def render_text(request: Request, template: str, **context: Any) -> str:
    """The same as text, for answers that are put together."""
    given = {
        "request": request,
        "viewer": request.scope.get("user"),
        "url": addresses(request.app),
        "page": page_name(request),
        "settings": request.app.state.settings,
    }
    return environment().get_template(template).render({**given, **context})


@lru_cache(maxsize=8)
def addresses(app: Starlette) -> Callable[..., str]:
    """`url(name, **parameters)`: the application's own search asks route after route, which took most of a list page's time.

    An id, which is what nearly all addresses hold, needs no check and no quoting.
    """
    named = {route.name: route for route in reversed(app.routes) if isinstance(route, Route)}

    def url(name: str, /, **parameters: Any) -> str:
        known = named.get(name)
        if known is None:
            return str(app.url_path_for(name, **parameters))
        if parameters.keys() == known.param_convertors.keys() and all(isinstance(value, UUID) for value in parameters.values()):
            return known.path_format.format_map(parameters)
        return str(known.url_path_for(name, **parameters))

    return url


def wants_part(request: Request) -> bool:
    """Whether htmx asks for a part of the page; answers that depend on it carry `Vary: HX-Request`."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def page_name(request: Request) -> str:
    """The name of the route that answers, for marking the place in the navigation."""
    route = request.scope.get("route")
    return getattr(route, "name", "") or ""


@cache
def static_url(name: str) -> str:
    """Address of a file under static/, with its content's hash, so that it may be kept for ever."""
    return f"/static/{name}?v={hashlib.sha256(static_bytes(name)).hexdigest()[:12]}"


@cache
def static_bytes(name: str) -> bytes:
    """Content of a static file."""
    return css_variables().encode() if name == LOOK_CSS else (STATIC / name).read_bytes()

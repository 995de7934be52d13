"""The front page: what this is, for somebody who was sent a link."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from web.access import PUBLIC, GuardedRoute
from web.render import render


async def home(request: Request) -> Response:
    """What the service does, and the two ways in."""
    return render(request, "home/home.html")


routes: list[BaseRoute] = [GuardedRoute("/", home, audience=PUBLIC, name="home")]

"""The administrator's two pages. They show; they change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from web.access import ADMIN, GuardedRoute
from web.accounts import repository as accounts
from web.audit import events_page
from web.database import session_of
from web.models.base import now
from web.render import render

PAGE = 50
Row = TypeVar("Row")


async def users(request: Request) -> Response:
    """Who has an account."""
    found, more = _cut(await accounts.users_page(session_of(request), PAGE + 1, _after(request)))
    return render(request, "admin/users.html", now=now, users=found, after=found[-1].id if more else None)


async def audit(request: Request) -> Response:
    """What happened."""
    found, more = _cut(await events_page(session_of(request), PAGE + 1, _after(request)))
    return render(request, "admin/audit.html", events=found, after=found[-1][0].id if more else None)


def _after(request: Request) -> UUID | None:
    try:
        return UUID(request.query_params["after"])
    except (KeyError, ValueError):
        return None


def _cut(rows: Sequence[Row]) -> tuple[Sequence[Row], bool]:
    """One row more than a page was asked for: whether there are more."""
    return rows[:PAGE], len(rows) > PAGE


routes: list[BaseRoute] = [
    GuardedRoute("/admin", users, audience=ADMIN, name="admin_users"),
    GuardedRoute("/admin/audit", audit, audience=ADMIN, name="admin_audit"),
]

"""The administrator's pages: who has an account, who administers, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from web.access import ADMIN, GuardedRoute
from web.accounts import repository as accounts
from web.accounts.pages.answers import context_of, form, form_again, owner_of, see_other
from web.accounts.schemas import Proof
from web.admin import service
from web.audit import events_page
from web.database import session_of
from web.errors import ServiceError
from web.http.asked import address_of
from web.http.forms import read_form
from web.models.base import now
from web.render import render

PAGE = 50
Row = TypeVar("Row")


class Administers(Proof):
    """Whether this user is to administer, and the password of who says so."""

    administers: bool


async def users(request: Request) -> Response:
    """Who has an account."""
    found, more = _cut(await accounts.users_page(session_of(request), PAGE + 1, _after(request)))
    return render(request, "admin/users.html", now=now, users=found, after=found[-1].id if more else None)


async def change(request: Request) -> Response:
    """Make a user an administrator, or take it from them; the password is asked for again."""
    session, chief = session_of(request), await owner_of(request)
    user = await service.found(session, request.path_params["user_id"])
    if request.method != "POST":
        return form(request, "admin/administrator.html", user=user, chief=chief)
    context, browser_id = context_of(request), request.user.browser_session_id
    try:
        given = await read_form(request, Administers)
        await service.change(
            session, context, chief, browser_id, user.id, given.current_password, address_of(request), administers=given.administers
        )
    except ServiceError as error:
        return await form_again(request, "admin/administrator.html", error, user=user, chief=chief)
    return see_other(request.app.url_path_for("admin_users" if request.user.known_id != user.id or user.is_admin else "account"))


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
    GuardedRoute("/admin/users/{user_id:uuid}", change, methods=["GET", "POST"], audience=ADMIN, name="admin_change"),
    GuardedRoute("/admin/audit", audit, audience=ADMIN, name="admin_audit"),
]

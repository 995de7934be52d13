"""What the accounts' pages answer with: a form again with what is wrong, a redirect with a cookie, the owner of the page."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from web.access import safe_next
from web.accounts import browsers, repository
from web.accounts.context import AccountsContext
from web.consent import service as consent
from web.database import session_of
from web.errors import NotProcessable, ServiceError, SignInNeeded
from web.http.forms import sent
from web.models.accounts import User
from web.render import render

SECRET_FIELDS = {"password", "current_password", "code", "token"}


def context_of(request: Request) -> AccountsContext:
    """What the accounts' services share."""
    context: AccountsContext = request.app.state.accounts
    return context


async def owner_of(request: Request) -> User:
    """The user whose account pages these are."""
    user = await repository.user_by_id(session_of(request), request.user.known_id)
    if user is None:
        raise SignInNeeded("Sign in first.")
    return user


def form(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A form, empty or filled in."""
    given: dict[str, Any] = {"values": {}, "faults": {}, "message": "", **context}
    return render(request, template, status=status, headers={"Cache-Control": "no-store"}, **given)


async def form_again(request: Request, template: str, error: ServiceError | str, **context: Any) -> Response:
    """The form as it was sent, with what is wrong. Passwords and codes are typed again."""
    values = {name: value for name, value in (await sent(request)).items() if name not in SECRET_FIELDS}
    if isinstance(error, str):
        return form(request, template, status=422, values=values, message=error, **context)
    faults = error.faults if isinstance(error, NotProcessable) else {}
    answer = form(request, template, status=error.status, values=values, faults=faults, message=error.message, **context)
    answer.headers.update(error.headers)
    return answer


async def signed_in(request: Request, user: User, target: str | None) -> Response:
    """On to where they wanted to go, signed in under a new token; the session this browser had before ends."""
    if request.user.browser_session_id is not None:
        await repository.end_browser_sessions(session_of(request), request.user.known_id, only=request.user.browser_session_id)
    target = safe_next(target)
    if target == "/" and not await consent.terms_accepted(session_of(request), user.id):
        target = request.app.url_path_for("privacy")  # which says that the terms have a new version
    answer = see_other(target)
    await browsers.sign_in(session_of(request), request.app.state.settings, answer, user, request.headers.get("User-Agent", ""))
    return answer


def see_other(path: str) -> RedirectResponse:
    """Look there, with GET."""
    return RedirectResponse(path, 303)

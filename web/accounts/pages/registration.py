"""The pages from "Register" to the first sign-in, and the first administrator's."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from web.access import PUBLIC, USER, GuardedRoute
from web.accounts import first_admin, registration
from web.accounts.pages.answers import context_of, form, form_again, see_other, signed_in
from web.accounts.pages.signing_in import after
from web.accounts.provider_sign_in import configured
from web.accounts.schemas import Confirmation, FirstAdmin, Registration
from web.accounts.signing_in import next_step
from web.consent.pages import texts_for_form
from web.database import session_of
from web.errors import NotFound, ServiceError
from web.http.asked import address_of
from web.http.forms import read_form
from web.jobs.queue import enqueue
from web.models.accounts import User
from web.render import render


def _form_context(request: Request) -> dict[str, Any]:
    settings = request.app.state.settings
    if not settings.registration:
        raise NotFound("Nobody can register here at present.")
    return {"providers": configured(settings).values(), **texts_for_form(settings)}


async def register(request: Request) -> Response:
    """The form, or: look into your mailbox."""
    context = _form_context(request)
    if request.method != "POST":
        return form(request, "accounts/register.html", **context)
    try:
        wanted = await read_form(request, Registration)
        pending_id = await registration.register(session_of(request), context_of(request), wanted, address_of(request))
    except ServiceError as error:
        return await form_again(request, "accounts/register.html", error, **context)
    await enqueue(session_of(request), "accounts.write_registration_link", {"pending_id": str(pending_id)})
    return see_other(request.app.url_path_for("registered"))


async def registered(request: Request) -> Response:
    """Look into your mailbox: the same words whether or not the address has an account."""
    return render(request, "accounts/registered.html")


async def confirm(request: Request) -> Response:
    """The link of the mail: the password once more, then the account is there and signed in."""
    session = session_of(request)
    if request.method != "POST":
        token = request.query_params.get("token", "")
        if not await registration.link_is_good(session, token):
            raise registration.LinkUnusable(registration.UNUSABLE)
        return form(request, "accounts/confirm.html", token=token)
    try:
        given = await read_form(request, Confirmation)
    except ServiceError as error:
        return await form_again(request, "accounts/confirm.html", error, token=str((await request.form()).get("token", "")))
    try:
        user = await registration.confirm(session, context_of(request), given, address_of(request))
    except registration.LinkUnusable:
        raise
    except ServiceError as error:
        return await form_again(request, "accounts/confirm.html", error, token=given.token)
    step = await next_step(session, user, address_of(request))
    assert isinstance(step, User)  # a new account has no second factor
    return await signed_in(request, step, request.app.url_path_for("welcome"))


async def welcome(request: Request) -> Response:
    """What to do first."""
    return render(request, "accounts/welcome.html")


async def first_run(request: Request) -> Response:
    """The first administrator, with the link that the service printed when it started."""
    session = session_of(request)
    if request.method != "POST":
        token = request.query_params.get("token", "")
        if not await first_admin.link_is_good(session, token):
            raise registration.LinkUnusable(first_admin.UNUSABLE)
        return form(request, "accounts/first_run.html", token=token)
    token = str((await request.form()).get("token", ""))
    try:
        given = await read_form(request, FirstAdmin)
        user = await first_admin.make(session, context_of(request), given, address_of(request))
    except registration.LinkUnusable:
        raise
    except ServiceError as error:
        return await form_again(request, "accounts/first_run.html", error, token=token)
    step = await next_step(session, user, address_of(request))
    return await after(request, step, request.app.url_path_for("admin_users"))


routes: list[BaseRoute] = [
    GuardedRoute("/register", register, methods=["GET", "POST"], audience=PUBLIC, name="register"),
    GuardedRoute("/register/sent", registered, audience=PUBLIC, name="registered"),
    GuardedRoute("/register/confirm", confirm, methods=["GET", "POST"], audience=PUBLIC, name="confirm"),
    GuardedRoute("/welcome", welcome, audience=USER, name="welcome"),
    GuardedRoute("/first-run", first_run, methods=["GET", "POST"], audience=PUBLIC, name="first_run"),
]

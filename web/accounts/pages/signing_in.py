"""The pages for signing in and out, and for a forgotten password."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from web.access import PUBLIC, USER, GuardedRoute, safe_next
from web.accounts import browsers, owner, repository, signing_in
from web.accounts.pages.answers import context_of, form, form_again, see_other, signed_in
from web.accounts.provider_sign_in import configured
from web.accounts.registration import LinkUnusable
from web.accounts.schemas import EmailOnly, ResetPassword, SecondStep, SignIn
from web.accounts.signing_in import CodeNeeded, Refused
from web.accounts.throttle import Deed
from web.audit import Action, record
from web.database import keep_changes, session_of
from web.errors import ServiceError
from web.http.asked import address_of
from web.http.forms import read_form, sent
from web.jobs.queue import enqueue
from web.mail.compose import send_mail
from web.models.accounts import User
from web.render import render


async def sign_in(request: Request) -> Response:
    """E-mail address and password."""
    providers = configured(request.app.state.settings).values()
    if request.method != "POST":
        target = safe_next(request.query_params.get("next"))
        if request.user.in_browser:
            return see_other(target)
        return form(request, "accounts/sign_in.html", providers=providers, next=target)
    target = safe_next((await sent(request)).get("next"))
    try:
        given = await read_form(request, SignIn)
        outcome = await signing_in.with_password(session_of(request), context_of(request), given.email, given.password, address_of(request))
    except ServiceError as error:
        return await form_again(request, "accounts/sign_in.html", error, providers=providers, next=target)
    if isinstance(outcome, Refused):
        await _keep_try(request, outcome)
        return await form_again(request, "accounts/sign_in.html", outcome.message, providers=providers, next=target)
    return await after(request, outcome, target)


async def after(request: Request, outcome: User | CodeNeeded, target: str) -> Response:
    """Signed in, or asked for the code."""
    if isinstance(outcome, CodeNeeded):
        return form(request, "accounts/code.html", token=outcome.token, next=target)
    return await signed_in(request, outcome, target)


async def code(request: Request) -> Response:
    """The second step."""
    fields = await sent(request)
    token, target = fields.get("token", ""), safe_next(fields.get("next"))
    try:
        given = await read_form(request, SecondStep)
        outcome = await signing_in.with_code(session_of(request), context_of(request), given.token, given.code, address_of(request))
    except ServiceError as error:
        return await form_again(request, "accounts/code.html", error, token=token, next=target)
    if outcome is None:
        raise LinkUnusable("That took too long, or it was finished in another tab. Please sign in again.")
    if isinstance(outcome, Refused):
        await _keep_try(request, outcome)
        return await form_again(request, "accounts/code.html", outcome.message, token=token, next=target)
    return await signed_in(request, outcome, target)


async def sign_out(request: Request) -> Response:
    """Sign this browser out."""
    session, viewer = session_of(request), request.user
    await repository.end_browser_sessions(session, viewer.known_id, only=viewer.browser_session_id)
    record(session, Action.SIGNED_OUT, viewer.known_id, address_of(request))
    answer = see_other("/")
    browsers.forget(request.app.state.settings, answer)
    return answer


async def forgot(request: Request) -> Response:
    """Ask for a link. The answer is the same for every address, and a job looks it up."""
    if request.method != "POST":
        return form(request, "accounts/forgot.html")
    try:
        given = await read_form(request, EmailOnly)
        await context_of(request).throttle.check(Deed.MAIL, address_of(request), given.email)
    except ServiceError as error:
        return await form_again(request, "accounts/forgot.html", error)
    await enqueue(session_of(request), "accounts.write_reset_link", {"email": given.email})
    return see_other(request.app.url_path_for("forgot_sent"))


async def forgot_sent(request: Request) -> Response:
    """Look into your mailbox."""
    return render(request, "accounts/forgot_sent.html")


async def reset(request: Request) -> Response:
    """The link of the mail: a new password."""
    if request.method != "POST":
        return form(request, "accounts/reset.html", token=request.query_params.get("token", ""))
    session = session_of(request)
    token = (await sent(request)).get("token", "")
    try:
        given = await read_form(request, ResetPassword)
        user = await owner.reset_password(session, context_of(request), given.token, given.password, address_of(request))
    except LinkUnusable:
        raise
    except ServiceError as error:
        return await form_again(request, "accounts/reset.html", error, token=token)
    await send_mail(session, user.email, "accounts/password_changed", name=user.name)
    return see_other(request.app.url_path_for("reset_done"))


async def reset_done(request: Request) -> Response:
    """Sign in with the new password."""
    return render(request, "accounts/reset_done.html")


async def _keep_try(request: Request, refused: Refused) -> None:
    """The try counts although the answer is an error; a locked account's owner is written to."""
    keep_changes(request)
    if refused.locked is not None:
        await enqueue(session_of(request), "accounts.write_lock_notice", {"user_id": str(refused.locked.id)})


routes: list[BaseRoute] = [
    GuardedRoute("/sign-in", sign_in, methods=["GET", "POST"], audience=PUBLIC, name="sign_in"),
    GuardedRoute("/sign-in/code", code, methods=["POST"], audience=PUBLIC, name="sign_in_code"),
    GuardedRoute("/sign-out", sign_out, methods=["POST"], audience=USER, name="sign_out"),
    GuardedRoute("/forgot", forgot, methods=["GET", "POST"], audience=PUBLIC, name="forgot"),
    GuardedRoute("/forgot/sent", forgot_sent, audience=PUBLIC, name="forgot_sent"),
    GuardedRoute("/reset", reset, methods=["GET", "POST"], audience=PUBLIC, name="reset"),
    GuardedRoute("/reset/done", reset_done, audience=PUBLIC, name="reset_done"),
]

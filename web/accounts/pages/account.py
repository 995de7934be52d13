"""The page Account and what its forms do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from web.access import PUBLIC, STRANGER, USER, GuardedRoute
from web.accounts import browsers, owner, provider_sign_in, repository, second_factor
from web.accounts.pages.answers import context_of, form, form_again, owner_of, see_other
from web.accounts.registration import LinkUnusable
from web.accounts.schemas import ChangeEmail, ChangeName, ChangePassword, NewFactor, Proof
from web.accounts.throttle import Deed
from web.accounts.totp import provisioning_uri, qr_svg
from web.audit import Action, record
from web.database import session_of
from web.errors import ServiceError
from web.http.asked import address_of
from web.http.forms import read_form
from web.jobs.queue import enqueue
from web.mail.compose import send_mail
from web.models.accounts import User
from web.render import render

ISSUER = "Racing Coach"


async def account(request: Request) -> Response:
    """Everything about the account on one page."""
    session, user = session_of(request), await owner_of(request)
    providers = provider_sign_in.configured(request.app.state.settings)
    return render(
        request,
        "accounts/account.html",
        headers={"Cache-Control": "no-store"},
        user=user,
        providers=providers,
        identities=await repository.identities(session, user.id),
        browsers=await repository.browser_sessions(session, user.id),
        programs=await repository.grants(session, user.id),
        codes_left=await repository.recovery_codes_left(session, user.id),
        done=request.query_params.get("done", ""),
    )


def _done(request: Request, what: str) -> Response:
    return see_other(f"{request.app.url_path_for('account')}?done={what}")


async def change_name(request: Request) -> Response:
    """Another name."""
    user = await owner_of(request)
    if request.method == "POST":
        try:
            user.name = (await read_form(request, ChangeName)).name
        except ServiceError as error:
            return await form_again(request, "accounts/name.html", error)
        record(session_of(request), Action.NAME_CHANGED, user.id, address_of(request))
        return _done(request, "name")
    return form(request, "accounts/name.html", values={"name": user.name})


async def change_email(request: Request) -> Response:
    """Another address: a link goes there, and the old one stays until it is used."""
    user = await owner_of(request)
    if request.method != "POST":
        return form(request, "accounts/email.html", user=user)
    context, session = context_of(request), session_of(request)
    try:
        given = await read_form(request, ChangeEmail)
        await owner.prove(session, context, user, request.user.browser_session_id, given.current_password, address_of(request))
        await context.throttle.check(Deed.MAIL, address_of(request), given.email)
    except ServiceError as error:
        return await form_again(request, "accounts/email.html", error, user=user)
    await enqueue(session, "accounts.write_email_link", {"user_id": str(user.id), "email": given.email})
    return _done(request, "email-sent")


async def confirm_email(request: Request) -> Response:
    """The link that went to the new address."""
    if request.method != "POST":
        return form(request, "accounts/email_confirm.html", token=request.query_params.get("token", ""))
    session = session_of(request)
    user, old = await owner.change_email(session, str((await request.form()).get("token", "")), address_of(request))
    await send_mail(session, old, "accounts/email_changed", name=user.name, email=user.email, contact=request.app.state.settings.contact)
    return render(request, "accounts/email_done.html", email=user.email)


async def change_password(request: Request) -> Response:
    """Another password, or a first one for who came through a provider."""
    user = await owner_of(request)
    if request.method != "POST":
        return form(request, "accounts/password.html", user=user)
    context, session, browser_id = context_of(request), session_of(request), request.user.browser_session_id
    try:
        given = await read_form(request, ChangePassword)
        await owner.prove(session, context, user, browser_id, given.current_password, address_of(request))
        await owner.change_password(session, context, user, given.password, browser_id, address_of(request))
    except ServiceError as error:
        return await form_again(request, "accounts/password.html", error, user=user)
    await send_mail(session, user.email, "accounts/password_changed", name=user.name)
    return _done(request, "password")


async def set_up_second_factor(request: Request) -> Response:
    """A QR code, then the first code, then the recovery codes."""
    user, context = await owner_of(request), context_of(request)
    secret = second_factor.offer(context, user)
    shown: dict[str, Any] = {"user": user, "secret": secret, "qr": qr_svg(provisioning_uri(secret, user.email, ISSUER))}
    if request.method != "POST":
        return form(request, "accounts/second_factor.html", **shown)
    session = session_of(request)
    try:
        await context.throttle.check(Deed.CODE, address_of(request), str(user.id))
        given = await read_form(request, NewFactor)
        await owner.prove(session, context, user, request.user.browser_session_id, given.current_password, address_of(request))
        codes = await second_factor.switch_on(session, context, user, given.code, address_of(request))
    except ServiceError as error:
        return await form_again(request, "accounts/second_factor.html", error, **shown)
    await send_mail(session, user.email, "accounts/second_factor", name=user.name, on=True)
    return render(request, "accounts/recovery_codes.html", headers={"Cache-Control": "no-store"}, codes=codes)


async def switch_off_second_factor(request: Request) -> Response:
    """The password alone again."""

    async def off(user: User) -> Response:
        await second_factor.switch_off(session_of(request), user, address_of(request))
        await send_mail(session_of(request), user.email, "accounts/second_factor", name=user.name, on=False)
        return _done(request, "second-factor-off")

    return await _proved(request, "accounts/second_factor_off.html", off)


async def renew_recovery_codes(request: Request) -> Response:
    """New recovery codes."""

    async def renew(user: User) -> Response:
        codes = await second_factor.renew_recovery_codes(session_of(request), user, address_of(request))
        return render(request, "accounts/recovery_codes.html", headers={"Cache-Control": "no-store"}, codes=codes)

    return await _proved(request, "accounts/recovery_codes_new.html", renew)


async def sign_out_everywhere(request: Request) -> Response:
    """All browsers and programs, this one too."""
    await owner.sign_out_everywhere(session_of(request), await owner_of(request), address_of(request))
    answer = see_other(request.app.url_path_for("sign_in"))
    browsers.forget(request.app.state.settings, answer)
    return answer


async def end_browser(request: Request) -> Response:
    """Sign another browser out."""
    await owner.end_browser(session_of(request), request.user.known_id, request.path_params["browser_id"], address_of(request))
    return _done(request, "browser")


async def end_program(request: Request) -> Response:
    """A program may no longer."""
    await owner.end_program(session_of(request), request.user.known_id, request.path_params["grant_id"], address_of(request))
    return _done(request, "program")


async def disconnect(request: Request) -> Response:
    """A provider opens this account no longer."""
    identity_id: UUID = request.path_params["identity_id"]
    await provider_sign_in.disconnect(session_of(request), await owner_of(request), identity_id, address_of(request))
    return _done(request, "provider")


async def delete(request: Request) -> Response:
    """Delete everything."""

    async def gone(user: User) -> Response:
        email, name = user.email, user.name
        stays = await owner.delete_account(session_of(request), request.app.state.personal_data, user.id, address_of(request))
        await send_mail(session_of(request), email, "accounts/deleted", name=name, stays=stays)
        request.scope["user"] = STRANGER  # the page is shown to somebody who has no account any more
        answer = render(request, "accounts/deleted.html", stays=stays)
        browsers.forget(request.app.state.settings, answer)
        return answer

    return await _proved(request, "accounts/delete.html", gone)


async def _proved(request: Request, template: str, act: Callable[[User], Awaitable[Response]]) -> Response:
    """A page that asks for the password and then does something."""
    user = await owner_of(request)
    if request.method != "POST":
        return form(request, template, user=user)
    try:
        given = await read_form(request, Proof)
        await owner.prove(
            session_of(request), context_of(request), user, request.user.browser_session_id, given.current_password, address_of(request)
        )
        return await act(user)
    except LinkUnusable:
        raise
    except ServiceError as error:
        return await form_again(request, template, error, user=user)


BOTH = ["GET", "POST"]
routes: list[BaseRoute] = [
    GuardedRoute("/account", account, audience=USER, name="account"),
    GuardedRoute("/account/name", change_name, methods=BOTH, audience=USER, name="change_name"),
    GuardedRoute("/account/email", change_email, methods=BOTH, audience=USER, name="change_email"),
    GuardedRoute("/account/email/confirm", confirm_email, methods=BOTH, audience=PUBLIC, name="confirm_email"),
    GuardedRoute("/account/password", change_password, methods=BOTH, audience=USER, name="change_password"),
    GuardedRoute("/account/second-factor", set_up_second_factor, methods=BOTH, audience=USER, name="second_factor"),
    GuardedRoute("/account/second-factor/off", switch_off_second_factor, methods=BOTH, audience=USER, name="second_factor_off"),
    GuardedRoute("/account/recovery-codes", renew_recovery_codes, methods=BOTH, audience=USER, name="recovery_codes"),
    GuardedRoute("/account/sign-out-everywhere", sign_out_everywhere, methods=["POST"], audience=USER, name="sign_out_everywhere"),
    GuardedRoute("/account/browsers/{browser_id:uuid}/end", end_browser, methods=["POST"], audience=USER, name="end_browser"),
    GuardedRoute("/account/programs/{grant_id:uuid}/end", end_program, methods=["POST"], audience=USER, name="end_program"),
    GuardedRoute(
        "/account/providers/{identity_id:uuid}/disconnect", disconnect, methods=["POST"], audience=USER, name="disconnect_provider"
    ),
    GuardedRoute("/account/delete", delete, methods=BOTH, audience=USER, name="delete_account"),
]

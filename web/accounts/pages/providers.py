"""The pages of signing in through a provider."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from web.access import PUBLIC, GuardedRoute, safe_next
from web.accounts import provider_sign_in
from web.accounts.pages.answers import form, form_again, see_other, signed_in
from web.accounts.pages.signing_in import after
from web.accounts.provider_sign_in import Connected, NewPerson, provider_named
from web.accounts.registration import LinkUnusable
from web.accounts.schemas import ProviderSignUp
from web.accounts.signing_in import next_step
from web.consent.pages import texts_for_form
from web.database import session_of
from web.errors import NotFound, ServiceError
from web.http.asked import address_of
from web.http.forms import read_form, sent
from web.models.accounts import User
from web.render import render

STATE_COOKIE = "provider-state"
STATE_LIFETIME_S = 600


def _redirect_uri(request: Request, name: str) -> str:
    return f"{request.app.state.settings.origin}{request.app.url_path_for('provider_back', provider=name)}"


async def begin(request: Request) -> Response:
    """Off to the provider; a cookie ties the way back to this browser."""
    settings = request.app.state.settings
    provider = provider_named(settings, request.path_params["provider"])
    target = safe_next((await sent(request)).get("next"))
    url, state = await provider_sign_in.begin(
        session_of(request),
        provider,
        _redirect_uri(request, provider.name),
        request.user.user_id if request.user.in_browser else None,
        target,
    )
    # A redirect would be refused: our content security policy lets forms go to ourselves only, and browsers look at redirects, too.
    answer = render(request, "accounts/to_provider.html", provider=provider, address=url)
    answer.set_cookie(
        STATE_COOKIE, state, max_age=STATE_LIFETIME_S, path="/sign-in/with", secure=settings.https, httponly=True, samesite="lax"
    )
    return answer


async def back(request: Request) -> Response:
    """The provider sends the browser back."""
    settings = request.app.state.settings
    provider = provider_named(settings, request.path_params["provider"])
    state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
    if not state or not secrets.compare_digest(state.encode(), request.cookies.get(STATE_COOKIE, "").encode()):
        raise LinkUnusable("This sign-in did not begin in this browser, or too long ago. Please try again.")
    if not code:  # they pressed "cancel" there
        return see_other(request.app.url_path_for("sign_in"))
    viewer_id = request.user.user_id if request.user.in_browser else None
    outcome, target = await provider_sign_in.come_back(
        session_of(request), provider, _redirect_uri(request, provider.name), state, code, viewer_id, address_of(request)
    )
    if isinstance(outcome, Connected):
        answer: Response = see_other(request.app.url_path_for("account"))
    elif isinstance(outcome, NewPerson):
        values = {"name": outcome.name[:80]}
        answer = form(
            request, "accounts/provider_sign_up.html", token=outcome.token, provider=provider, values=values, **texts_for_form(settings)
        )
    else:
        answer = await after(request, outcome, target)
    answer.delete_cookie(STATE_COOKIE, path="/sign-in/with", secure=settings.https, httponly=True, samesite="lax")
    return answer


async def finish(request: Request) -> Response:
    """Name and consent of somebody new."""
    settings, session = request.app.state.settings, session_of(request)
    provider = provider_named(settings, request.path_params["provider"])
    if not settings.registration:
        raise NotFound("Nobody can register here at present.")
    token = (await sent(request)).get("token", "")
    try:
        user = await provider_sign_in.sign_up(session, await read_form(request, ProviderSignUp), address_of(request))
    except LinkUnusable:
        raise
    except ServiceError as error:
        return await form_again(
            request, "accounts/provider_sign_up.html", error, token=token, provider=provider, **texts_for_form(settings)
        )
    step = await next_step(session, user, address_of(request))
    assert isinstance(step, User)  # a new account has no second factor
    return await signed_in(request, step, request.app.url_path_for("welcome"))


routes: list[BaseRoute] = [
    GuardedRoute("/sign-in/with/{provider}", begin, methods=["POST"], audience=PUBLIC, name="provider_begin"),
    GuardedRoute("/sign-in/with/{provider}/back", back, audience=PUBLIC, name="provider_back"),
    GuardedRoute("/sign-in/with/{provider}/finish", finish, methods=["POST"], audience=PUBLIC, name="provider_finish"),
]

"""The page where somebody types the code that a program shows."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from web.access import USER, GuardedRoute, ProgramScope
from web.accounts import devices
from web.accounts.pages.answers import context_of, form, form_again
from web.accounts.schemas import DeviceDecision
from web.accounts.throttle import Deed
from web.accounts.user_codes import shown, typed
from web.database import session_of
from web.errors import ServiceError
from web.http.asked import address_of
from web.http.forms import read_form
from web.render import render

NOT_WAITING = "No program waits under this code. Codes are good for ten minutes and once: ask for a new one in the overlay."


async def device(request: Request) -> Response:
    """Type the code; see which program wants what; decide."""
    if request.method == "POST":
        return await _decide(request)
    code = request.query_params.get("code", "")
    if not code:
        return form(request, "accounts/device.html")
    try:
        waiting = await devices.waiting(session_of(request), context_of(request), code, request.user.known_id, address_of(request))
    except ServiceError as error:
        return form(request, "accounts/device.html", status=error.status, values={"code": code}, message=error.message)
    if waiting is None:
        return form(request, "accounts/device.html", status=404, values={"code": code}, faults={"code": NOT_WAITING})
    meanings = [ProgramScope(scope).meaning for scope in waiting.scopes]
    return form(request, "accounts/device_decide.html", program=waiting.client, code=shown(waiting.user_code), meanings=meanings)


async def _decide(request: Request) -> Response:
    try:
        given = await read_form(request, DeviceDecision)
        await context_of(request).throttle.check(Deed.CODE, address_of(request), f"device {request.user.known_id}")
    except ServiceError as error:
        return await form_again(request, "accounts/device.html", error)
    allowed = given.decision == "allow"
    decided = await devices.decide(session_of(request), given.code, request.user.known_id, address_of(request), approved=allowed)
    if decided is None:
        code = typed(given.code)
        return form(request, "accounts/device.html", status=404, values={"code": shown(code) if code else ""}, faults={"code": NOT_WAITING})
    return render(request, "accounts/device_done.html", program=decided.client, allowed=allowed)


routes: list[BaseRoute] = [GuardedRoute("/device", device, methods=["GET", "POST"], audience=USER, name="device")]

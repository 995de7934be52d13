"""Sign-in of programs: RFC 8628 (device codes), RFC 6749 (tokens, errors), RFC 7009 (ending). Forms, as these ask, or JSON."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from web.access import ALL_SCOPES, PUBLIC, GuardedRoute, ProgramScope, program
from web.accounts import devices, programs, repository, signing_in
from web.accounts.devices import PollError
from web.accounts.pages.answers import context_of
from web.accounts.programs import Tokens
from web.accounts.schemas import Email, Name, Secret, Token
from web.accounts.signing_in import Refused
from web.accounts.user_codes import shown
from web.database import keep_changes, session_of
from web.errors import Forbidden, NotProcessable, SignInNeeded, TooMany
from web.http.asked import address_of, json_object
from web.http.forms import validated
from web.http.openapi import operation
from web.jobs.queue import enqueue

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
FORM = "application/x-www-form-urlencoded"
NO_STORE = {"Cache-Control": "no-store"}


def _known_scopes(scope: str) -> str:
    if unknown := set(scope.split()) - ALL_SCOPES:
        raise ValueError(f"unknown scope: {' '.join(sorted(unknown))}")
    return scope


Scopes = Annotated[str, Field(max_length=300), AfterValidator(_known_scopes)]


class DeviceRequest(BaseModel):
    """A program asks for a code. `client_name` is what its user will read: name the program and the machine."""

    client_name: Name = "A program"
    scope: Scopes = ""


class DeviceAnswer(BaseModel):
    """RFC 8628, 3.2."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str = Field(description="The same with the code in it, for a QR code.")
    expires_in: int = Field(description="seconds")
    interval: int = Field(description="seconds between two polls at least")


class TokenRequest(BaseModel):
    """Which fields are needed goes by `grant_type`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    grant_type: str = Field(max_length=80, description=f"`{DEVICE_GRANT}`, `refresh_token` or `password`")
    device_code: Token | None = None
    refresh_token: Token | None = None
    username: Email | None = Field(None, description="e-mail address, for `password`")
    password: Secret | None = None
    code: str | None = Field(None, max_length=40, description="second factor, where it is on")
    client_name: Name = "A script"
    scope: Scopes = ""


class TokenAnswer(BaseModel):
    """RFC 6749, 5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - not a secret
    expires_in: int = Field(description="seconds")
    refresh_token: str
    scope: str


class RevokeRequest(BaseModel):
    """RFC 7009, 2.1."""

    token: Token = Field(description="the refresh token")


class Profile(BaseModel):
    """Who the program acts for."""

    id: str
    name: str
    email: str


@operation(answer=DeviceAnswer, body=DeviceRequest, body_type=FORM, refusals=(NotProcessable, TooMany))
async def start_device(request: Request) -> Response:
    """A code for the program and one for its user."""
    asked = validated(await _body(request), DeviceRequest)
    started = await devices.start(session_of(request), context_of(request), asked.client_name, _scopes(asked.scope), address_of(request))
    page = f"{request.app.state.settings.origin}{request.app.url_path_for('device')}"
    answer = DeviceAnswer(
        device_code=started.device_code,
        user_code=shown(started.user_code),
        verification_uri=page,
        verification_uri_complete=f"{page}?code={shown(started.user_code)}",
        expires_in=started.expires_in_s,
        interval=started.interval_s,
    )
    return JSONResponse(answer.model_dump(), headers=NO_STORE)


@operation(answer=TokenAnswer, body=TokenRequest, body_type=FORM, refusals=(TooMany,))
async def token(request: Request) -> Response:
    """Tokens for a device code, a refresh token, or a password.

    Refusals are 400 with `error` as RFC 6749, 5.2 and RFC 8628, 3.5 name them: `authorization_pending`, `slow_down`, `access_denied`,
    `expired_token`, `invalid_grant`, `invalid_request`, `unsupported_grant_type`. JSON is taken, too.
    """
    try:
        asked = validated(await _body(request), TokenRequest)
    except NotProcessable as error:
        return _refused("invalid_request", "; ".join(f"{field}: {fault}" for field, fault in error.faults.items()) or error.message)
    match asked.grant_type:
        case str(kind) if kind == DEVICE_GRANT and asked.device_code:
            return await _poll(request, asked.device_code)
        case "refresh_token" if asked.refresh_token:
            return await _refresh(request, asked.refresh_token)
        case "password" if asked.username and asked.password:
            return await _password(request, asked, asked.username, asked.password)
        case kind if kind in {DEVICE_GRANT, "refresh_token", "password"}:
            return _refused("invalid_request", "A field that this grant_type needs is missing.")
    return _refused("unsupported_grant_type", "Use a device code, a refresh token or a password.")


@operation(body=RevokeRequest, body_type=FORM, refusals=(NotProcessable,))
async def revoke(request: Request) -> Response:
    """End the grant. An unknown token is no error."""
    asked = validated(await _body(request), RevokeRequest)
    await programs.end_by_token(session_of(request), asked.token, address_of(request))
    return Response(status_code=200, headers=NO_STORE)


@operation(answer=Profile, refusals=(SignInNeeded, Forbidden))
async def me(request: Request) -> Response:
    """Who the program acts for."""
    user = await repository.user_by_id(session_of(request), request.user.known_id)
    if user is None:
        raise SignInNeeded("Sign in first.")
    return JSONResponse(Profile(id=str(user.id), name=user.name, email=user.email).model_dump(), headers=NO_STORE)


async def _poll(request: Request, device_code: str) -> Response:
    outcome = await devices.poll(session_of(request), context_of(request), device_code, address_of(request))
    keep_changes(request)
    if isinstance(outcome, PollError):
        return _refused(outcome.value, "")
    return _granted(outcome)


async def _refresh(request: Request, refresh_token: str) -> Response:
    tokens = await programs.refresh(session_of(request), context_of(request), refresh_token, address_of(request))
    keep_changes(request)  # a token that was used twice has ended its grant
    return _granted(tokens) if tokens else _refused("invalid_grant", "Sign in again.")


async def _password(request: Request, asked: TokenRequest, email: str, password: str) -> Response:
    session, context, address = session_of(request), context_of(request), address_of(request)
    outcome = await signing_in.with_password_and_code(session, context, email, password, asked.code, address)
    if isinstance(outcome, Refused):
        keep_changes(request)
        if outcome.locked is not None:
            await enqueue(session, "accounts.write_lock_notice", {"user_id": str(outcome.locked.id)})
        return _refused("invalid_grant", outcome.message)
    return _granted(await programs.allow(session, context, outcome.id, asked.client_name, _scopes(asked.scope), address))


async def _body(request: Request) -> dict[str, Any]:
    if request.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
        return dict((await request.form(max_files=0, max_fields=20)).items())
    return await json_object(request)


def _scopes(scope: str) -> frozenset[ProgramScope]:
    return frozenset(ProgramScope(one) for one in scope.split()) or ALL_SCOPES


def _granted(tokens: Tokens) -> Response:
    answer = TokenAnswer(
        access_token=tokens.access_token,
        expires_in=tokens.expires_in_s,
        refresh_token=tokens.refresh_token,
        scope=" ".join(sorted(tokens.scopes)),
    )
    return JSONResponse(answer.model_dump(), headers=NO_STORE)


def _refused(error: str, description: str) -> Response:
    content = {"error": error} | ({"error_description": description} if description else {})
    return JSONResponse(content, 400, headers=NO_STORE)


routes: list[BaseRoute] = [
    GuardedRoute("/api/v1/auth/device", start_device, methods=["POST"], audience=PUBLIC, name="api_device"),
    GuardedRoute("/api/v1/auth/token", token, methods=["POST"], audience=PUBLIC, name="api_token"),
    GuardedRoute("/api/v1/auth/revoke", revoke, methods=["POST"], audience=PUBLIC, name="api_revoke"),
    GuardedRoute("/api/v1/me", me, audience=program(ProgramScope.PROFILE), name="api_me"),
]

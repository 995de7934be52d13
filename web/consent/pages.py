"""The page Privacy: what somebody agreed to, what is kept about them, to take away or to delete. And the texts, for everybody."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from web.access import PUBLIC, USER, GuardedRoute
from web.audit import Action, record
from web.consent import repository, service
from web.consent.texts import Kind, Text, current, of_version, versions
from web.database import session_of
from web.errors import NotFound
from web.http.asked import address_of
from web.http.downloads import Download
from web.http.forms import Form, read_form
from web.personal_data import zip_stream
from web.render import render
from web.settings import Settings

TITLES = {Kind.TERMS: "Terms of use", Kind.PRIVACY: "Privacy policy", Kind.TELEMETRY: "Laps train the coach"}


class TelemetryChoice(Form):
    """The switch."""

    given: bool
    version: str = Field(max_length=20)


class TermsRead(Form):
    """Somebody has read the new terms."""

    version: str = Field(max_length=20)


def texts_for_form(settings: Settings) -> dict[str, Any]:
    """What a registration form shows about consent."""
    telemetry = current(Kind.TELEMETRY)
    return {
        "terms_version": current(Kind.TERMS).version,
        "telemetry_version": telemetry.version,
        "telemetry_html": telemetry.html(settings.operator, settings.contact),
    }


async def privacy(request: Request) -> Response:
    """The switch, the history, the download, the way out."""
    session, user_id, settings = session_of(request), request.user.known_id, request.app.state.settings
    newest = await service.telemetry(session, user_id)
    return render(
        request,
        "consent/privacy.html",
        headers={"Cache-Control": "no-store"},
        shares=newest is not None and newest.given,
        outdated=newest is not None and newest.given and newest.version != current(Kind.TELEMETRY).version,
        history=await repository.history(session, user_id),
        titles=TITLES,
        policy_version=current(Kind.PRIVACY).version,
        terms_accepted=await service.terms_accepted(session, user_id),
        contents=[part.contents for part in request.app.state.personal_data],
        done=request.query_params.get("done", ""),
        **texts_for_form(settings),
    )


async def change(request: Request) -> Response:
    """Switch it on or off."""
    choice = await read_form(request, TelemetryChoice)
    await service.change_telemetry(
        session_of(request), request.user.known_id, choice.version, "site", address_of(request), given=choice.given
    )
    return RedirectResponse(f"{request.app.url_path_for('privacy')}?done={'on' if choice.given else 'off'}", 303)


async def accept_terms(request: Request) -> Response:
    """The new terms have been read."""
    read = await read_form(request, TermsRead)
    await service.accept_terms(session_of(request), request.user.known_id, read.version)
    return RedirectResponse(request.app.url_path_for("privacy"), 303)


async def download(request: Request) -> Response:
    """Everything about this user as a zip archive, made while it is sent, in a transaction of its own."""
    user_id, state = request.user.known_id, request.app.state
    record(session_of(request), Action.DATA_DOWNLOADED, user_id, address_of(request))

    async def stream() -> AsyncGenerator[bytes]:
        async with state.database.transaction() as session:
            async for chunk in zip_stream(state.personal_data, session, user_id):
                yield chunk

    headers = {"Content-Disposition": 'attachment; filename="racing-coach-data.zip"', "Cache-Control": "no-store"}
    return Download(stream(), state.downloads, user_id, media_type="application/zip", headers=headers)


async def policy(request: Request) -> Response:
    """The privacy policy, today's or an older version."""
    return _text_page(request, Kind.PRIVACY)


async def terms(request: Request) -> Response:
    """The terms of use, today's or an older version."""
    return _text_page(request, Kind.TERMS)


async def telemetry(request: Request) -> Response:
    """What is asked about laps, today's or an older version."""
    return _text_page(request, Kind.TELEMETRY)


def _text_page(request: Request, kind: Kind) -> Response:
    settings = request.app.state.settings
    version = request.query_params.get("version")
    text: Text | None = of_version(kind, version) if version else current(kind)
    if text is None:
        raise NotFound("There is no such version of this text.")
    html = text.html(settings.operator, settings.contact)
    return render(request, "consent/text.html", title=TITLES[kind], text=text, html=html, versions=versions(kind))


routes: list[BaseRoute] = [
    GuardedRoute("/privacy", privacy, audience=USER, name="privacy"),
    GuardedRoute("/privacy/telemetry", change, methods=["POST"], audience=USER, name="change_telemetry"),
    GuardedRoute("/privacy/terms", accept_terms, methods=["POST"], audience=USER, name="accept_terms"),
    GuardedRoute("/privacy/download", download, methods=["POST"], audience=USER, name="download_data"),
    GuardedRoute("/privacy-policy", policy, audience=PUBLIC, name="policy"),
    GuardedRoute("/terms", terms, audience=PUBLIC, name="terms"),
    GuardedRoute("/telemetry", telemetry, audience=PUBLIC, name="telemetry"),
]

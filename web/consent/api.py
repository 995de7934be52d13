"""Consent for the overlay: it asks every half minute, so that its switch and the site's agree within one."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from web.access import GuardedRoute, ProgramScope, program
from web.consent import service
from web.consent.texts import Kind, current
from web.database import session_of
from web.errors import Conflict, Forbidden, NotProcessable, SignInNeeded
from web.http.asked import address_of, json_object
from web.http.etags import tagged
from web.http.forms import validated
from web.http.openapi import operation
from web.models.consent import ConsentRecord


class ConsentState(BaseModel):
    """What holds now, and the text that a yes would be given to."""

    share_telemetry: bool = Field(description="whether laps may be sent; false until somebody says yes")
    version: str | None = Field(description="version of the text that the last answer was given to; null: never asked")
    changed_at: datetime | None = Field(description="when that was")
    current_version: str = Field(description="version to send back with a yes")
    text: str = Field(description="what to show before asking, as Markdown")


class ConsentChange(BaseModel):
    """A yes or a no."""

    share_telemetry: bool
    version: str | None = Field(None, max_length=20, description="`current_version` of the text that was shown; needed for a yes")


@operation(answer=ConsentState, refusals=(SignInNeeded, Forbidden))
async def read(request: Request) -> Response:
    """What holds now."""
    return _state(request, await service.telemetry(session_of(request), request.user.known_id))


@operation(answer=ConsentState, body=ConsentChange, refusals=(SignInNeeded, Forbidden, Conflict, NotProcessable))
async def change(request: Request) -> Response:
    """Give or withdraw. 409 when the text has changed since it was shown."""
    asked = validated(await json_object(request), ConsentChange)
    source = "program" if request.user.grant_id else "site"
    row = await service.change_telemetry(
        session_of(request), request.user.known_id, asked.version, source, address_of(request), given=asked.share_telemetry
    )
    return _state(request, row)


def _state(request: Request, row: ConsentRecord | None) -> Response:
    settings, text = request.app.state.settings, current(Kind.TELEMETRY)
    state = ConsentState(
        share_telemetry=row is not None and row.given,
        version=row.version if row else None,
        changed_at=row.created_at if row else None,
        current_version=text.version,
        text=text.markdown.replace("{{operator}}", settings.operator).replace("{{contact}}", settings.contact),
    )
    content = state.model_dump(mode="json")
    answer = tagged(request, content) if request.method == "GET" else JSONResponse(content)
    answer.headers["Cache-Control"] = "no-store"
    return answer


routes: list[BaseRoute] = [
    GuardedRoute("/api/v1/consent", read, audience=program(ProgramScope.CONSENT), name="api_consent"),
    GuardedRoute("/api/v1/consent", change, methods=["PUT"], audience=program(ProgramScope.CONSENT), name="api_change_consent"),
]

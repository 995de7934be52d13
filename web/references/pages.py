"""The pages about references: what there is for each car and track, which one counts, marking a lap."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from web.access import USER, GuardedRoute, viewer_of
from web.database import session_of
from web.errors import Conflict, NotFound, NotProcessable
from web.http.asked import id_in
from web.http.forms import read_form, sent
from web.laps.repository import LapRepository
from web.laps.showing import lap_time
from web.references import service
from web.references.licences import Licence
from web.references.repository import ReferenceRepository, Subject
from web.references.schemas import Choice, MarkForm
from web.render import render

FASTEST_SHOWN = 5


async def references(request: Request) -> Response:
    """Cars and tracks, and what counts as the reference of each."""
    viewer, database = viewer_of(request).known_id, session_of(request)
    combinations = await LapRepository(database).combinations(viewer)
    chosen = await ReferenceRepository(database).all_chosen(viewer)
    subjects = {one.id: Subject(one.track.simulator, one.track.track_key, one.car_key, one.track.simulated) for one in combinations}
    return render(
        request,
        "references/list.html",
        combinations=combinations,
        has_chosen={one.id: subjects[one.id] in chosen for one in combinations},
        public=[one for one in await service.offered(database, viewer, None, None) if one.lap.user_id != viewer],
        lap_time=lap_time,
    )


async def for_combination(request: Request) -> Response:
    """One car on one track: what counts, the closest match, all others, own fast laps."""
    viewer, database = viewer_of(request).known_id, session_of(request)
    laps = LapRepository(database)
    combination = await laps.combination(viewer, id_in(request))
    if combination is None:
        raise NotFound("You have no laps of that car and track.")
    track = combination.track
    subject = Subject(track.simulator, track.track_key, combination.car_key, track.simulated)
    mine = await service.conditions_now(database, viewer, subject)
    offered = await service.offered(database, viewer, subject, mine)
    marked = {one.lap.id: one for one in offered if one.suits is None}
    fastest = [lap for lap in await laps.fastest(combination.id, FASTEST_SHOWN) if lap.clean and lap.id not in marked]
    return render(
        request,
        "references/combination.html",
        combination=combination,
        chosen=await service.chosen(database, viewer, subject),
        others=[one for one in offered if one.suits is not None],
        marks={lap_id: one.mark for lap_id, one in marked.items()},
        own=sorted(
            [*fastest, *(one.lap for one in marked.values())], key=lambda lap: lap.lap_time_s
        ),  # a slow one must be found to be taken back
        mine=mine,
        lap_time=lap_time,
    )


async def mark_form(request: Request) -> Response:
    """Mark a lap, or change its mark."""
    viewer, database = viewer_of(request).known_id, session_of(request)
    found = await ReferenceRepository(database).lap(id_in(request), viewer)
    if found is None or found[0].user_id != viewer:
        raise NotFound("There is no such lap among yours.")
    lap, _, mark = found
    values = {
        "name": mark.name if mark else f"{lap_time(lap.lap_time_s)} of {lap.driven_at:%d %b %Y}",
        "licence": mark.licence if mark else Licence.PERSONAL.value,
        "visibility": lap.visibility,
    }
    return _form(request, lap, mark, values)


async def mark(request: Request) -> Response:
    """Keep the mark."""
    viewer, database = viewer_of(request).known_id, session_of(request)
    lap_id = id_in(request)
    try:
        given = await read_form(request, MarkForm)
        await service.mark(database, viewer, lap_id, given.name, given.licence, given.visibility)
        if given.choose:
            await service.choose(database, viewer, lap_id)
    except (NotProcessable, Conflict) as error:
        found = await ReferenceRepository(database).lap(lap_id, viewer)
        if found is None or found[0].user_id != viewer:
            raise NotFound("There is no such lap among yours.") from error
        faults = error.faults if isinstance(error, NotProcessable) else {}
        return _form(request, found[0], found[2], await sent(request), faults=faults, message=error.message, status=error.status)
    found = await ReferenceRepository(database).lap(lap_id, viewer)
    assert found is not None
    return RedirectResponse(request.app.url_path_for("references_for", id=found[0].combination_id), 303)


async def unmark(request: Request) -> Response:
    """Take a mark away."""
    await service.unmark(session_of(request), id_in(request), viewer_of(request).known_id)
    return RedirectResponse(request.app.url_path_for("references"), 303)


async def choose(request: Request) -> Response:
    """Be measured against a lap, or against the own fastest again (no lap named)."""
    viewer, database = viewer_of(request).known_id, session_of(request)
    combination = await LapRepository(database).combination(viewer, id_in(request))
    if combination is None:
        raise NotFound("You have no laps of that car and track.")
    track = combination.track
    subject = Subject(track.simulator, track.track_key, combination.car_key, track.simulated)
    if not (await sent(request)).get("lap_id"):
        await ReferenceRepository(database).choose_default(viewer, subject)
    else:
        taken = await service.choose(database, viewer, (await read_form(request, Choice)).lap_id)
        if taken.subject != subject:
            raise Conflict("That lap is of another car or track.")
    return RedirectResponse(request.app.url_path_for("references_for", id=combination.id), 303)


def _form(
    request: Request,
    lap: Any,
    mark: Any,
    values: dict[str, str],
    *,
    faults: dict[str, str] | None = None,
    message: str = "",
    status: int = 200,
) -> Response:
    return render(
        request, "references/mark.html", status=status, lap=lap, mark=mark, values=values, faults=faults or {}, message=message,
        licences=list(Licence), lap_time=lap_time,
    )  # fmt: skip


routes: list[BaseRoute] = [
    GuardedRoute("/references", references, audience=USER, name="references"),
    GuardedRoute("/references/of/{id}", for_combination, audience=USER, name="references_for"),
    GuardedRoute("/references/of/{id}/choose", choose, audience=USER, methods=["POST"], name="choose_reference"),
    GuardedRoute("/references/{id}/unmark", unmark, audience=USER, methods=["POST"], name="unmark_reference"),
    GuardedRoute("/laps/{id}/reference", mark_form, audience=USER, methods=["GET"], name="mark_reference"),
    GuardedRoute("/laps/{id}/reference", mark, audience=USER, methods=["POST"], name="keep_reference"),
]

"""Every route that names an object, with the objects of somebody else: nobody is let in, and nothing of it changes.

It stands here because here is a driver with laps, a reference and a place in an export; `tests/web/test_access.py` is about doors.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from tests.web.exports.conftest import Paddock
from tests.web.people import allow_program, another_browser
from web.access import Door, GuardedRoute
from web.accounts import repository as accounts
from web.app import routes
from web.models.references import ReferenceLap

# Plausible contents, so that a route gets as far as looking for the object.
FORM = {"visibility": "public", "name": "mine now", "licence": "personal", "lap_id": "", "given": "true", "combination": ""}
JSON = {"visibility": "public", "name": "mine now", "licence": "personal"}
REFUSED = {401, 403, 404, 405, 422}
KINDS = ("laps", "drives", "combinations", "tracks", "uploads", "reference_laps", "grants", "browser_sessions", "consent_records")


@pytest.fixture
async def anns(paddock: Paddock) -> dict[str, str]:
    """One object of each kind, all Ann's; and the export that has her laps."""
    async with paddock.database.transaction() as session:
        user = await accounts.user_by_id(session, paddock.ann.id)
        lap_id = await session.scalar(text("SELECT id FROM laps WHERE user_id = :ann AND clean LIMIT 1"), {"ann": paddock.ann.id})
        session.add(ReferenceLap(user_id=paddock.ann.id, lap_id=lap_id, name="best", licence="personal"))
    assert user is not None
    await allow_program(paddock.app, user)
    found = {"exports": (await paddock.make()).id}
    async with paddock.database.transaction() as session:
        for kind in KINDS:
            found[kind] = str(await session.scalar(text(f"SELECT id FROM {kind} WHERE user_id = :ann LIMIT 1"), {"ann": paddock.ann.id}))
    found["laps"] = str(lap_id)
    return found


@pytest.fixture
async def strangers(paddock: Paddock) -> AsyncIterator[dict[str, tuple[httpx.AsyncClient, dict[str, str]]]]:
    """Somebody else by browser and by program, an administrator, and nobody."""
    async with paddock.database.transaction() as session:
        ben = await accounts.user_by_id(session, paddock.ben.id)
    assert ben is not None
    token = await allow_program(paddock.app, ben)
    async with another_browser(paddock.app) as nobody:
        assert paddock.ben.client is not None
        yield {
            "nobody": (nobody, {}),
            "another driver": (paddock.ben.client, {}),
            "another driver's program": (nobody, {"Authorization": f"Bearer {token}"}),
            "an administrator": (paddock.admin, {}),
        }


async def fingerprint(paddock: Paddock) -> dict[str, str]:
    """All rows of Ann's, so that any change shows."""
    async with paddock.database.transaction() as session:
        return {
            kind: str(
                await session.scalar(
                    text(f"SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t.id), '')) FROM {kind} t WHERE user_id = :ann"),
                    {"ann": paddock.ann.id},
                )
            )
            for kind in KINDS
        }


def with_objects() -> list[tuple[GuardedRoute, str]]:
    """Routes whose path names an object by its id."""
    return [
        (route, method)
        for route in routes()
        if isinstance(route, GuardedRoute) and any(name.endswith("id") for name in route.param_convertors)
        for method in sorted((route.methods or {"GET"}) - {"HEAD"})
    ]


def filled(route: GuardedRoute, object_id: str) -> str:
    return route.url_path_for(route.name, **dict.fromkeys(route.param_convertors, uuid.UUID(object_id)))


async def test_objects_of_others_are_neither_seen_nor_changed(
    paddock: Paddock, anns: dict[str, str], strangers: dict[str, tuple[httpx.AsyncClient, dict[str, str]]]
) -> None:
    before, tried, wrong = await fingerprint(paddock), 0, []
    assert len(with_objects()) >= 20
    for route, method in with_objects():
        for kind, object_id in anns.items():
            for name, (client, headers) in strangers.items():
                if name == "an administrator" and route.audience.door is Door.ADMIN:
                    continue  # these are theirs
                content = {"json": JSON} if method in {"PATCH", "PUT"} else {"data": FORM} if method == "POST" else {}
                answer = await client.request(method, filled(route, object_id), headers=headers, **content)  # type: ignore[arg-type]
                sent_away = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
                tried += 1
                if answer.status_code not in REFUSED and not sent_away:
                    wrong.append(f"{method} {route.path} with one of {kind} as {name}: {answer.status_code}")
    assert wrong == []
    assert await fingerprint(paddock) == before
    assert tried > 500


async def test_the_same_addresses_work_for_their_owner(paddock: Paddock, anns: dict[str, str]) -> None:
    """So the test above knocks at doors that open: each page or document with an id shows Ann one of her objects."""
    assert paddock.ann.client is not None
    for route, method in with_objects():
        if method != "GET" or route.audience.door is Door.ADMIN:
            continue
        answers = [(await paddock.ann.client.get(filled(route, object_id))).status_code for object_id in anns.values()]
        assert 200 in answers, (route.path, answers)

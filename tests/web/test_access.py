"""Every route as stranger, as two users, as administrator, as programs: what its audience says is what happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.web.people import allow_program, another_browser, make_user, sign_in
from web.access import ALL_SCOPES, Door, GuardedRoute, Viewer, safe_next
from web.app import routes
from web.database import Database
from web.models.accounts import User
from web.settings import Settings

# Paths that the whole service shares and that show nothing of anybody; everything else is guarded.
OPEN_MOUNTS = {"/static"}
# What stands for the parameters of a path: nobody's object, so whoever is admitted is told that it is not there.
PARAMETERS = {"provider": "nobody"}


def guarded() -> list[GuardedRoute]:
    return [route for route in routes() if isinstance(route, GuardedRoute)]


def calls() -> list[tuple[GuardedRoute, str]]:
    return [(route, method) for route in guarded() for method in sorted((route.methods or set()) - {"HEAD"})]


def test_every_route_declares_its_audience() -> None:
    others = [route for route in routes() if not isinstance(route, GuardedRoute)]
    assert {route.path for route in others if isinstance(route, Mount)} <= OPEN_MOUNTS
    assert [route for route in others if not isinstance(route, Mount)] == []
    assert [route.path for route in guarded() if route.audience.door is Door.PROGRAM and route.audience.scope is None] == []
    assert [route.path for route in guarded() if route.path.startswith("/api/") and route.audience.door is Door.USER] == []


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who tries every door."""

    name: str
    client: httpx.AsyncClient
    headers: dict[str, str]
    viewer: Viewer


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Six visitors at every door are more requests in a minute than one address may make."""
    return settings.model_copy(update={"requests_per_minute": 100_000})


@pytest.fixture
async def visitors(app: Starlette, client: httpx.AsyncClient, database: Database) -> AsyncIterator[list[Visitor]]:
    ann, chief = await make_user(database), await make_user(database, "chief@example.org", admin=True)
    narrow, wide = await allow_program(app, ann, ["laps:read"]), await allow_program(app, chief)
    async with another_browser(app) as anns, another_browser(app) as chiefs:
        await sign_in(app, anns, ann)
        await sign_in(app, chiefs, chief)
        yield [
            Visitor("stranger", client, {}, Viewer()),
            Visitor("forged token", client, {"Authorization": "Bearer forged"}, Viewer()),
            Visitor("user", anns, {}, Viewer(ann.id, browser_session_id=uuid4())),
            Visitor("administrator", chiefs, {}, Viewer(chief.id, is_admin=True, browser_session_id=uuid4())),
            Visitor(
                "program with one scope",
                client,
                {"Authorization": f"Bearer {narrow}"},
                Viewer(ann.id, scopes=frozenset({"laps:read"}), grant_id=uuid4()),
            ),
            Visitor(
                "program of an administrator",
                client,
                {"Authorization": f"Bearer {wide}"},
                Viewer(chief.id, scopes=ALL_SCOPES, grant_id=uuid4()),
            ),
        ]


def filled(path: str) -> str:
    """The path with its parameters filled in by what belongs to nobody."""
    parts = []
    for part in path.split("/"):
        name = part.strip("{}").partition(":")[0] if part.startswith("{") else ""
        parts.append(PARAMETERS.get(name, str(uuid4())) if name else part)
    return "/".join(parts)


def was_shut_out(answer: httpx.Response) -> bool:
    """Sent to sign in, or refused as nobody or as somebody who may not."""
    return answer.status_code in {401, 403} or (answer.status_code == 303 and answer.headers["location"].startswith("/sign-in?next="))


async def test_each_route_admits_its_audience_and_nobody_else(app: Starlette, visitors: list[Visitor], database: Database) -> None:
    wrong = []
    for route, method in calls():
        if route.name in {"sign_out", "sign_out_everywhere"}:  # they admit, and then the visitor is gone; tried last, below
            continue
        for visitor in visitors:
            answer = await visitor.client.request(method, filled(route.path), headers=visitor.headers)
            expected = not route.audience.admits(visitor.viewer)
            if was_shut_out(answer) != expected or answer.status_code >= 500:
                wrong.append(f"{method} {route.path} as {visitor.name}: {answer.status_code}")
    assert not wrong
    for path in ("/sign-out", "/sign-out-everywhere"):
        for visitor in visitors:
            if not visitor.viewer.in_browser:
                assert was_shut_out(await visitor.client.post(f"/account{path}" if "every" in path else path, headers=visitor.headers))


async def test_asking_for_headers_only_changes_nothing_and_answers_as_a_page_does(visitors: list[Visitor], database: Database) -> None:
    """HEAD comes with every GET: an endpoint that took it for a form would delete the account of somebody who has no password."""
    user = visitors[2]
    async with database.transaction() as session:
        await session.execute(update(User).values(password_hash=None))
    for route, method in calls():
        if method == "GET":
            path = filled(route.path)
            head, get = await user.client.head(path), await user.client.get(path)
            assert head.status_code == get.status_code, path
            assert head.content == b""
    async with database.transaction() as session:
        assert len(list(await session.scalars(select(User)))) == 2


async def test_who_is_shut_out_is_told_how_to_get_in(visitors: list[Visitor]) -> None:
    stranger, forged, user, _chief, narrow, _wide = visitors
    page = await stranger.client.get("/account?tab=1")
    assert page.headers["location"] == "/sign-in?next=%2Faccount%3Ftab%3D1"
    assert (await stranger.client.post("/account/name", data={"name": "x"})).status_code == 401
    assert (await stranger.client.get("/api/v1/me")).headers["www-authenticate"] == "Bearer"
    assert (await forged.client.get("/api/v1/me", headers=forged.headers)).headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert (await user.client.get("/admin")).status_code == 403
    problem = await narrow.client.get("/api/v1/me", headers=narrow.headers)
    assert (problem.status_code, problem.headers["content-type"]) == (403, "application/problem+json")


def test_the_way_after_signing_in_stays_on_this_site() -> None:
    for good in ("/", "/laps?sort=time#top", "/ü"):
        assert safe_next(good) == good
    for bad in ("", None, "laps", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/a\\b"):
        assert safe_next(bad) == "/"

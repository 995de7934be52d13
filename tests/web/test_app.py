"""The application as a whole: it starts on the embedded database and answers."""

from __future__ import annotations

import httpx
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.web.conftest import running
from web.app import create_app
from web.database import Database, keep_changes, session_of
from web.errors import NotFound
from web.settings import Settings


async def test_front_page_is_a_page_with_our_look(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.status_code == 200
    assert "Racing Coach" in answer.text
    look = await client.get(answer.text.split('href="/static/look.css')[1].split('"')[0].join(["/static/look.css", ""]))
    assert "--gaining" in look.text
    assert look.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_unknown_address_is_a_page_for_people_and_a_problem_for_programs(client: httpx.AsyncClient) -> None:
    page = await client.get("/nothing")
    problem = await client.get("/api/v1/nothing")
    assert page.status_code == problem.status_code == 404
    assert "There is nothing here." in page.text
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == 404


async def write_then(request: Request) -> Response:
    await session_of(request).execute(text("INSERT INTO notes VALUES (:word)"), {"word": request.path_params["how"]})
    match request.path_params["how"]:
        case "fail":
            raise NotFound("No such lap.")
        case "crash":
            raise ZeroDivisionError("secret inside")
        case "keep":
            keep_changes(request)
            raise NotFound("No such lap.")
    return PlainTextResponse("done")


async def test_request_is_one_transaction(settings: Settings, database_url: str, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE notes (word text)"))
    app: Starlette = create_app(settings, database_url)
    app.router.routes.append(Route("/write/{how}", write_then))

    async with running(app) as client:
        statuses = {how: (await client.get(f"/write/{how}")).status_code for how in ("succeed", "fail", "crash", "keep")}

    async with database.transaction() as session:
        kept = set(await session.scalars(text("SELECT word FROM notes")))
    assert statuses == {"succeed": 200, "fail": 404, "crash": 500, "keep": 404}
    assert kept == {"succeed", "keep"}

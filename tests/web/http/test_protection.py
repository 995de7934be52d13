"""What every request passes: headers, origin, size, frequency, errors that say nothing about our insides."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.web.conftest import running
from web.app import create_app
from web.http.headers import CONTENT_SECURITY_POLICY
from web.settings import Settings

TEMPLATES = Path(__file__).parents[3] / "templates"


async def change(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def crash(request: Request) -> Response:
    raise RuntimeError("the password is hunter2")


ROUTES = [
    Route("/change", change, methods=["POST"]),
    Route("/api/v1/change", change, methods=["POST"]),
    Route("/takes-files", change, methods=["POST"], max_body_size=1_000_000),
    Route("/crash", crash),
    Route("/api/v1/crash", crash),
]


def app_with(settings: Settings, url: str):
    app = create_app(settings, url)
    app.router.routes.extend(ROUTES)
    return app


@pytest.mark.parametrize("path", ["/", "/nothing", "/static/site.css", "/crash", "/healthz"])
async def test_every_answer_is_protected(settings: Settings, database_url: str, path: str) -> None:
    async with running(app_with(settings, database_url)) as client:
        headers = (await client.get(path)).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert len(headers["x-request-id"]) == 16
    assert "server" not in headers


def test_no_template_has_anything_inline() -> None:
    """The policy would refuse it: script without src, style elements and attributes, handlers."""
    import re

    wrong = [
        f"{path.name}: {found[0]}"
        for path in TEMPLATES.rglob("*.html")
        if "email" not in path.parts
        for found in re.finditer(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", path.read_text(encoding="utf-8"))
        if 'type="application/json"' not in found[0]
    ]
    assert not wrong


async def test_https_site_says_so_to_browsers(settings: Settings, database_url: str) -> None:
    async with running(create_app(settings.model_copy(update={"public_url": "https://coach.test"}), database_url)) as client:
        assert "max-age=31536000" in (await client.get("/")).headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://coach.test"}, False),
        ({"Origin": "http://coach.test"}, True),
        ({"Origin": "http://evil.test"}, False),
        ({"Origin": "null"}, False),
        ({}, True),  # a program
    ],
)
async def test_only_our_own_pages_and_programs_change_anything(
    settings: Settings, database_url: str, headers: dict[str, str], allowed: bool
) -> None:
    async with running(app_with(settings, database_url)) as client:
        answer = await client.post("/change", headers=headers)
    assert answer.status_code == (200 if allowed else 403)


async def test_listed_origin_may_call_the_api_and_nothing_else(settings: Settings, database_url: str) -> None:
    listed = {"Origin": "https://league.test", "Sec-Fetch-Site": "cross-site"}
    async with running(app_with(settings.model_copy(update={"cors_origins": ("https://league.test",)}), database_url)) as client:
        api, page = await client.post("/api/v1/change", headers=listed), await client.post("/change", headers=listed)
        stranger = await client.post("/api/v1/change", headers={**listed, "Origin": "https://evil.test"})
        asked = await client.options("/api/v1/change", headers={**listed, "Access-Control-Request-Method": "POST"})
    assert (api.status_code, page.status_code, stranger.status_code) == (200, 403, 403)
    assert api.headers["access-control-allow-origin"] == asked.headers["access-control-allow-origin"] == "https://league.test"
    assert "access-control-allow-origin" not in page.headers
    assert "access-control-allow-credentials" not in api.headers


async def test_nobody_elses_script_by_default(settings: Settings, database_url: str) -> None:
    async with running(app_with(settings, database_url)) as client:
        answer = await client.get("/api/v1/nothing", headers={"Origin": "https://league.test"})
    assert "access-control-allow-origin" not in answer.headers


async def test_body_is_limited_whether_or_not_it_says_its_size(settings: Settings, database_url: str) -> None:
    async def chunks():
        for _ in range(40):
            yield b"x" * 10_000

    async with running(app_with(settings, database_url)) as client:
        told = await client.post("/change", content=b"x" * 300_000)
        untold = await client.post("/api/v1/change", content=chunks())
        upload = await client.post("/takes-files", content=b"x" * 900_000)
        too_large = await client.post("/takes-files", content=b"x" * 1_100_000)
    assert (told.status_code, untold.status_code, upload.status_code, too_large.status_code) == (413, 413, 200, 413)
    assert "That is too large." in told.text
    assert untold.json()["status"] == 413


async def test_too_many_requests_are_told_when_to_come_again(settings: Settings, database_url: str) -> None:
    async with running(create_app(settings.model_copy(update={"requests_per_minute": 3}), database_url)) as client:
        answers = [await client.get("/") for _ in range(4)]
        free = await client.get("/static/site.css")
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert free.status_code == 200


@pytest.mark.parametrize("path", ["/crash", "/api/v1/crash"])
async def test_fault_of_ours_tells_a_number_and_nothing_else(settings: Settings, database_url: str, path: str) -> None:
    async with running(app_with(settings, database_url)) as client:
        answer = await client.get(path)
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert not any(word in answer.text for word in ("hunter2", "RuntimeError", "Traceback", "starlette"))


async def test_database_that_is_away_is_said_and_comes_again(settings: Settings, database_url: str) -> None:
    from web.database import session_of

    async def ask(request: Request) -> Response:
        from sqlalchemy import text

        await session_of(request).execute(text("SELECT 1"))
        return PlainTextResponse("here")

    app = create_app(settings, database_url.rsplit(":", 1)[0] + ":1/postgres")
    app.router.routes.append(Route("/ask", ask))
    async with running(app) as client:
        answer, alive, ready = await client.get("/ask"), await client.get("/healthz"), await client.get("/readyz")
    assert (answer.status_code, alive.status_code, ready.status_code) == (503, 200, 503)
    assert answer.headers["retry-after"] == "2"


async def test_ready_once_the_tables_are_there(client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).text == "ready"

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import uvicorn
from playwright.async_api import expect
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.web.browsing import chromium, serving
from tests.web.people import another_browser, mails, make_user, sign_in
from tests.web.ports import free_port
from web.consent.texts import Kind, current
from web.database import Database
from web.models.accounts import BrowserSession, Identity, User
from web.settings import OpenIdProvider, Settings

PEOPLE = [
    {"sub": "ann-1", "email": "ann@example.org", "email_verified": True, "name": "Ann at the league"},
    {"sub": "bob-2", "email": "bob@example.org", "email_verified": False, "name": "Bob"},
]


def wait_until_it_answers(url: str) -> None:
    for _ in range(200):
        try:
            httpx.get(url, timeout=2)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"{url} does not answer")


@pytest.fixture(scope="module")
def league() -> Iterator[str]:
    """A real OpenID provider in a process of its own."""
    port = free_port()
    claims = [part for person in PEOPLE for part in ("--user-claims", json.dumps(person))]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", *claims]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_it_answers(f"http://localhost:{port}/.well-known/openid-configuration")
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


async def discord_authorize(request: Request) -> Response:
    asked = request.query_params
    assert asked["code_challenge_method"] == "S256"
    return RedirectResponse(f"{asked['redirect_uri']}?code=of-{request.headers['x-user']}&state={asked['state']}")


async def discord_token(request: Request) -> Response:
    form = await request.form()
    assert len(str(form["code_verifier"])) >= 43
    return JSONResponse({"access_token": str(form["code"]).removeprefix("of-"), "token_type": "Bearer", "scope": "identify email"})


async def discord_user(request: Request) -> Response:
    match request.headers["authorization"].removeprefix("Bearer "):
        case "verified":
            return JSONResponse(
                {"id": "80351110224678912", "username": "nelly", "global_name": "Нелли", "email": "Nelly@example.org", "verified": True}
            )
        case "unverified":
            return JSONResponse(
                {"id": "80351110224678913", "username": "mallory", "global_name": None, "email": "ann@example.org", "verified": False}
            )
    return JSONResponse({"message": "401: Unauthorized"}, 401)


@pytest.fixture(scope="module")
def discord() -> Iterator[str]:
    """What we call of Discord, on a port of its own."""
    routes = [
        Route("/oauth2/authorize", discord_authorize),
        Route("/api/oauth2/token", discord_token, methods=["POST"]),
        Route("/api/users/@me", discord_user),
    ]
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=port, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until_it_answers(f"http://127.0.0.1:{port}/")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def settings(settings: Settings, league: str, discord: str) -> Settings:
    provider = OpenIdProvider(name="league", title="Our league", issuer=league, client_id="racing-coach", client_secret="of the league")
    return settings.model_copy(update={"oidc_providers": (provider,), "discord_client_id": "77", "discord_url": discord})


def address_in(page: httpx.Response) -> str:
    """Where the page sends the browser."""
    assert page.status_code == 200, page.text
    return unescape(page.text.partition('content="0; url=')[2].partition('"')[0])


async def at_the_league(address: str, who: str) -> str:
    """Choose a person on the provider's page; the way back, as a path."""
    async with httpx.AsyncClient() as there:
        answer = await there.post(address, data={"sub": who})
    return answer.headers["location"].removeprefix("http://coach.test")


async def through_the_league(client: httpx.AsyncClient, who: str, target: str = "/account") -> httpx.Response:
    begun = await client.post("/sign-in/with/league", data={"next": target})
    return await client.get(await at_the_league(address_in(begun), who))


async def through_discord(client: httpx.AsyncClient, who: str) -> httpx.Response:
    begun = await client.post("/sign-in/with/discord", data={})
    async with httpx.AsyncClient() as there:
        answer = await there.get(address_in(begun), headers={"X-User": who})
    return await client.get(answer.headers["location"].removeprefix("http://coach.test"))


async def finish(client: httpx.AsyncClient, page: httpx.Response, provider: str = "league", **fields: str) -> httpx.Response:
    token = page.text.partition('name="token" value="')[2].partition('"')[0]
    versions = {"terms_version": current(Kind.TERMS).version, "telemetry_version": current(Kind.TELEMETRY).version}
    return await client.post(f"/sign-in/with/{provider}/finish", data={"token": token, "name": "Ann", **versions, **fields})


async def test_somebody_new_decides_about_consent_and_is_in(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    page = await through_the_league(client, "ann-1")
    assert 'value="Ann at the league"' in page.text
    assert "checked" not in page.text.partition('id="share_telemetry"')[2].partition(">")[0]
    assert (await finish(client, page)).headers["location"] == "/welcome"
    assert (await finish(client, page)).status_code == 404  # a second tab
    async with database.transaction() as session:
        user = await session.scalar(select(User))
    assert user is not None
    assert (user.email, user.password_hash) == ("ann@example.org", None)
    async with another_browser(app) as second:
        again = await through_the_league(second, "ann-1")
        assert (again.status_code, again.headers["location"]) == (303, "/account")
        assert "Our league" in (await second.get("/account")).text


async def test_discord_opens_an_account_for_an_address_it_vouches_for(client: httpx.AsyncClient, database: Database) -> None:
    page = await through_discord(client, "verified")
    assert 'value="Нелли"' in page.text
    assert (await finish(client, page, "discord", name="Нелли")).headers["location"] == "/welcome"
    async with database.transaction() as session:
        assert await session.scalar(select(User.email)) == "nelly@example.org"


async def test_an_account_is_not_handed_over_because_an_address_agrees(client: httpx.AsyncClient, database: Database) -> None:
    await make_user(database, "ann@example.org")
    for answer in (
        await through_the_league(client, "ann-1"),
        await through_discord(client, "unverified"),
        await through_the_league(client, "bob-2"),
    ):
        assert answer.status_code == 409
    async with database.transaction() as session:
        assert list(await session.scalars(select(BrowserSession))) == list(await session.scalars(select(Identity))) == []


async def test_its_owner_connects_and_disconnects_a_provider(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    user = await make_user(database, "ann@example.org")
    await sign_in(app, client, user)
    assert (await through_the_league(client, "bob-2")).headers["location"] == "/account"
    async with another_browser(app) as second:
        assert (await through_the_league(second, "bob-2")).headers["location"] == "/account"
        assert "ann@example.org" in (await second.get("/account")).text
        await sign_in(app, second, await make_user(database, "carl@example.org"))
        taken = await through_the_league(second, "bob-2")
        assert taken.status_code == 409
    async with database.transaction() as session:
        identity = await session.scalar(select(Identity.id))
    assert [mail["Subject"] for mail in await mails(app)] == ["Our league opens your account now"]
    assert (await client.post(f"/account/providers/{identity}/disconnect")).status_code == 303
    async with database.transaction() as session:
        assert list(await session.scalars(select(Identity))) == []


async def test_the_only_way_in_cannot_be_disconnected(client: httpx.AsyncClient, database: Database) -> None:
    await finish(client, await through_the_league(client, "ann-1"))
    async with database.transaction() as session:
        identity = await session.scalar(select(Identity.id))
    answer = await client.post(f"/account/providers/{identity}/disconnect")
    assert (answer.status_code, "Set a password first" in answer.text) == (409, True)


async def test_the_way_back_is_good_once_in_the_browser_where_it_began(app: Starlette, client: httpx.AsyncClient) -> None:
    begun = await client.post("/sign-in/with/league", data={})
    way_back = await at_the_league(address_in(begun), "ann-1")
    async with another_browser(app) as victim:  # an attacker's link would sign the victim into the attacker's account
        assert (await victim.get(way_back)).status_code == 404
    cookie = {"Cookie": f"provider-state={parse_qs(urlsplit(way_back).query)['state'][0]}"}
    assert (await client.get(way_back)).status_code == 200
    assert (await client.get(way_back, headers=cookie)).status_code == 404
    assert (await client.get("/sign-in/with/league/back?state=&code=x")).status_code == 404


async def test_who_cancels_there_is_back_at_the_sign_in_page(client: httpx.AsyncClient) -> None:
    begun = await client.post("/sign-in/with/league", data={})
    state = parse_qs(urlsplit(address_in(begun)).query)["state"][0]
    answer = await client.get(f"/sign-in/with/league/back?error=access_denied&state={state}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


async def test_a_code_that_the_provider_does_not_know_signs_nobody_in(client: httpx.AsyncClient) -> None:
    for name in ("league", "discord"):
        begun = await client.post(f"/sign-in/with/{name}", data={})
        state = parse_qs(urlsplit(address_in(begun)).query)["state"][0]
        answer = await client.get(f"/sign-in/with/{name}/back?code=forged&state={state}")
        assert answer.status_code == 502
        assert "did not say who you are" in answer.text


async def test_a_provider_that_is_away_is_said_so(app: Starlette, client: httpx.AsyncClient) -> None:
    away = OpenIdProvider(name="away", title="Our club", issuer="http://127.0.0.1:9", client_id="x", client_secret="y")
    app.state.settings = app.state.settings.model_copy(update={"oidc_providers": (away,)})
    answer = await client.post("/sign-in/with/away", data={})
    assert (answer.status_code, "Our club does not answer" in answer.text) == (502, True)
    assert (await client.post("/sign-in/with/nobody", data={})).status_code == 404


@pytest.mark.parametrize("way", ["out", "back"])
async def test_who_waits_for_a_provider_holds_no_connection(
    app: Starlette, client: httpx.AsyncClient, database: Database, way: str
) -> None:
    go_on, asked = asyncio.Event(), asyncio.Event()

    async def take_time(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await go_on.wait()
        writer.close()

    await sign_in(app, client, await make_user(database))
    server = await asyncio.start_server(take_time, "127.0.0.1", 0)
    slow = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    provider = OpenIdProvider(name="slow", title="Our club", issuer=slow, client_id="x", client_secret="y")
    app.state.settings = app.state.settings.model_copy(update={"oidc_providers": (provider,), "discord_url": slow})
    if way == "out":
        going = client.post("/sign-in/with/slow", data={})
    else:
        state = parse_qs(urlsplit(address_in(await client.post("/sign-in/with/discord", data={}))).query)["state"][0]
        going = client.get(f"/sign-in/with/discord/back?code=x&state={state}")
    waiting = asyncio.create_task(going)
    await asyncio.wait_for(asked.wait(), 10)
    held = app.state.database.engine.pool.checkedout()
    go_on.set()
    answer = await waiting
    server.close()
    assert held == 0
    assert answer.status_code == 502


async def test_the_buttons_are_there_only_when_a_provider_is(app: Starlette, client: httpx.AsyncClient) -> None:
    page = (await client.get("/sign-in")).text
    assert "Sign in with Discord" in page
    assert "Sign in with Our league" in page
    app.state.settings = app.state.settings.model_copy(update={"oidc_providers": (), "discord_client_id": ""})
    assert "Sign in with" not in (await client.get("/sign-in")).text


async def test_a_browser_gets_there_and_back_within_the_content_security_policy(
    settings: Settings, database_url: str, database: Database
) -> None:
    async with serving(settings, database_url) as origin, chromium() as browser:
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None)
        await page.goto(f"{origin}/sign-in")
        await page.get_by_role("button", name="Sign in with Our league").click()
        await page.get_by_role("button", name="ann-1").click()
        await page.get_by_role("button", name="Register").click()
        await expect(page.get_by_role("heading", name="Welcome, Ann at the league")).to_be_visible()
        assert complaints == []

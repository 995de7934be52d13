from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest
from sqlalchemy import update
from starlette.applications import Starlette

from tests.web.people import PASSWORD, allow_program, another_browser, make_user, sign_in
from web.database import Database
from web.models.accounts import DeviceSignIn, Grant, User
from web.models.base import now

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


async def start(client: httpx.AsyncClient, **fields: str) -> dict[str, Any]:
    answer = await client.post("/api/v1/auth/device", data={"client_name": "Overlay on SIM-PC"} | fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def poll(client: httpx.AsyncClient, device_code: str) -> tuple[int, dict[str, Any]]:
    answer = await client.post("/api/v1/auth/token", data={"grant_type": DEVICE_GRANT, "device_code": device_code})
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, answer.json()


async def refresh(client: httpx.AsyncClient, token: str) -> tuple[int, dict[str, Any]]:
    answer = await client.post("/api/v1/auth/token", data={"grant_type": "refresh_token", "refresh_token": token})
    return answer.status_code, answer.json()


async def password_grant(client: httpx.AsyncClient, **fields: str) -> tuple[int, dict[str, Any]]:
    data = {"grant_type": "password", "username": "ann@example.org", "password": PASSWORD} | fields
    answer = await client.post("/api/v1/auth/token", json=data)
    return answer.status_code, answer.json()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def later(database: Database, **seconds: float) -> None:
    """As if time had passed for everything that waits or was granted."""
    async with database.transaction() as session:
        for field, model in (("polled_at", DeviceSignIn), ("expires_at", DeviceSignIn), ("refreshed_at", Grant)):
            if field in seconds:
                await session.execute(update(model).values({field: getattr(model, field) - timedelta(seconds=seconds[field])}))


class TestDeviceFlow:
    async def test_code_shown_confirmed_in_the_browser_gives_tokens_once(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        await sign_in(app, client, await make_user(database))
        async with another_browser(app) as overlay:
            started = await start(overlay, scope="laps:read laps:write profile")
            assert started["verification_uri"] == "http://coach.test/device"
            assert started["verification_uri_complete"] == f"http://coach.test/device?code={started['user_code']}"
            assert await poll(overlay, started["device_code"]) == (400, {"error": "authorization_pending"})
            page = await client.get("/device", params={"code": started["user_code"].lower()})
            assert "Overlay on SIM-PC" in page.text
            assert "send, change and delete your laps" in page.text
            assert "It is in" in (await client.post("/device", data={"code": started["user_code"], "decision": "allow"})).text
            await later(database, polled_at=6)
            status, tokens = await poll(overlay, started["device_code"])
            assert (status, tokens["token_type"], tokens["scope"]) == (200, "Bearer", "laps:read laps:write profile")
            assert (await overlay.get("/api/v1/me", headers=bearer(tokens["access_token"]))).json()["email"] == "ann@example.org"
            assert await poll(overlay, started["device_code"]) == (400, {"error": "invalid_grant"})

    async def test_who_polls_too_fast_is_slowed_down_each_time(self, client: httpx.AsyncClient, database: Database) -> None:
        started = await start(client)
        outcomes = []
        for pause_s in (0, 1, 6, 11):  # the interval is 5 s, then 10 s, then 15 s
            await later(database, polled_at=pause_s)
            outcomes.append((await poll(client, started["device_code"]))[1]["error"])
        assert outcomes == ["authorization_pending", "slow_down", "slow_down", "slow_down"]
        await later(database, polled_at=21)
        assert (await poll(client, started["device_code"]))[1]["error"] == "authorization_pending"

    async def test_a_refused_program_is_told_once(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        await sign_in(app, client, await make_user(database))
        started = await start(client)
        assert "stays out" in (await client.post("/device", data={"code": started["user_code"], "decision": "deny"})).text
        assert [(await poll(client, started["device_code"]))[1]["error"] for _ in range(2)] == ["access_denied", "invalid_grant"]

    async def test_a_code_ends_after_ten_minutes_on_both_sides(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        await sign_in(app, client, await make_user(database))
        started = await start(client)
        await later(database, expires_at=601)
        assert (await poll(client, started["device_code"]))[1]["error"] == "expired_token"
        for answer in (
            await client.get("/device", params={"code": started["user_code"]}),
            await client.post("/device", data={"code": started["user_code"], "decision": "allow"}),
        ):
            assert answer.status_code == 404
            assert "No program waits under this code" in answer.text

    async def test_two_tabs_decide_once(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        await sign_in(app, client, await make_user(database))
        started = await start(client)
        answers = [await client.post("/device", data={"code": started["user_code"], "decision": choice}) for choice in ("allow", "deny")]
        assert [answer.status_code for answer in answers] == [200, 404]
        assert (await poll(client, started["device_code"]))[0] == 200

    async def test_codes_are_not_guessed(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        await sign_in(app, client, await make_user(database))
        statuses = [(await client.get("/device", params={"code": "BCDFGHJK"})).status_code for _ in range(11)]
        assert statuses == [404] * 10 + [429]

    async def test_what_a_program_calls_itself_cannot_pretend(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        await sign_in(app, client, await make_user(database))
        started = await start(client, client_name="\u202eevil\u0000 <script>alert(1)</script>".replace("\u0000", ""))
        page = (await client.get("/device", params={"code": started["user_code"]})).text
        assert "\u202e" not in page
        assert "<script>alert" not in page

    async def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_the_code(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/device?code=BCDF-GHJK")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fdevice%3Fcode%3DBCDF-GHJK")

    async def test_unknown_scopes_and_broken_bodies_are_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/api/v1/auth/device", data={"scope": "everything"})).status_code == 422
        for body in (b"[]", b"{", b'"x"', b"[" * 100_000, b"\xff"):
            answer = await client.post("/api/v1/auth/device", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"


class TestTokens:
    async def test_a_refresh_token_is_replaced_at_each_use(self, client: httpx.AsyncClient, database: Database) -> None:
        await make_user(database)
        _, first = await password_grant(client)
        status, second = await refresh(client, first["refresh_token"])
        assert status == 200
        assert second["refresh_token"] != first["refresh_token"]
        assert (await refresh(client, second["refresh_token"]))[0] == 200

    async def test_an_answer_that_got_lost_does_not_sign_out(self, client: httpx.AsyncClient, database: Database) -> None:
        await make_user(database)
        _, first = await password_grant(client)
        await refresh(client, first["refresh_token"])
        outcomes = await asyncio.gather(*[refresh(client, first["refresh_token"]) for _ in range(3)])
        assert {status for status, _ in outcomes} == {200}
        assert len({tokens["refresh_token"] for _, tokens in outcomes}) == 1
        assert (await refresh(client, outcomes[0][1]["refresh_token"]))[0] == 200

    async def test_a_refresh_token_in_two_hands_ends_the_grant(self, client: httpx.AsyncClient, database: Database) -> None:
        await make_user(database)
        _, first = await password_grant(client)
        _, second = await refresh(client, first["refresh_token"])
        await later(database, refreshed_at=61)
        assert await refresh(client, first["refresh_token"]) == (400, {"error": "invalid_grant", "error_description": "Sign in again."})
        assert (await refresh(client, second["refresh_token"]))[0] == 400
        assert (await client.get("/api/v1/me", headers=bearer(second["access_token"]))).status_code == 401

    async def test_a_thief_who_renewed_twice_is_found_out_by_the_owners_older_token(
        self, client: httpx.AsyncClient, database: Database
    ) -> None:
        await make_user(database)
        _, stolen = await password_grant(client)
        _, second = await refresh(client, stolen["refresh_token"])
        _, third = await refresh(client, second["refresh_token"])
        for made_up in ("f" * 32 + stolen["refresh_token"][32:], stolen["refresh_token"][:32] + "x" * 70, stolen["refresh_token"][:32]):
            assert (await refresh(client, made_up))[0] == 400
        assert (await client.get("/api/v1/me", headers=bearer(third["access_token"]))).status_code == 200
        assert (await refresh(client, stolen["refresh_token"]))[0] == 400
        assert (await refresh(client, third["refresh_token"]))[0] == 400
        assert (await client.get("/api/v1/me", headers=bearer(third["access_token"]))).status_code == 401

    async def test_ending_a_program_counts_at_its_next_request(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        user = await make_user(database)
        token = await allow_program(app, user)
        await sign_in(app, client, user)
        async with another_browser(app) as overlay:
            assert (await overlay.get("/api/v1/me", headers=bearer(token))).status_code == 200
            page = (await client.get("/account")).text
            await client.post(page.partition('action="/account/programs/')[2].partition('"')[0].join(["/account/programs/", ""]))
            answer = await overlay.get("/api/v1/me", headers=bearer(token))
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
            assert answer.json()["detail"].startswith("Sign in first")

    async def test_a_program_signs_itself_out_and_unknown_tokens_are_no_error(self, client: httpx.AsyncClient, database: Database) -> None:
        await make_user(database)
        _, tokens = await password_grant(client)
        for token in (tokens["refresh_token"], tokens["refresh_token"], "unknown"):
            assert (await client.post("/api/v1/auth/revoke", data={"token": token})).status_code == 200
        assert (await refresh(client, tokens["refresh_token"]))[0] == 400

    async def test_a_token_for_one_scope_opens_no_other(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        user = await make_user(database)
        answer = await client.get("/api/v1/me", headers=bearer(await allow_program(app, user, ["laps:read"])))
        assert answer.status_code == 403

    async def test_a_token_cannot_widen_what_its_grant_allows(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        user = await make_user(database)
        narrow = await allow_program(app, user, ["laps:read"])
        claims = app.state.accounts.access_tokens.read(narrow)
        wide = app.state.accounts.access_tokens.issue(claims.user_id, claims.grant_id, ["profile"])
        assert (await client.get("/api/v1/me", headers=bearer(wide))).status_code == 403

    async def test_a_program_does_not_get_into_pages(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        token = await allow_program(app, await make_user(database, admin=True))
        for page in ("/account", "/privacy", "/admin"):
            assert (await client.get(page, headers=bearer(token))).status_code == 403


class TestPasswordGrant:
    async def test_e_mail_and_password_give_a_script_its_tokens(self, client: httpx.AsyncClient, database: Database) -> None:
        await make_user(database)
        status, tokens = await password_grant(client, scope="laps:read", client_name="backup.py")
        assert (status, tokens["scope"], tokens["expires_in"]) == (200, "laps:read", 600)

    async def test_with_a_second_factor_it_takes_the_code(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        user = await make_user(database)
        secret = pyotp.random_base32()
        async with database.transaction() as session:
            await session.execute(
                update(User).where(User.id == user.id).values(totp_secret=app.state.accounts.seal(secret), totp_confirmed_at=now())
            )
        assert (await password_grant(client))[1]["error"] == "invalid_grant"
        code = pyotp.TOTP(secret).now()
        at_once = await asyncio.gather(*[password_grant(client, code=code) for _ in range(3)])
        assert sorted(status for status, _ in at_once) == [200, 400, 400]

    async def test_wrong_password_and_unknown_address_get_the_same_answer(self, client: httpx.AsyncClient, database: Database) -> None:
        await make_user(database)
        wrong = await password_grant(client, password="not the password")
        assert wrong == await password_grant(client, username="bob@example.org")
        assert wrong[0] == 400

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"grant_type": "magic"}, "unsupported_grant_type"),
            ({"grant_type": "refresh_token"}, "invalid_request"),
            ({"grant_type": DEVICE_GRANT}, "invalid_request"),
            ({"username": "no address"}, "invalid_request"),
            ({"scope": "all"}, "invalid_request"),
        ],
    )
    async def test_requests_that_make_no_sense(self, client: httpx.AsyncClient, fields: dict[str, str], error: str) -> None:
        status, answer = await password_grant(client, **fields)
        assert (status, answer["error"]) == (400, error)

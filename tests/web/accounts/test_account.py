from __future__ import annotations

from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette

from tests.web.accounts.test_programs import poll, start
from tests.web.people import PASSWORD, allow_program, another_browser, link_in, mails, make_user, sign_in
from web.database import Database
from web.models.accounts import BrowserSession, Grant, Identity, RecoveryCode, User
from web.models.audit import AuditEvent
from web.models.base import now
from web.models.consent import ConsentRecord

NEW = "later still into three"


async def test_the_page_shows_what_is_signed_in(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    user = await make_user(database, name="Jörg <b>")
    await sign_in(app, client, user)
    await allow_program(app, user)
    page = (await client.get("/account")).text
    for words in ("Jörg &lt;b&gt;", "ann@example.org", "Overlay of a test", "Firefox on Linux", "this one"):
        assert words in page


async def test_another_name_takes_effect_at_once(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    await sign_in(app, client, await make_user(database))
    assert (await client.post("/account/name", data={"name": " "})).status_code == 422
    await client.post("/account/name", data={"name": "  Анна   К. "})
    assert "Анна К." in (await client.get("/account")).text


class TestPassword:
    async def test_changing_it_takes_the_old_one_and_signs_other_browsers_out(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        user = await make_user(database)
        await sign_in(app, client, user)
        async with another_browser(app) as other:
            await sign_in(app, other, user)
            wrong = await client.post("/account/password", data={"current_password": "not the password", "password": NEW})
            assert (wrong.status_code, "This is not your password" in wrong.text) == (422, True)
            done = await client.post("/account/password", data={"current_password": PASSWORD, "password": NEW})
            assert done.headers["location"] == "/account?done=password"
            assert (await client.get("/account")).status_code == 200
            assert (await other.get("/account")).status_code == 303
            assert (await other.post("/sign-in", data={"email": user.email, "password": NEW})).status_code == 303
        assert [mail["Subject"] for mail in await mails(app)] == ["Your password was changed"]

    async def test_who_came_through_a_provider_sets_a_first_one_right_after_signing_in(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        row = await sign_in(app, client, await make_user(database, password=None))
        async with database.transaction() as session:
            await session.execute(update(BrowserSession).where(BrowserSession.id == row.id).values(created_at=now() - timedelta(hours=1)))
        late = await client.post("/account/password", data={"password": NEW})
        assert (late.status_code, "sign out and in again" in late.text) == (403, True)
        async with database.transaction() as session:
            await session.execute(update(BrowserSession).where(BrowserSession.id == row.id).values(created_at=now()))
        assert (await client.post("/account/password", data={"password": NEW})).status_code == 303


class TestEmail:
    async def test_the_new_address_counts_once_its_link_is_used(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        user = await make_user(database)
        await sign_in(app, client, user)
        await client.post("/account/email", data={"email": "ann@example.net", "current_password": PASSWORD})
        (mail,) = await mails(app)
        assert mail["To"] == "ann@example.net"
        async with database.transaction() as session:
            assert await session.scalar(select(User.email)) == "ann@example.org"
        token = link_in(mail).partition("token=")[2]
        assert "ann@example.net" in (await client.post("/account/email/confirm", data={"token": token})).text
        assert (await client.post("/account/email/confirm", data={"token": token})).status_code == 404
        notice = (await mails(app))[-1]
        assert (notice["To"], notice["Subject"]) == ("ann@example.org", "Your e-mail address was changed")

    async def test_an_address_with_an_account_is_told_apart_by_nobody(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        await make_user(database, "bob@example.org")
        await sign_in(app, client, await make_user(database))
        answers = [
            await client.post("/account/email", data={"email": email, "current_password": PASSWORD})
            for email in ("bob@example.org", "carl@example.org")
        ]
        assert answers[0].headers["location"] == answers[1].headers["location"]
        assert [mail["To"] for mail in await mails(app)] == ["carl@example.org"]


class TestWhoHadThePassword:
    """What somebody else began with it must not outlast the owner's change of it."""

    @pytest.mark.parametrize("way", ["reset", "change", "sign out everywhere"])
    async def test_neither_a_link_to_their_address_nor_a_program_they_let_in_is_good_afterwards(
        self, app: Starlette, client: httpx.AsyncClient, database: Database, way: str
    ) -> None:
        user = await make_user(database)
        async with another_browser(app) as thief:
            await sign_in(app, thief, user)
            await thief.post("/account/email", data={"email": "thief@example.net", "current_password": PASSWORD})
            started = await start(thief)
            await thief.post("/device", data={"code": started["user_code"], "decision": "allow"})
            token = link_in((await mails(app))[-1]).partition("token=")[2]
            if way == "reset":
                await client.post("/forgot", data={"email": user.email})
                await client.post("/reset", data={"token": link_in((await mails(app))[-1]).partition("token=")[2], "password": NEW})
            else:
                await sign_in(app, client, user)
                if way == "change":
                    await client.post("/account/password", data={"current_password": PASSWORD, "password": NEW})
                else:
                    await client.post("/account/sign-out-everywhere")
            assert (await thief.post("/account/email/confirm", data={"token": token})).status_code == 404
            assert (await poll(thief, started["device_code"]))[1] == {"error": "invalid_grant"}
        async with database.transaction() as session:
            assert await session.scalar(select(User.email)) == user.email
            assert list(await session.scalars(select(Grant))) == []


class TestSecondFactor:
    async def test_it_is_on_once_a_code_came_back_and_off_with_the_password(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        await sign_in(app, client, await make_user(database))
        page = (await client.get("/account/second-factor")).text
        secret = page.partition('class="key">')[2].partition("<")[0]
        assert "<svg" in page
        assert secret in (await client.get("/account/second-factor")).text  # a second tab shows the same
        proof = {"current_password": PASSWORD}
        assert (await client.post("/account/second-factor", data=proof | {"code": "000000"})).status_code == 422
        unproved = await client.post("/account/second-factor", data={"code": pyotp.TOTP(secret).now()})
        assert (unproved.status_code, "This is not your password" in unproved.text) == (422, True)
        done = await client.post("/account/second-factor", data=proof | {"code": pyotp.TOTP(secret).now()})
        assert done.text.count("<li><code>") == 10
        async with database.transaction() as session:
            user = await session.scalar(select(User))
            assert user is not None
            assert user.has_second_factor
            assert secret.encode() not in (user.totp_secret or b"")
            assert len(list(await session.scalars(select(RecoveryCode)))) == 10
        assert (await client.post("/account/second-factor", data={"code": pyotp.TOTP(secret).now()})).status_code == 409
        renewed = await client.post("/account/recovery-codes", data={"current_password": PASSWORD})
        assert renewed.text.count("<li><code>") == 10
        assert (await client.post("/account/second-factor/off", data={"current_password": "not the password"})).status_code == 422
        await client.post("/account/second-factor/off", data={"current_password": PASSWORD})
        async with database.transaction() as session:
            assert await session.scalar(select(User.totp_secret)) is None
            assert list(await session.scalars(select(RecoveryCode))) == []
        assert [mail["Subject"] for mail in await mails(app)] == ["Second factor switched on", "Second factor switched off"]


class TestOthers:
    async def test_nobody_ends_another_users_browser_program_or_provider(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        bob = await make_user(database, "bob@example.org")
        await allow_program(app, bob)
        async with database.transaction() as session:
            session.add(Identity(user_id=bob.id, provider="league", subject="7"))
        async with another_browser(app) as his:
            await sign_in(app, his, bob)
            await sign_in(app, client, await make_user(database))
            async with database.transaction() as session:
                browser = await session.scalar(select(BrowserSession.id).where(BrowserSession.user_id == bob.id))
                grant, identity = await session.scalar(select(Grant.id)), await session.scalar(select(Identity.id))
            for path in (f"browsers/{browser}/end", f"programs/{grant}/end", f"providers/{identity}/disconnect", "browsers/not-an-id/end"):
                assert (await client.post(f"/account/{path}")).status_code == 404
            page = (await his.get("/account")).text
        assert "Overlay of a test" in page
        assert "league" in page


class TestDelete:
    async def test_everything_goes_and_what_stays_names_nobody(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        user = await make_user(database)
        await make_user(database, "bob@example.org")
        await sign_in(app, client, user)
        token = await allow_program(app, user)
        await client.post("/sign-in", data={"email": user.email, "password": "not the password"})
        assert (await client.post("/account/delete", data={"current_password": "not the password"})).status_code == 422
        done = await client.post("/account/delete", data={"current_password": PASSWORD})
        assert "Your account is deleted" in done.text
        assert "audit log" in done.text
        assert 'session=""' in done.headers["set-cookie"]
        async with database.transaction() as session:
            assert list(await session.scalars(select(User.email))) == ["bob@example.org"]
            for model in (BrowserSession, Grant):
                assert list(await session.scalars(select(model))) == []
            assert {row.user_id == user.id for row in await session.scalars(select(ConsentRecord))} == {False}
            events = list(await session.scalars(select(AuditEvent)))
        assert {"sign-in failed", "account deleted"} <= {event.action for event in events}
        assert {event.user_id for event in events} == {None}
        assert [event.network for event in events if event.action == "sign-in failed"] == [None]
        assert (await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})).status_code == 401
        assert [mail["Subject"] for mail in await mails(app)] == ["Your account is deleted"]

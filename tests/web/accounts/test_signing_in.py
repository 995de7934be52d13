from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import httpx
import pyotp
import pytest
from sqlalchemy import event, select, update
from starlette.applications import Starlette

from tests.web.conftest import running
from tests.web.people import PASSWORD, another_browser, link_in, mails, make_user, said, sign_in
from web.accounts.browsers import IDLE, describe
from web.accounts.opaque import hash_token
from web.accounts.signing_in import REFUSED, TRIES
from web.accounts.throttle import Throttle
from web.accounts.totp import recovery_form
from web.app import create_app
from web.database import Database
from web.models.accounts import BrowserSession, RecoveryCode, User
from web.models.audit import AuditEvent
from web.models.base import now
from web.settings import Settings

SECRET = pyotp.random_base32()


async def enter(client: httpx.AsyncClient, email: str = "ann@example.org", password: str = PASSWORD, **more: str) -> httpx.Response:
    return await client.post("/sign-in", data={"email": email, "password": password} | more)


async def with_second_factor(app: Starlette, database: Database) -> User:
    user = await make_user(database)
    async with database.transaction() as session:
        changed = update(User).where(User.id == user.id)
        await session.execute(changed.values(totp_secret=app.state.accounts.seal(SECRET), totp_confirmed_at=now()))
        session.add(RecoveryCode(user_id=user.id, code_hash=hash_token(recovery_form("abcde-fghjk"))))
    return user


def token_in(page: httpx.Response) -> str:
    return page.text.partition('name="token" value="')[2].partition('"')[0]


async def test_the_right_password_signs_in_with_a_cookie_that_scripts_and_other_sites_do_not_get(
    client: httpx.AsyncClient, database: Database
) -> None:
    await make_user(database)
    assert "Sign in" in (await client.get("/account", follow_redirects=True)).text
    answer = await enter(client, " ANN@example.org", next="/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "ann@example.org" in (await client.get("/account")).text


async def test_behind_https_the_cookie_is_bound_to_this_host(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    await make_user(database)
    app.state.settings = app.state.settings.model_copy(update={"public_url": "https://coach.test"})
    cookie = (await enter(client)).headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert "secure" in cookie.lower()
    assert "domain" not in cookie.lower()


async def test_a_wrong_password_and_an_unknown_address_are_told_the_same_by_the_same_statements(
    app: Starlette, client: httpx.AsyncClient, database: Database
) -> None:
    await make_user(database)
    statements: list[str] = []
    event.listen(app.state.database.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    await enter(client, "nobody@example.org")  # prepares what is prepared once
    answers, runs = [], []
    for email in ("ann@example.org", "bob@example.org"):
        statements.clear()
        answers.append(await enter(client, email, "not the password"))
        runs.append(list(statements))
    assert answers[0].status_code == answers[1].status_code == 422
    assert said(answers[0]) == said(answers[1])
    assert REFUSED in answers[0].text
    assert runs[0] == runs[1]


async def test_an_account_rests_after_too_many_tries_and_its_owner_gets_a_mail(
    app: Starlette, client: httpx.AsyncClient, database: Database
) -> None:
    user = await make_user(database)
    for _ in range(TRIES):
        app.state.accounts.throttle._limiter = Throttle()._limiter  # as if the tries came from ten processes
        last = await enter(client, password="not the password")
    app.state.accounts.throttle._limiter = Throttle()._limiter
    right = await enter(client)
    assert said(right) == said(last)
    (mail,) = await mails(app)
    assert "rests for 15 minutes" in mail["Subject"]
    async with database.transaction() as session:
        await session.execute(update(User).where(User.id == user.id).values(locked_until=now() - timedelta(seconds=1)))
        assert "locked after too many tries" in set(await session.scalars(select(AuditEvent.action)))
    assert (await enter(client)).status_code == 303


async def test_tries_are_counted_over_all_processes(settings: Settings, database_url: str, database: Database) -> None:
    """Half of the wrong passwords at each of two processes: what each counts for itself would have let twice as many through."""
    await make_user(database)
    async with running(create_app(settings, database_url)) as one, running(create_app(settings, database_url)) as other:
        for _ in range(TRIES // 2):
            assert (await enter(one, password="wrong")).status_code == 422
            assert (await enter(other, password="wrong")).status_code == 422
        assert (await enter(one)).status_code == (await enter(other)).status_code == 422  # with the right one: the account rests


async def test_tries_are_counted_although_they_end_in_an_error_and_forgotten_after_a_success(
    client: httpx.AsyncClient, database: Database
) -> None:
    user = await make_user(database)
    counts = []
    for password in ("wrong password 1", "wrong password 2", PASSWORD):
        await enter(client, password=password)
        async with database.transaction() as session:
            counts.append(await session.scalar(select(User.failed_sign_ins).where(User.id == user.id)))
    assert counts == [1, 2, 0]


async def test_guessing_is_slowed_down_for_accounts_that_exist_and_that_do_not(client: httpx.AsyncClient, database: Database) -> None:
    await make_user(database)
    for email in ("ann@example.org", "bob@example.org"):
        answers = [await enter(client, email, "not the password") for _ in range(11)]
        assert [answer.status_code for answer in answers] == [422] * 10 + [429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 300
        assert "Too many tries" in answers[-1].text


async def test_a_burst_of_sign_ins_leaves_the_database_to_the_pages(
    app: Starlette, client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_user(database)
    passwords, slow = app.state.accounts.passwords, threading.Event()
    check = passwords._check
    monkeypatch.setattr(passwords, "_check", lambda *given: slow.wait(10) and check(*given))
    burst = [asyncio.create_task(enter(client, f"driver{number}@example.org")) for number in range(20)]
    await asyncio.sleep(0.3)
    held = app.state.database.engine.pool.checkedout()
    slow.set()
    assert {answer.status_code for answer in await asyncio.gather(*burst)} == {422}
    assert held <= 2


async def test_nobody_is_sent_to_another_site(client: httpx.AsyncClient, database: Database) -> None:
    await make_user(database)
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/ok\r\nX: 1", "account"):
        assert (await enter(client, next=target)).headers["location"] == "/"


async def test_signing_in_takes_a_new_token_and_ends_the_old_session(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    user = await make_user(database)
    before = await sign_in(app, client, user)
    await enter(client)
    async with database.transaction() as session:
        rows = list(await session.scalars(select(BrowserSession)))
    assert len(rows) == 1
    assert rows[0].id != before.id
    assert hash_token(client.cookies["session"]) == rows[0].token_hash


async def test_signing_out_ends_the_session_not_only_the_cookie(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    await sign_in(app, client, await make_user(database))
    token = client.cookies["session"]
    answer = await client.post("/sign-out")
    assert 'session=""' in answer.headers["set-cookie"]
    client.cookies.set("session", token)
    assert (await client.get("/account")).status_code == 303


async def test_signing_out_everywhere_ends_every_browser(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    user = await make_user(database)
    await sign_in(app, client, user)
    async with another_browser(app) as other:
        await sign_in(app, other, user)
        await client.post("/account/sign-out-everywhere")
        assert (await other.get("/account")).status_code == (await client.get("/account")).status_code == 303


async def test_a_session_ends_after_a_month_without_a_visit(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    row = await sign_in(app, client, await make_user(database))
    for age, status in ((IDLE - timedelta(hours=1), 200), (IDLE + timedelta(seconds=1), 303)):
        async with database.transaction() as session:
            await session.execute(update(BrowserSession).where(BrowserSession.id == row.id).values(seen_at=now() - age))
        assert (await client.get("/account")).status_code == status


async def test_forged_cookies_are_nobody(client: httpx.AsyncClient) -> None:
    for forged in ("x", "x" * 10_000, "%00", "' OR 1=1 --"):
        client.cookies.clear()
        client.cookies.set("session", forged)
        assert (await client.get("/account")).status_code == 303


class TestSecondFactor:
    async def test_password_then_code_signs_in(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        await with_second_factor(app, database)
        step = await enter(client, next="/account")
        assert "set-cookie" not in step.headers
        assert (await client.get("/account")).status_code == 303
        code = pyotp.TOTP(SECRET).now()
        done = await client.post("/sign-in/code", data={"token": token_in(step), "code": code, "next": "/account"})
        assert (done.status_code, done.headers["location"]) == (303, "/account")

    async def test_a_code_and_a_step_are_good_once(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        await with_second_factor(app, database)
        first, second = await enter(client), await enter(client)
        code = pyotp.TOTP(SECRET).now()
        assert (await client.post("/sign-in/code", data={"token": token_in(first), "code": code})).status_code == 303
        replayed = await client.post("/sign-in/code", data={"token": token_in(second), "code": code})
        assert replayed.status_code == 422
        assert "used already" in replayed.text
        assert (await client.post("/sign-in/code", data={"token": token_in(first), "code": code})).status_code == 404

    async def test_a_wrong_code_can_be_corrected_and_counts(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        user = await with_second_factor(app, database)
        step = await enter(client)
        wrong = await client.post("/sign-in/code", data={"token": token_in(step), "code": "000000"})
        assert wrong.status_code == 422
        async with database.transaction() as session:
            assert await session.scalar(select(User.failed_sign_ins).where(User.id == user.id)) == 1
        assert (await client.post("/sign-in/code", data={"token": token_in(wrong), "code": pyotp.TOTP(SECRET).now()})).status_code == 303

    async def test_a_recovery_code_works_once_however_it_is_typed(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        await with_second_factor(app, database)
        statuses = []
        for typed in (" ABCDE FGHJK", "abcde-fghjk"):
            step = await enter(client)
            statuses.append((await client.post("/sign-in/code", data={"token": token_in(step), "code": typed})).status_code)
        assert statuses == [303, 422]

    async def test_a_secret_of_the_service_that_was_changed_leaves_the_recovery_codes(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        user = await with_second_factor(app, database)
        async with database.transaction() as session:
            await session.execute(update(User).where(User.id == user.id).values(totp_secret=b"sealed with another key"))
        step = await enter(client)
        assert (await client.post("/sign-in/code", data={"token": token_in(step), "code": pyotp.TOTP(SECRET).now()})).status_code == 422
        assert (await client.post("/sign-in/code", data={"token": token_in(step), "code": "abcde-fghjk"})).status_code == 303


class TestForgottenPassword:
    async def test_the_link_sets_a_password_once_and_signs_everything_out(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        user = await make_user(database)
        await sign_in(app, client, user)
        await client.post("/forgot", data={"email": "Ann@Example.org"})
        (mail,) = await mails(app)
        token = link_in(mail).partition("token=")[2]
        weak = await client.post("/reset", data={"token": token, "password": "short"})
        assert "at least 10 characters" in weak.text
        done = await client.post("/reset", data={"token": token, "password": "later still into three"})
        assert done.headers["location"] == "/reset/done"
        assert (await client.get("/account")).status_code == 303
        assert (await client.post("/reset", data={"token": token, "password": "another long password"})).status_code == 404
        assert (await enter(client)).status_code == 422
        assert (await enter(client, password="later still into three")).status_code == 303
        assert "password was changed" in (await mails(app))[-1]["Subject"]

    async def test_nobody_learns_which_addresses_have_an_account(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        await make_user(database)
        statements: list[str] = []
        event.listen(app.state.database.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
        await client.post("/forgot", data={"email": "nobody@example.org"})  # prepares what is prepared once
        runs, answers = [], []
        for email in ("ann@example.org", "bob@example.org"):
            statements.clear()
            answers.append(await client.post("/forgot", data={"email": email}, follow_redirects=True))
            runs.append(list(statements))
        assert runs[0] == runs[1]
        assert answers[0].text == answers[1].text
        assert [mail["To"] for mail in await mails(app)] == ["ann@example.org"]

    async def test_a_newer_link_makes_the_older_useless(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        await make_user(database)
        for _ in range(2):
            await client.post("/forgot", data={"email": "ann@example.org"})
        older, newer = [link_in(mail).partition("token=")[2] for mail in await mails(app)]
        assert (await client.post("/reset", data={"token": older, "password": "later still into three"})).status_code == 404
        assert (await client.post("/reset", data={"token": newer, "password": "later still into three"})).status_code == 303


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari on iPhone"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_described_so_that_its_owner_knows_it(user_agent: str, words: str) -> None:
    assert describe(user_agent) == words

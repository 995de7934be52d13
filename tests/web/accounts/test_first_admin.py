from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
from sqlalchemy import select, update
from starlette.applications import Starlette

from tests.web.people import PASSWORD, another_browser, mails, make_user, sign_in
from web.accounts import first_admin
from web.database import Database
from web.models.accounts import User
from web.models.base import now

FORM = {"email": "chief@example.org", "name": "Chief", "password": PASSWORD}


async def printed_link(app: Starlette) -> str | None:
    async with app.state.database.transaction() as session:
        link = await first_admin.link(session, app.state.settings)
    return link.removeprefix(app.state.settings.origin) if link else None


async def test_the_printed_link_makes_one_administrator(app: Starlette, client: httpx.AsyncClient) -> None:
    link = await printed_link(app)
    assert link is not None
    token = link.partition("token=")[2]
    assert "Who administers this service?" in (await client.get(link)).text
    assert "at least 10" in (await client.post("/first-run", data=FORM | {"token": token, "password": "short"})).text
    done = await client.post("/first-run", data=FORM | {"token": token})
    assert done.headers["location"] == "/admin"
    assert "chief@example.org" in (await client.get("/admin")).text
    async with another_browser(app) as second:
        assert (await second.get(link)).status_code == 404
        assert (await second.post("/first-run", data=FORM | {"token": token, "email": "mallory@example.org"})).status_code == 404
    assert await printed_link(app) is None


async def test_each_process_prints_a_link_and_all_are_good_until_one_is_used(app: Starlette, client: httpx.AsyncClient) -> None:
    older, newer = await printed_link(app), await printed_link(app)
    assert older is not None
    assert newer is not None
    for link in (older, newer):
        assert (await client.get(link)).status_code == 200
    await client.post("/first-run", data=FORM | {"token": newer.partition("token=")[2]})
    assert (await client.get(older)).status_code == 404


async def test_made_up_links_make_nobody(app: Starlette, client: httpx.AsyncClient) -> None:
    await printed_link(app)
    for token in ("", "x", "x" * 43):
        assert (await client.get("/first-run", params={"token": token})).status_code == 404
        assert (await client.post("/first-run", data=FORM | {"token": token})).status_code in {404, 422}


async def test_a_user_becomes_the_administrator_with_the_link(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    await make_user(database, "chief@example.org")
    link = await printed_link(app)
    assert link is not None
    form = FORM | {"token": link.partition("token=")[2]}
    refused = await client.post("/first-run", data=form | {"password": "not the password at all"})
    assert "give its password" in refused.text
    assert (await client.get("/admin")).status_code == 303
    await client.post("/first-run", data=form)
    assert (await client.get("/admin")).status_code == 200


async def test_the_link_does_not_stand_in_for_a_second_factor(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    user = await make_user(database, "chief@example.org")
    async with database.transaction() as session:
        await session.execute(update(User).where(User.id == user.id).values(totp_confirmed_at=now()))
    link = await printed_link(app)
    assert link is not None
    answer = await client.post("/first-run", data=FORM | {"token": link.partition("token=")[2]})
    assert 'name="code"' in answer.text
    assert (await client.get("/admin")).status_code == 303


class TestOthers:
    async def test_an_administrator_makes_another_with_their_password_and_it_is_written_down(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        await sign_in(app, client, await make_user(database, "chief@example.org", admin=True))
        ann = await make_user(database)
        async with another_browser(app) as anns:
            await sign_in(app, anns, ann)
            page = f"/admin/users/{ann.id}"
            assert page in (await client.get("/admin")).text
            assert "ann@example.org" in (await client.get(page)).text
            form = {"administers": "true", "current_password": PASSWORD}
            assert (await anns.post(page, data=form)).status_code == 403
            assert (await client.post(page, data=form | {"current_password": "not the password"})).status_code == 422
            assert (await anns.get("/admin")).status_code == 403
            assert (await client.post(page, data=form)).status_code == 303
            assert (await anns.get("/admin")).status_code == 200
            log = (await anns.get("/admin/audit")).text
        assert "administrator made" in log
        assert "changed who administers" in log
        assert [(mail["To"], mail["Subject"]) for mail in await mails(app)] == [("ann@example.org", "You are an administrator now")]
        assert (await client.get(f"/admin/users/{uuid4()}")).status_code == 404

    async def test_one_administrator_always_stays(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        chief, ann = await make_user(database, "chief@example.org", admin=True), await make_user(database, admin=True)
        async with another_browser(app) as anns:
            await sign_in(app, client, chief)
            await sign_in(app, anns, ann)
            form = {"administers": "false", "current_password": PASSWORD}
            each = await asyncio.gather(client.post(f"/admin/users/{ann.id}", data=form), anns.post(f"/admin/users/{chief.id}", data=form))
        done, refused = sorted(answer.status_code for answer in each)
        assert done == 303
        assert refused in {403, 409}, "no administrator any more before he was asked, or the last one by then"
        async with database.transaction() as session:
            assert len(list(await session.scalars(select(User).where(User.is_admin)))) == 1


class TestPages:
    async def test_users_and_audit_log_are_shown_page_by_page(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        for number in range(51):
            await make_user(database, f"driver{number}@example.org", password=None)
        await sign_in(app, client, await make_user(database, "chief@example.org", admin=True))
        first = (await client.get("/admin")).text
        assert "driver50@example.org" in first
        older = (await client.get("/admin" + first.partition('href="?after=')[2].partition('"')[0].join(["?after=", ""]))).text
        assert "driver0@example.org" in older
        assert "driver50@example.org" not in older
        assert "after=" not in older
        for _ in range(2):
            await client.post("/sign-in", data={"email": "driver1@example.org", "password": "not the password"})
        log = (await client.get("/admin/audit")).text
        assert log.count("sign-in failed") == 2
        assert "127.0.0.0/24" in log
        assert (await client.get("/admin/audit?after=nonsense")).status_code == 200

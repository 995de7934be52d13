from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import event, select, update
from starlette.applications import Starlette

from tests.web.people import PASSWORD, link_in, mails, make_user, said
from web.consent.texts import Kind, current
from web.database import Database
from web.models.accounts import PendingRegistration, User
from web.models.base import now
from web.models.consent import ConsentRecord

FORM = {
    "email": "Ann@Example.org",
    "name": "Ann",
    "password": PASSWORD,
    "terms_version": current(Kind.TERMS).version,
    "telemetry_version": current(Kind.TELEMETRY).version,
}


async def register(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await client.post("/register", data=FORM | fields, follow_redirects=True)


async def confirm(client: httpx.AsyncClient, link: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/register/confirm", data={"token": link.partition("token=")[2], "password": password})


async def users(database: Database) -> list[User]:
    async with database.transaction() as session:
        return list(await session.scalars(select(User)))


async def test_the_service_carries_nobodys_words_to_a_mailbox_that_is_not_known_to_be_theirs(
    app: Starlette, client: httpx.AsyncClient
) -> None:
    await register(client, name="You have won: https://evil.example")
    (mail,) = await mails(app)
    assert "evil.example" not in mail.as_string()


async def test_the_link_in_the_mail_makes_the_account_and_signs_in(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    answer = await register(client)
    assert "Look into your mailbox" in answer.text
    assert await users(database) == []
    (mail,) = await mails(app)
    assert (mail["To"], mail["Subject"]) == ("ann@example.org", "Finish your registration")
    page = await client.get(link_in(mail))
    assert "Type the password" in page.text
    done = await confirm(client, link_in(mail))
    assert (done.status_code, done.headers["location"]) == (303, "/welcome")
    assert "Welcome, Ann" in (await client.get("/welcome")).text
    (user,) = await users(database)
    assert (user.email, user.name, user.is_admin) == ("ann@example.org", "Ann", False)


@pytest.mark.parametrize(("box", "given"), [({}, False), ({"share_telemetry": "true"}, True)])
async def test_consent_is_recorded_as_the_box_was_left(
    app: Starlette, client: httpx.AsyncClient, database: Database, box: dict[str, str], given: bool
) -> None:
    await register(client, **box)
    await confirm(client, link_in((await mails(app))[0]))
    async with database.transaction() as session:
        rows = {row.kind: row for row in await session.scalars(select(ConsentRecord))}
    assert rows[Kind.TERMS].given is True
    assert (rows[Kind.TELEMETRY].given, rows[Kind.TELEMETRY].source) == (given, "registration")
    assert rows[Kind.TELEMETRY].text_sha256 == current(Kind.TELEMETRY).sha256


async def test_the_box_is_not_ticked(client: httpx.AsyncClient) -> None:
    page = (await client.get("/register")).text
    box = page.partition('id="share_telemetry"')[2].partition(">")[0]
    assert "checked" not in box
    for word in ("What:", "Why:", "Who:", "How long:"):
        assert word in page


async def test_a_text_that_changed_meanwhile_is_shown_again(client: httpx.AsyncClient) -> None:
    answer = await register(client, telemetry_version="2001-01-01")
    assert answer.status_code == 409
    assert "has changed since the page was opened" in answer.text


async def test_an_address_with_an_account_gets_the_same_answer_and_another_mail(
    app: Starlette, client: httpx.AsyncClient, database: Database
) -> None:
    await make_user(database, "ann@example.org")
    known, unknown = await register(client), await register(client, email="bob@example.org")
    assert said(known) == said(unknown)
    to_known, to_unknown = await mails(app)
    assert (to_known["To"], to_known["Subject"]) == ("ann@example.org", "You have an account already")
    assert (to_unknown["To"], to_unknown["Subject"]) == ("bob@example.org", "Finish your registration")
    assert len(await users(database)) == 1


async def test_the_same_statements_run_for_a_known_and_an_unknown_address(
    app: Starlette, client: httpx.AsyncClient, database: Database
) -> None:
    await make_user(database, "ann@example.org")
    statements: list[str] = []
    event.listen(app.state.database.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    await register(client, email="nobody@example.org")  # prepares what is prepared once
    runs = []
    for email in ("ann@example.org", "bob@example.org"):
        statements.clear()
        await register(client, email=email)
        runs.append(list(statements))
    assert runs[0] == runs[1]
    assert not [one for one in runs[0] if "users" in one]


async def test_who_registers_somebody_else_does_not_get_into_their_account(
    app: Starlette, client: httpx.AsyncClient, database: Database
) -> None:
    """The attacker registers the victim's address first and last; the victim opens whichever mail, with their own password."""
    await register(client, password="attacker's password", name="Mallory")
    await register(client, password="victim's own password")
    await register(client, password="attacker's password", name="Mallory")
    first, own, last = [link_in(mail) for mail in await mails(app)]
    for link in (first, last):
        answer = await confirm(client, link, "victim's own password")
        assert answer.status_code == 422
        assert "not the password you chose" in answer.text
    assert (await confirm(client, own, "victim's own password")).status_code == 303
    assert (await confirm(client, first, "attacker's password")).status_code == 404
    assert [user.name for user in await users(database)] == ["Ann"]


async def test_two_links_used_at_the_same_moment_make_one_account(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    for _ in range(3):
        await register(client)
    links = [link_in(mail) for mail in await mails(app)]
    answers = await asyncio.gather(*[confirm(client, link) for link in (*links, links[0])])
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404]
    assert len(await users(database)) == 1


async def test_a_link_is_good_once_and_for_a_day(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    await register(client)
    await register(client, email="bob@example.org")
    link, late = [link_in(mail) for mail in await mails(app)]
    async with database.transaction() as session:
        await session.execute(
            update(PendingRegistration)
            .where(PendingRegistration.email == "bob@example.org")
            .values(expires_at=now() - timedelta(seconds=1))
        )
    assert (await confirm(client, link)).status_code == 303
    for unusable in (link, late, "/register/confirm?token=", "/register/confirm?token=" + "x" * 43):
        page = await client.get(unusable)
        assert page.status_code == 404
        assert "used already or is older than a day" in page.text
    assert (await confirm(client, late)).status_code == 404


FAULTS = [
    ("email", "no address", "This is not an e-mail address"),
    ("email", "ann@example.org\r\nBcc: all@example.org", "This is not an e-mail address"),
    ("password", "short", "at least 10 characters"),
    ("password", "", "This is needed."),
    ("name", " \u200b\u202e ", "can be read"),
    ("name", "x" * 81, "At most 80 characters."),
    ("name", "An\x00n", "cannot be typed"),
]


async def test_what_cannot_be_used_is_said_beside_the_field_and_the_rest_is_kept(client: httpx.AsyncClient) -> None:
    for field, value, sentence in FAULTS:
        answer = await register(client, **{"email": "carl@example.org", field: value, "share_telemetry": "true"})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert PASSWORD not in answer.text
        if field == "password":
            assert 'value="carl@example.org"' in answer.text
            assert "checked" in answer.text
            assert 'aria-invalid="true"' in answer.text


NAMES = ["Jörg Müller-Lüdenscheidt", "Нина", "山田 太郎", "محمد", "O'Brien <b>", "🏎 Max"]


async def test_names_of_all_scripts_arrive_as_they_were_typed(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    for number, name in enumerate(NAMES):
        await register(client, name=name, email=f"driver{number}@example.org")
        await confirm(client, link_in((await mails(app))[-1]))
        await client.post("/forgot", data={"email": f"driver{number}@example.org"})
        body = (await mails(app))[-1].get_body(("plain",))
        assert body is not None
        assert f"Hello {name}," in body.get_content()
        assert "<b>" not in (await client.get("/account")).text
    assert sorted(user.name for user in await users(database)) == sorted(NAMES)


async def test_one_address_is_not_flooded_with_mail(client: httpx.AsyncClient) -> None:
    answers = [(await register(client)).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


async def test_registration_can_be_closed(app: Starlette, client: httpx.AsyncClient) -> None:
    app.state.settings = app.state.settings.model_copy(update={"registration": False})
    assert (await client.get("/register")).status_code == 404
    assert (await register(client)).status_code == 404
    assert "Register" not in (await client.get("/sign-in")).text

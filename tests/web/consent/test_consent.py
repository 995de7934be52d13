from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette

from tests.web.people import PASSWORD, allow_program, another_browser, make_user, sign_in
from web.consent import service, texts
from web.consent.texts import Kind, Text, current, versions
from web.database import Database
from web.models.accounts import Identity
from web.models.consent import ConsentRecord
from web.personal_data import ExportedFile

VERSION = current(Kind.TELEMETRY).version


async def answers(database: Database) -> list[tuple[bool, str]]:
    async with database.transaction() as session:
        query = select(ConsentRecord).where(ConsentRecord.kind == Kind.TELEMETRY).order_by(ConsentRecord.created_at)
        return [(row.given, row.source) for row in await session.scalars(query)]


async def choose(client: httpx.AsyncClient, given: str, version: str = VERSION) -> httpx.Response:
    return await client.post("/privacy/telemetry", data={"given": given, "version": version})


@pytest.fixture
def newer_text(monkeypatch: pytest.MonkeyPatch) -> str:
    """As if a new version of the telemetry text had been published."""
    old = texts.versions
    newer = Text(Kind.TELEMETRY, "2099-01-01", "**What:** something else")
    monkeypatch.setattr(texts, "versions", lambda kind: (newer, *old(kind)) if kind is Kind.TELEMETRY else old(kind))
    return newer.version


class TestSwitch:
    async def test_site_and_overlay_show_the_same_and_the_history_keeps_each_answer(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        user = await make_user(database)
        await sign_in(app, client, user)
        bearer = {"Authorization": f"Bearer {await allow_program(app, user, ['consent'])}"}
        async with another_browser(app) as overlay:
            asked = await overlay.get("/api/v1/consent", headers=bearer)
            again = await overlay.get("/api/v1/consent", headers={**bearer, "If-None-Match": asked.headers["ETag"]})
            assert (again.status_code, again.content) == (304, b"")
            before = asked.json()
            assert (before["share_telemetry"], before["current_version"]) == (False, VERSION)
            assert "**What:**" in before["text"]
            assert (await choose(client, "true")).headers["location"] == "/privacy?done=on"
            assert (await overlay.get("/api/v1/consent", headers=bearer)).json()["share_telemetry"] is True
            changed = await overlay.put("/api/v1/consent", json={"share_telemetry": False}, headers=bearer)
            assert changed.json()["share_telemetry"] is False
        assert "they stay on your machine" in (await client.get("/privacy")).text
        assert await answers(database) == [(False, "registration"), (True, "site"), (False, "program")]

    async def test_saying_the_same_again_changes_nothing(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        await sign_in(app, client, await make_user(database))
        for _ in range(2):  # two tabs
            await choose(client, "true")
        assert await answers(database) == [(False, "registration"), (True, "site")]

    async def test_a_yes_to_a_text_that_has_changed_does_not_count_and_a_no_always_does(
        self, app: Starlette, client: httpx.AsyncClient, database: Database, newer_text: str
    ) -> None:
        user = await make_user(database)
        await sign_in(app, client, user)
        bearer = {"Authorization": f"Bearer {await allow_program(app, user, ['consent'])}"}
        assert (await choose(client, "true", VERSION)).status_code == 409
        async with another_browser(app) as overlay:
            for body in ({"share_telemetry": True}, {"share_telemetry": True, "version": VERSION}):
                assert (await overlay.put("/api/v1/consent", json=body, headers=bearer)).status_code == 409
            assert (
                await overlay.put("/api/v1/consent", json={"share_telemetry": True, "version": newer_text}, headers=bearer)
            ).status_code == 200
        assert (await choose(client, "false", VERSION)).status_code == 303
        assert await answers(database) == [(False, "registration"), (True, "program"), (False, "site")]

    async def test_who_agreed_to_an_older_text_is_asked_to_read_the_new_one(
        self, app: Starlette, client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await sign_in(app, client, await make_user(database))
        await choose(client, "true")
        old = texts.versions
        monkeypatch.setattr(texts, "versions", lambda kind: (Text(kind, "2099-01-01", "new words"), *old(kind)))
        page = (await client.get("/privacy")).text
        assert "The text has changed since you agreed" in page
        assert "The terms of use have a new version" in page
        await client.post("/privacy/terms", data={"version": "2099-01-01"})
        assert "The terms of use have a new version" not in (await client.get("/privacy")).text

    async def test_new_terms_are_shown_after_signing_in(
        self, client: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await make_user(database)
        old = texts.versions
        monkeypatch.setattr(texts, "versions", lambda kind: (Text(kind, "2099-01-01", "new words"), *old(kind)))
        answer = await client.post("/sign-in", data={"email": "ann@example.org", "password": PASSWORD})
        assert answer.headers["location"] == "/privacy"

    async def test_bad_bodies_are_refused(self, app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
        user = await make_user(database)
        bearer = {"Authorization": f"Bearer {await allow_program(app, user, ['consent'])}"}
        for body in (b"", b"[]", b"{}", b'{"share_telemetry": "perhaps"}', b'{"share_telemetry": true, "version": 5}', b"[" * 100_000):
            assert (await client.put("/api/v1/consent", content=body, headers=bearer)).status_code == 422
        assert await answers(database) == [(False, "registration")]

    async def test_never_asked_is_no(self, database: Database) -> None:
        user = await make_user(database)
        async with database.transaction() as session:
            await session.execute(delete(ConsentRecord))
            assert await service.telemetry(session, user.id) is None


async def test_texts_are_for_everybody_old_versions_too(client: httpx.AsyncClient) -> None:
    for kind, path, words in (
        (Kind.PRIVACY, "/privacy-policy", "Who is responsible"),
        (Kind.TERMS, "/terms", "Do not take its advice"),
        (Kind.TELEMETRY, "/telemetry", "How long:"),
    ):
        assert words in (await client.get(path)).text
        for one in versions(kind):
            assert words in (await client.get(path, params={"version": one.version})).text
        assert (await client.get(path, params={"version": "../../settings"})).status_code == 404


class Notes:
    """A room of the test's own."""

    contents = "notes/: what the test wrote down"

    def __init__(self) -> None:
        self.erased: list[UUID] = []

    async def files(self, session: AsyncSession, user_id: UUID) -> AsyncIterator[ExportedFile]:
        for number in range(3):
            yield ExportedFile(f"notes/{number}.parquet", bytes([number]) * 100_000)

    async def erase(self, session: AsyncSession, user_id: UUID) -> Sequence[str]:
        self.erased.append(user_id)
        return ("A note about the weather stays.",)


class TestDownload:
    async def test_the_archive_holds_what_every_room_keeps_and_no_secret(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        user = await make_user(database, name="Jörg")
        await make_user(database, "bob@example.org")
        async with database.transaction() as session:
            session.add(Identity(user_id=user.id, provider="league", subject="7"))
        app.state.personal_data = [*app.state.personal_data, Notes()]
        await sign_in(app, client, user)
        await allow_program(app, user)
        answer = await client.post("/privacy/download")
        assert answer.headers["content-disposition"] == 'attachment; filename="racing-coach-data.zip"'
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.testzip() is None
            content = {name: archive.read(name) for name in archive.namelist()}
        expected = {
            "README.txt",
            "consent/history.json",
            "account/account.json",
            "account/events.json",
            "laps/laps.csv",
            "laps/uploads.json",
            "references/references.json",
            "exports/exports.json",
            *(f"notes/{n}.parquet" for n in range(3)),
        }
        assert set(content) == expected
        account = json.loads(content["account/account.json"])
        assert (account["email"], account["name"], account["programs"][0]["program"]) == ("ann@example.org", "Jörg", "Overlay of a test")
        assert [row["kind"] for row in json.loads(content["consent/history.json"])].count("telemetry") == 1
        assert [row["event"] for row in json.loads(content["account/events.json"])] == ["data downloaded"]
        assert content["notes/2.parquet"] == b"\x02" * 100_000
        everything = b"".join(content.values())
        for secret in (b"argon2", b'hash"', b"bob@example.org", client.cookies["session"].encode()):
            assert secret not in everything

    async def test_deletion_asks_every_room_and_lists_what_stays(
        self, app: Starlette, client: httpx.AsyncClient, database: Database
    ) -> None:
        user, notes = await make_user(database), Notes()
        app.state.personal_data = [notes, *app.state.personal_data]
        await sign_in(app, client, user)
        page = await client.post("/account/delete", data={"current_password": PASSWORD})
        assert notes.erased == [user.id]
        assert "A note about the weather stays." in page.text

"""People of the tests: an account in the database, a browser that is signed in, a program with a token, the mail that came."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from urllib.parse import urlsplit

import httpx
from sqlalchemy import text
from starlette.applications import Starlette

from tests.web.conftest import CHEAP_HASHES
from web.access import ALL_SCOPES
from web.accounts import browsers
from web.accounts.opaque import hash_token, new_token
from web.accounts.passwords import HashingCost, Passwords
from web.consent import service as consent
from web.consent.texts import Kind, current
from web.database import Database
from web.jobs.task import TASKS
from web.models.accounts import BrowserSession, Grant, User
from web.services import Services

PASSWORD = "brake later into three"
CHEAP = HashingCost(CHEAP_HASHES["argon2_passes"], CHEAP_HASHES["argon2_memory_kib"], CHEAP_HASHES["argon2_lanes"])


@cache
def _hash(password: str) -> str:
    return asyncio.run(Passwords(CHEAP).hash(password))


async def make_user(
    database: Database, email: str = "ann@example.org", *, name: str = "Ann", admin: bool = False, password: str | None = PASSWORD
) -> User:
    """Somebody with an account, who has agreed to the terms and shares no laps."""
    stored = await asyncio.to_thread(_hash, password) if password else None
    async with database.transaction() as session:
        user = User(email=email, name=name, is_admin=admin, password_hash=stored)
        session.add(user)
        await session.flush()
        chosen = consent.choices(current(Kind.TERMS).version, current(Kind.TELEMETRY).version, shares=False)
        consent.record_choices(session, user.id, chosen, "registration")
    return user


async def sign_in(app: Starlette, client: httpx.AsyncClient, user: User) -> BrowserSession:
    """Sign a client in without a form."""
    token = new_token()
    async with app.state.database.transaction() as session:
        row = BrowserSession(token_hash=hash_token(token), user_id=user.id, browser="Firefox on Linux")
        session.add(row)
    client.cookies.set(browsers.cookie_name(app.state.settings), token, domain=urlsplit(app.state.settings.origin).hostname or "")
    return row


async def allow_program(app: Starlette, user: User, scopes: Iterable[str] = ALL_SCOPES) -> str:
    """An access token of a program that this user has let in."""
    async with app.state.database.transaction() as session:
        grant = Grant(user_id=user.id, client="Overlay of a test", scopes=sorted(scopes), refresh_hash=hash_token(new_token()))
        session.add(grant)
    issued: str = app.state.accounts.access_tokens.issue(user.id, grant.id, scopes)
    return issued


@asynccontextmanager
async def another_browser(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A second browser at an application that runs already."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=app.state.settings.origin, headers={"Accept": "text/html"}) as client:
        yield client


async def run_jobs(app: Starlette) -> list[str]:
    """Do what waits on the queue, as a worker would; the names of the jobs."""
    services: Services = app.state.services
    done = []
    while True:
        async with services.database.transaction() as session:
            job = (
                await session.execute(text("DELETE FROM pgqueuer WHERE id = (SELECT min(id) FROM pgqueuer) RETURNING entrypoint, payload"))
            ).one_or_none()
            if job is None:
                return done
            await TASKS[job.entrypoint].run(session, json.loads(job.payload or b"{}"))
            done.append(job.entrypoint)


async def mails(app: Starlette) -> list[EmailMessage]:
    """All mail so far, in order, after the jobs that wait have run."""
    await run_jobs(app)
    folder = app.state.settings.data / "mail"
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns) if folder.exists() else []
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def link_in(mail: EmailMessage) -> str:
    """The first link of a mail, as a path."""
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"http://coach\.test(/\S+token=\S+)", body.get_content())
    assert found, body.get_content()
    return found.group(1)


def said(answer: httpx.Response) -> str:
    """The words of a page without its markup, blanks joined: for comparing what two people are told."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", re.sub(r'value="[^"]*"', "", main)).split())

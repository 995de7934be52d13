"""Users with browsers, and jobs that are run while the test waits."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text
from starlette.applications import Starlette

from web.accounts.browsers import cookie_name
from web.accounts.opaque import hash_token, new_token
from web.consent.texts import Kind, current
from web.database import Database, migrate
from web.jobs.task import TASKS
from web.models.accounts import BrowserSession, User
from web.models.consent import ConsentRecord
from web.services import Services


async def register(database: Database, name: str = "driver", *, shares: bool = False) -> tuple[uuid.UUID, str]:
    """A user, and the token of a browser that is signed in."""
    token = new_token()
    async with database.transaction() as session:
        user = User(email=f"{name}-{uuid.uuid4().hex[:8]}@example.org", name=name, password_hash="none")
        session.add(user)
        await session.flush()
        session.add(BrowserSession(token_hash=hash_token(token), user_id=user.id, browser="A browser"))
        text_now = current(Kind.TELEMETRY)
        session.add(
            ConsentRecord(
                user_id=user.id,
                kind=Kind.TELEMETRY,
                version=text_now.version,
                text_sha256=text_now.sha256,
                given=shares,
                source="registration",
            )
        )
        return user.id, token


async def first_driver(url: str) -> str:
    """Make the tables of an empty database; the token of a driver who shares laps."""
    await migrate(url)
    database = Database(url, 2)
    _, token = await register(database, shares=True)
    await database.close()
    return token


@asynccontextmanager
async def browser(app: Starlette, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of a user; the application must run already."""
    origin = app.state.settings.origin
    headers = {"Accept": "text/html", "Origin": origin, "Sec-Fetch-Site": "same-origin"}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx.AsyncClient(
        transport=transport, base_url=origin, headers=headers, cookies={cookie_name(app.state.settings): token}
    ) as made:
        yield made


async def run_jobs(services: Services, *names: str) -> list[str]:
    """Run what waits on the queue, jobs of jobs too; their names in order. A fault fails the test."""
    import json

    done: list[str] = []
    while True:
        async with services.database.transaction() as session:
            query = (
                "DELETE FROM pgqueuer WHERE id = (SELECT id FROM pgqueuer ORDER BY priority DESC, id LIMIT 1) RETURNING entrypoint, payload"
            )
            row: Any = (await session.execute(text(query))).one_or_none()
        if row is None:
            return done
        if names and row[0] not in names:
            continue
        async with services.database.transaction() as session:
            await TASKS[row[0]].run(session, json.loads(row[1] or b"{}"))
        done.append(row[0])


async def send(client: httpx.AsyncClient, path: Path, name: str | None = None) -> httpx.Response:
    """One file through the form."""
    with path.open("rb") as file:
        return await client.post("/upload", files={"file": (name or path.name, file)}, headers={"Accept": "text/html"})

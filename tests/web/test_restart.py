"""The database dies and comes back while people use the site: they are told to try again, and nothing they were told is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.web.conftest import running
from web.app import create_app
from web.database import migrate, session_of
from web.embedded import EmbeddedDatabase
from web.jobs.queue import enqueue
from web.jobs.task import TASKS, Payload, Task
from web.jobs.worker import Worker
from web.settings import Settings


async def keep(request: Request) -> Response:
    """Keep a number and a job about it, in one transaction."""
    n = int(request.path_params["n"])
    await session_of(request).execute(text("INSERT INTO kept VALUES (:n)"), {"n": n})
    await enqueue(session_of(request), "test.done", {"n": n})
    return PlainTextResponse("kept")


async def done(session, payload: Payload) -> None:
    await session.execute(text("INSERT INTO done VALUES (:n)"), payload)


async def test_killed_database_costs_a_moment_and_no_acknowledged_row_or_job(
    settings: Settings, used_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs that were under way come back when their heartbeat is old: here after two seconds."""
    monkeypatch.setitem(Worker.__init__.__kwdefaults__, "heartbeat", timedelta(seconds=2))
    server = EmbeddedDatabase(used_folder)
    url = server.start()
    await migrate(url)
    app = create_app(settings.model_copy(update={"worker": True, "requests_per_minute": 100_000}), url)
    app.router.routes.append(Route("/keep/{n:int}", keep))
    TASKS["test.done"] = Task("test.done", done, 20, None, 0)
    statuses: Counter[int] = Counter()
    told: set[int] = set()
    using = True

    async def use(client, start: int) -> None:
        n = start
        while using:
            answer = await client.get(f"/keep/{n}")
            statuses[answer.status_code] += 1
            if answer.status_code == 200:
                told.add(n)
            n += 4
            await asyncio.sleep(0.005)

    try:
        async with running(app) as client, asyncio.timeout(60):
            async with app.state.database.transaction() as session:
                await session.execute(text("CREATE TABLE kept (n int PRIMARY KEY)"))
                await session.execute(text("CREATE TABLE done (n int PRIMARY KEY)"))
            users = [asyncio.create_task(use(client, start)) for start in range(4)]
            while len(told) < 40:
                await asyncio.sleep(0.01)
            os.kill(server.pid, signal.SIGKILL)
            while server.starts < 2:
                await asyncio.sleep(0.01)
            before = len(told)
            while len(told) < before + 40:
                await asyncio.sleep(0.01)
            using = False
            await asyncio.gather(*users)
            while True:
                async with app.state.database.transaction() as session:
                    finished = set(await session.scalars(text("SELECT n FROM done")))
                    kept = set(await session.scalars(text("SELECT n FROM kept")))
                if finished == kept:
                    break
                await asyncio.sleep(0.1)
    finally:
        del TASKS["test.done"]
        server.stop()
    assert told <= kept
    assert set(statuses) <= {200, 503}

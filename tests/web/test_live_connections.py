"""The pool never hands out a dead connection, and asks the server only about one that lay idle."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

import web.live_connections
from web.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, 1)
    yield made
    await made.close()


async def process_of(database: Database) -> int:
    async with database.transaction() as session:
        return int(await session.scalar(text("SELECT pg_backend_pid()")) or 0)


async def end(database: Database, process: int) -> None:
    other = Database(database.url, 1)
    async with other.transaction() as session:
        await session.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})
    await other.close()


@pytest.fixture
def pings(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    asked: list[Any] = []
    ping = database.engine.dialect.do_ping
    monkeypatch.setattr(database.engine.dialect, "do_ping", lambda connection: asked.append(connection) or ping(connection))
    return asked


async def test_a_connection_is_used_again_without_asking(database: Database, pings: list[Any]) -> None:
    assert await process_of(database) == await process_of(database)
    assert not pings


async def test_a_connection_whose_server_went_is_replaced(database: Database, pings: list[Any]) -> None:
    first = await process_of(database)
    await end(database, first)
    assert await process_of(database) not in {0, first}
    assert not pings


async def test_one_that_lay_idle_is_asked(database: Database, pings: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    first = await process_of(database)
    monkeypatch.setattr(web.live_connections, "_IDLE_S", 0.0)
    assert await process_of(database) == first
    assert len(pings) == 1


async def test_one_that_does_not_answer_is_replaced(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def ping(_: Any) -> bool:
        raise database.engine.dialect.loaded_dbapi.OperationalError("a balancer dropped it without a word", None)

    first = await process_of(database)
    monkeypatch.setattr(web.live_connections, "_IDLE_S", 0.0)
    monkeypatch.setattr(database.engine.dialect, "do_ping", ping)
    assert await process_of(database) not in {0, first}

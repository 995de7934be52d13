"""What happens when connections to the database are short: who cannot have one is told to come again, and who sends slowly takes none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

from tests.web.conftest import running
from tests.web.people import allow_program, make_user, sign_in
from web.app import create_app
from web.database import Database
from web.http.errors import is_database_away
from web.settings import Settings

CONNECTIONS = 2


@pytest.fixture
async def app(settings: Settings, database_url: str) -> Starlette:
    return create_app(settings.model_copy(update={"database_connections": CONNECTIONS}), database_url)


@pytest.mark.parametrize("path", ["/account", "/api/v1/me"])
async def test_without_a_free_connection_everybody_is_told_to_come_again(
    app: Starlette, client: httpx.AsyncClient, database: Database, path: str
) -> None:
    await sign_in(app, client, await make_user(database))
    async with AsyncExitStack() as held:
        for _ in range(CONNECTIONS):
            await held.enter_async_context(app.state.database.engine.connect())
        began = asyncio.get_running_loop().time()
        answer = await client.get(path)
        waited_s = asyncio.get_running_loop().time() - began
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "busy" in answer.text
    assert waited_s < 6.0


@pytest.mark.parametrize("path", ["/sign-in", "/account/name", "/api/v1/auth/token", "/api/v1/laps", "/upload", "/nothing"])
async def test_a_body_that_comes_slowly_holds_no_connection(app: Starlette, database: Database, path: str) -> None:
    async with running(app) as client:
        user = await make_user(database)
        await sign_in(app, client, user)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if path.endswith("laps"):
            headers |= {"Authorization": f"Bearer {await allow_program(app, user)}"}
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield b"email=a"
            begun.set()
            await go_on.wait()
            yield b"%40example.org"

        slow = asyncio.create_task(client.post(path, content=body(), headers=headers))
        begins = asyncio.create_task(begun.wait())
        await asyncio.wait({slow, begins}, return_when=asyncio.FIRST_COMPLETED, timeout=5)
        await asyncio.sleep(0.1)
        taken = app.state.database.engine.pool.checkedout()
        go_on.set()
        answer = await slow
        begins.cancel()
    assert taken == 0
    assert answer.status_code < 500


def test_a_server_that_has_too_many_connections_counts_as_away() -> None:
    assert is_database_away(asyncpg.TooManyConnectionsError("sorry, too many clients already"))
    assert not is_database_away(asyncpg.UniqueViolationError("duplicate key"))

"""Downloads hold a connection while they are sent, so there are few, and whoever stops reading loses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from tests.web.people import make_user, sign_in
from web.database import Database
from web.errors import TooMany
from web.http import downloads as module
from web.http.downloads import Download, Downloads


async def nothing() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


def test_few_at_once_and_one_for_each() -> None:
    places, ann, bob, carl = Downloads(6), uuid4(), uuid4(), uuid4()
    places.begin(ann)
    with pytest.raises(TooMany, match="of yours"):
        places.begin(ann)
    places.begin(bob)
    with pytest.raises(TooMany, match="Others"):
        places.begin(carl)
    places.end(ann)
    places.begin(carl)


async def test_a_reader_who_stops_reading_gives_place_and_connection_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STALLED_S", 0.05)
    places, ann, closed = Downloads(3), uuid4(), []

    async def content() -> AsyncGenerator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            closed.append(True)

    async def stuck(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    answer = Download(content(), places, ann, media_type="text/plain", headers={})
    await asyncio.wait_for(answer({"type": "http", "asgi": {"spec_version": "2.3"}}, nothing, stuck), 5)
    assert closed == [True]
    places.begin(ann)


async def test_a_second_download_of_ones_data_waits_for_the_first(app: Starlette, client: httpx.AsyncClient, database: Database) -> None:
    user = await make_user(database)
    await sign_in(app, client, user)
    app.state.downloads.begin(user.id)
    refused = await client.post("/privacy/download")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    app.state.downloads.end(user.id)
    for _ in range(2):
        assert (await client.post("/privacy/download")).status_code == 200
    assert app.state.database.engine.pool.checkedout() == 0

"""While the engine works, nobody who waits for it holds a connection to the database: else a few links would close the service."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from tests.web.laps.conftest import Filed
from tests.web.laps.test_pages import count, stranger_of
from web.laps import service
from web.laps.workbench import Workbench, workbench_of
from web.models.base import now
from web.storage import Storage


@asynccontextmanager
async def busy_engine(filed: Filed) -> AsyncIterator[Workbench]:
    """The engine has a long piece of work in hand until the block ends."""
    bench, over = workbench_of(filed.app.state.services.storage), threading.Event()
    work = asyncio.create_task(bench.run(lambda: over.wait(60)))
    try:
        yield bench
    finally:
        over.set()
        await work


async def settled(filed: Filed) -> int:
    """Connections that requests hold once none of them gets any further."""
    pool, calm = filed.app.state.database.engine.pool, 0
    for _ in range(200):
        await asyncio.sleep(0.02)
        calm = calm + 1 if pool.checkedout() == 0 else 0
        if calm == 10:
            break
    return int(pool.checkedout())


@pytest.mark.parametrize("part", ["?against=potential", "/series?against=potential"])
async def test_strangers_who_wait_for_a_comparison_leave_all_connections_to_others(filed: Filed, part: str) -> None:
    lap, more = filed.slowest, filed.app.state.settings.database_connections + 5
    assert (await filed.client.post(f"/laps/{lap['id']}/share", data={"visibility": "link"})).status_code == 303
    made = await count(filed.database, "lap_comparisons")
    async with stranger_of(filed.app) as stranger, busy_engine(filed):
        waiting = [asyncio.create_task(stranger.get(f"/laps/{lap['id']}{part}")) for _ in range(more)]
        held = await settled(filed)
        list_page = await filed.client.get("/laps")
        unfinished = sum(not task.done() for task in waiting)
    answers: list[httpx.Response] = await asyncio.gather(*waiting)
    assert held == 0
    assert list_page.status_code == 200
    assert unfinished == more
    assert {answer.status_code for answer in answers} == {200}
    assert await count(filed.database, "lap_comparisons") == made + ("series" not in part)


class SlowStorage(Storage):
    """A store on another server that takes its time."""

    go_on: asyncio.Event

    async def put(self, key: str, content: bytes | Path) -> None:
        await self.go_on.wait()
        await super().put(key, content)


async def test_uploads_that_wait_for_the_store_leave_all_connections_to_others(filed: Filed, tmp_path: Path) -> None:
    state, more = filed.app.state, filed.app.state.settings.database_connections + 5
    slow = SlowStorage.in_folder(tmp_path / "files")
    slow.go_on = asyncio.Event()
    state.database.session_info["services"] = replace(state.services, storage=slow)
    sending = [asyncio.create_task(filed.client.post(f"/api/v1/laps?name={n}.ibt", content=f"lap {n % 10}".encode())) for n in range(more)]
    held = await settled(filed)
    list_page = await filed.client.get("/laps")
    slow.go_on.set()
    answers = await asyncio.gather(*sending)
    assert (held, list_page.status_code) == (0, 200)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 10  # some came twice at once
    async with filed.database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM uploads WHERE state = 'waiting'")) == 10
        swept = await service.sweep_incoming(session, slow, now() + timedelta(minutes=1))
    assert swept == more - 10 + 1  # and the session that the laps were read from


async def test_a_lap_that_is_deleted_while_it_is_compared_is_said_to_be_gone(filed: Filed) -> None:
    lap = filed.slowest
    async with busy_engine(filed):
        waiting = asyncio.create_task(filed.client.get(f"/laps/{lap['id']}?against=potential"))
        await settled(filed)
        assert (await filed.client.post(f"/laps/{lap['id']}/delete")).status_code == 303
    assert (await waiting).status_code == 404

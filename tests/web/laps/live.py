"""The service on a real port, with a database of its own, for a real browser."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from tests.web.conftest import fresh_database
from web.app import create_app
from web.database import Database
from web.settings import Settings

Prepare = Callable[[Starlette, Database], Awaitable[None]]


@contextmanager
def serving(postgres: str, settings: Settings, prepare: Prepare) -> Iterator[None]:
    """Serve in a thread of its own, because Playwright keeps a loop running in the test's; `prepare` runs there once it answers."""
    failed: list[BaseException] = []
    ready, over = threading.Event(), threading.Event()

    async def run() -> None:
        async with fresh_database(postgres) as url:
            app = create_app(settings, url)
            server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=settings.port, log_level="warning", lifespan="on"))
            served = asyncio.create_task(server.serve())
            try:
                while not server.started and not served.done():
                    await asyncio.sleep(0.02)
                database = Database(url, 2)
                await prepare(app, database)
                await database.close()
                ready.set()
                await asyncio.to_thread(over.wait)
            finally:
                server.should_exit = True
                await served

    def guarded() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:  # noqa: BLE001 - handed to the test's own thread
            failed.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=guarded)
    thread.start()
    try:
        assert ready.wait(240), "the service did not start"
        if failed:
            raise failed[0]
        yield
    finally:
        over.set()
        thread.join(20)
    if failed:
        raise failed[0]

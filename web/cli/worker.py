"""`racing-coach worker`: runs jobs in a process of its own; any number may run, on any machine that reaches the database."""

from __future__ import annotations

import argparse
import asyncio
import signal

import web.tasks  # noqa: F401 - registers the jobs
from web.cli.start import add_data_argument, address_of_database, prepare, settings_from, stop_on_terminate
from web.jobs.worker import Worker
from web.services import Services
from web.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The data folder of a service on this machine; with DATABASE_URL it holds only what the settings put there."""
    add_data_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Work until interrupted."""
    settings = settings_from(args)
    stop_on_terminate()
    url = address_of_database(settings)
    prepare(url)
    asyncio.run(_work(settings, url))


async def _work(settings: Settings, url: str) -> None:
    services = Services.of(settings, url)
    worker = Worker(services)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, asked.set)
        except NotImplementedError:  # Windows: Ctrl-C ends the loop by an exception, and the jobs come back by their heartbeat
            break
    working = asyncio.create_task(worker.run())
    print("Racing Coach worker: running (Ctrl-C stops it)", flush=True)
    try:
        await asked.wait()
    finally:
        await worker.finish(working)
        await services.database.close()

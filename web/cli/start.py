"""What `serve` and `worker` do before they begin: settings, log, a database that answers and has this version's tables."""

from __future__ import annotations

import argparse
import asyncio
import signal
from pathlib import Path
from types import FrameType

from web import temporary
from web.database import migrate, wait_for_server
from web.embedded.server import url_of
from web.http.log import set_up_log
from web.settings import Settings, load_settings


def add_data_argument(parser: argparse.ArgumentParser) -> None:
    """`--data`, which both take."""
    parser.add_argument(
        "--data", type=Path, help="folder of everything that is kept here (default: RACING_COACH_DATA, or the system's folder for it)"
    )


def settings_from(args: argparse.Namespace, *names: str) -> Settings:
    """The environment's settings, and on top those named that were given on the command line."""
    given = {name: getattr(args, name) for name in ("data", *names) if getattr(args, name) is not None}
    settings = load_settings(**given)
    set_up_log(settings)
    temporary.keep_in(settings.data)
    return settings


def address_of_database(settings: Settings) -> str:
    """DATABASE_URL, or the server that another process runs in the data folder."""
    return url_of(settings.data) if settings.embedded else settings.database_url.get_secret_value()


def prepare(url: str) -> None:
    """Wait for the database and bring its tables to this version."""

    async def both() -> None:
        await wait_for_server(url)
        await migrate(url)

    asyncio.run(both())


def stop_on_terminate() -> None:
    """SIGTERM ends us as Ctrl-C does: through every `finally`."""

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the form of a handler
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)

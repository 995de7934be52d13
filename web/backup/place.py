"""The service that a backup is of: its settings and its database, started for the while if nobody serves it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from web import temporary
from web.database import wait_for_server
from web.embedded import EmbeddedDatabase
from web.embedded.server import url_of
from web.errors import CannotStart
from web.settings import Settings, load_settings

_PATIENCE_S = 5.0


@contextmanager
def place_of(data: Path | None) -> Iterator[tuple[Settings, str]]:
    """Settings and the database's address; CannotStart when it does not answer."""
    settings = load_settings(**({"data": data} if data else {}))
    temporary.keep_in(settings.data)
    if not settings.embedded:
        url = settings.database_url.get_secret_value()
        asyncio.run(wait_for_server(url, _PATIENCE_S))
        yield settings, url
        return
    server = EmbeddedDatabase(settings.data)
    try:
        url = server.start()
    except CannotStart:  # served already, or it cannot be started: then nobody answers, and that is said
        url = url_of(settings.data)
        asyncio.run(wait_for_server(url, _PATIENCE_S))
        yield settings, url
        return
    try:
        yield settings, url
    finally:
        server.stop()

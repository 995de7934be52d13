"""Keeps dead connections out of the pool's hands without asking the server each time.

The pool's own check costs three messages to the server and back per request, as many as a page's queries. A connection whose server
has gone knows it by itself; only one that lay idle for long, behind whatever drops quiet connections, is asked.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine

_IDLE_S = 30.0  # shorter than the idle limits of firewalls and balancers, which count minutes
_RETURNED = "returned_s"


def watch_connections(engine: AsyncEngine) -> None:
    """From now on the pool hands out connections that are open; a dead one is replaced by a new one."""
    pool, dialect = engine.sync_engine.pool, engine.dialect

    def returned(_: Any, record: Any) -> None:
        record.info[_RETURNED] = time.monotonic()

    def taken(connection: Any, record: Any, _: Any) -> None:
        if connection.driver_connection.is_closed():
            raise DisconnectionError
        now = time.monotonic()
        if now - record.info.pop(_RETURNED, now) > _IDLE_S:
            try:
                dialect.do_ping(connection)
            except (dialect.loaded_dbapi.Error, OSError) as error:
                raise DisconnectionError from error

    event.listen(pool, "checkin", returned)
    event.listen(pool, "checkout", taken)

"""Putting jobs on the queue, inside the caller's transaction."""

from __future__ import annotations

import json
from datetime import timedelta

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from web.jobs.task import TASKS, Payload


async def enqueue(session: AsyncSession, name: str, payload: Payload, *, after_s: float = 0.0, priority: int = 0, unique: str = "") -> None:
    """One job, there for the workers once this transaction is kept.

    `after_s`: not before that many seconds. `unique`: skipped while a job with the same key waits or runs.
    """
    if name not in TASKS:
        raise RuntimeError(f"no job is called {name}")
    raw = await (await session.connection()).get_raw_connection()
    assert raw.driver_connection is not None
    if not raw.driver_connection.is_in_transaction():
        # SQLAlchemy sends BEGIN with the first statement it sees: without one the driver below would be outside the transaction.
        await session.execute(text("SELECT 1"))
    queries = Queries(AsyncpgDriver(raw.driver_connection))
    await queries.enqueue(
        name,
        json.dumps(payload, separators=(",", ":")).encode(),
        priority=priority,
        execute_after=timedelta(seconds=after_s) if after_s else None,
        dedupe_key=f"{name}:{unique}" if unique else None,
        on_conflict="skip",
    )

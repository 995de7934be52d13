"""`racing-coach worker` that also knows the job `test.note`, and notices a dead colleague after two seconds."""

from __future__ import annotations

import argparse
import asyncio
from datetime import timedelta
from functools import partial

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from web.cli import worker
from web.jobs.task import Payload, task
from web.jobs.worker import Worker


@task("test.note")
async def note(session: AsyncSession, payload: Payload) -> None:
    await session.execute(text("INSERT INTO notes VALUES (:n)"), payload)
    await asyncio.sleep(0.05)


if __name__ == "__main__":
    worker.Worker = partial(Worker, heartbeat=timedelta(seconds=2))
    worker.run(argparse.Namespace(data=None))

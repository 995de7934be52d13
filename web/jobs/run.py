"""One attempt at one job: counted before, marked as done in its own transaction, tried again or given up after.

The queue's own count does not rise when a worker dies, so a job that kills its worker would come back for ever: ours is written
before the work begins.
"""

from __future__ import annotations

import json
from datetime import timedelta

import structlog
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job
from sqlalchemy import delete, or_, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from web.jobs.task import Payload, Task, task
from web.models.base import now
from web.models.jobs import JobRun
from web.services import Services, services_of

log = structlog.get_logger()

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 300.0
_KEPT = timedelta(days=1)  # far longer than a job can be redelivered


class GivenUp(Exception):
    """The last attempt has failed."""


async def attempt(services: Services, task: Task, job: Job) -> None:
    """Run one job once. RetryRequested: again later; GivenUp: never again."""
    number = await _begin(services, task, job)
    if number is None:
        return  # kept before, and redelivered because the worker died before it could say so
    payload: Payload = json.loads(job.payload or b"{}")
    if number > task.attempts:
        await _give_up(services, task, payload, "worker lost")
    try:
        async with services.database.transaction() as session:
            await task.run(session, payload)
            await session.execute(update(JobRun).where(JobRun.job_id == job.id).values(done_at=now()))
    except Exception as error:
        log.warning("job_failed", job=task.name, job_id=job.id, attempt=number, reason=type(error).__name__, exc_info=True)
        if number >= task.attempts:
            await _give_up(services, task, payload, type(error).__name__)
        raise RetryRequested(timedelta(seconds=min(_FIRST_PAUSE_S * 2 ** (number - 1), _LONGEST_PAUSE_S)), type(error).__name__) from error


async def _begin(services: Services, task: Task, job: Job) -> int | None:
    """The number of this attempt, from 1; None: the job was kept already."""
    fresh = insert(JobRun).values(job_id=job.id, name=task.name, attempts=1, begun_at=now())
    counted = fresh.on_conflict_do_update(index_elements=[JobRun.job_id], set_={"attempts": JobRun.attempts + 1, "begun_at": now()})
    async with services.database.transaction() as session:
        number, done_at = (await session.execute(counted.returning(JobRun.attempts, JobRun.done_at))).one()
    return None if done_at is not None else int(number)


async def _give_up(services: Services, task: Task, payload: Payload, reason: str) -> None:
    log.error("job_given_up", job=task.name, reason=reason)
    if task.given_up is not None:
        async with services.database.transaction() as session:
            await task.given_up(session, payload)
    raise GivenUp(f"{task.name}: {reason}")


@task("jobs.sweep", cron="17 3 * * *")
async def sweep(session: AsyncSession, payload: Payload) -> None:  # noqa: ARG001 - every job takes one
    """Forget runs that are long done, and jobs that were given up: a mail that could not be sent holds an address and a text."""
    given_up_before = now() - timedelta(days=services_of(session).settings.failed_jobs_days)
    await session.execute(delete(JobRun).where(or_(JobRun.done_at < now() - _KEPT, JobRun.begun_at < given_up_before)))
    for table, condition in (("pgqueuer", "status = 'failed' AND updated < :before"), ("pgqueuer_log", "created < :before")):
        await session.execute(text(f"DELETE FROM {table} WHERE {condition}"), {"before": given_up_before})  # noqa: S608 - two names from here

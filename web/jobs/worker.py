"""A worker: takes jobs from the queue until it is told to stop, in a web process or in one of its own; any number may run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job, Schedule

from web.jobs.queue import enqueue
from web.jobs.run import attempt
from web.jobs.task import SCHEDULES, TASKS, Task
from web.services import Services

log = structlog.get_logger()

_HEARTBEAT = timedelta(seconds=30)  # a worker that is silent for this long has lost its jobs to others
_LOOK_AGAIN = timedelta(seconds=1)  # nobody notifies of a job that is to be tried again
_PAUSE_S = 0.5
_GRACE_S = 20.0


class Worker:
    """Runs jobs with its own connection for the queue; the jobs' transactions come from the shared engine."""

    def __init__(self, services: Services, *, heartbeat: timedelta = _HEARTBEAT) -> None:
        self._services = services
        self._heartbeat = heartbeat
        self._stopping = asyncio.Event()
        self._queue: PgQueuer | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until `stop`; a lost database is waited for."""
        while not self._stopping.is_set():
            connection = None
            try:
                connection = await asyncpg.connect(self._services.database.url, timeout=10)
                self._queue = self._registered(connection)
                if self._stopping.is_set():  # told while connecting
                    break
                at_once = self._services.settings.job_concurrency
                await self._queue.run(
                    batch_size=max(1, at_once // 2),
                    max_concurrent_tasks=max(2, at_once),
                    dequeue_timeout=_LOOK_AGAIN,
                    heartbeat_timeout=self._heartbeat,
                    shutdown_on_listener_failure=True,
                )
            except Exception as error:  # noqa: BLE001 - whatever it is, a worker that ended would leave the queue standing
                if not self._stopping.is_set():
                    log.warning("worker_interrupted", reason=type(error).__name__)
            finally:
                if connection is not None and not connection.is_closed():
                    with suppress(Exception):
                        await connection.close(timeout=2)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _PAUSE_S)

    def stop(self) -> None:
        """Take no more jobs; `run` returns when those that run are done."""
        self._stopping.set()
        if self._queue is not None:
            self._queue.shutdown.set()

    async def finish(self, working: asyncio.Task[None], grace_s: float = _GRACE_S) -> None:
        """Stop, and wait for `run`; jobs that take longer than the grace are broken off and put back for others."""
        self.stop()
        done, _ = await asyncio.wait({working}, timeout=grace_s)
        if not done:
            for task in self._running:
                task.cancel()
        await working

    def _registered(self, connection: asyncpg.Connection) -> PgQueuer:
        queue = PgQueuer.from_asyncpg_connection(connection)
        for job in TASKS.values():
            queue.entrypoint(job.name, concurrency_limit=job.at_once, on_failure="hold")(self._runner(job))
        for due in SCHEDULES.values():
            queue.schedule(due.task, due.cron)(self._clock(due.task))
        return queue

    def _runner(self, task: Task) -> Callable[[Job], Awaitable[None]]:
        async def run(job: Job) -> None:
            # A task of its own, so that breaking it off does not break the queue's bookkeeping off.
            running = asyncio.create_task(attempt(self._services, task, job))
            self._running.add(running)
            try:
                await running
            except asyncio.CancelledError:
                raise RetryRequested(reason="worker stopped") from None
            finally:
                self._running.discard(running)

        return run

    def _clock(self, name: str) -> Callable[[Schedule], Awaitable[None]]:
        async def due(schedule: Schedule) -> None:  # noqa: ARG001 - the queue hands it over
            async with self._services.database.transaction() as session:
                await enqueue(session, name, {}, unique="by the clock")

        return due

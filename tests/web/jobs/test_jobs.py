"""Jobs: there exactly if their request was kept, done once, tried again, given up, and never lost with a worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from pgqueuer.domain.models import Job
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from web.jobs import run as run_module
from web.jobs.queue import enqueue
from web.jobs.run import attempt
from web.jobs.task import TASKS, Payload, Task
from web.jobs.worker import Worker
from web.services import Services
from web.settings import Settings


@pytest.fixture
async def services(settings: Settings, database_url: str) -> AsyncIterator[Services]:
    made = Services.of(settings, database_url)
    async with made.database.transaction() as session:
        await session.execute(text("CREATE TABLE notes (word text)"))
    yield made
    await made.database.close()


@pytest.fixture
def job() -> Iterator[Callable[[Task], None]]:
    """Register jobs for one test only."""
    before = dict(TASKS)
    yield lambda task: TASKS.__setitem__(task.name, task)
    TASKS.clear()
    TASKS.update(before)


async def note(session: AsyncSession, payload: Payload) -> None:
    await session.execute(text("INSERT INTO notes VALUES (:word)"), {"word": payload["word"]})


async def notes(services: Services) -> list[str]:
    async with services.database.transaction() as session:
        return sorted(await session.scalars(text("SELECT word FROM notes")))


@asynccontextmanager
async def worker(services: Services, heartbeat_s: float = 30.0) -> AsyncIterator[asyncio.Task[None]]:
    made = Worker(services, heartbeat=timedelta(seconds=heartbeat_s))
    task = asyncio.create_task(made.run())
    try:
        yield task
    finally:
        made.stop()
        await asyncio.wait_for(task, 10)


async def until(holds: Callable[[], object], limit_s: float = 20.0) -> None:
    """Wait for something true."""
    async with asyncio.timeout(limit_s):
        while True:
            outcome = holds()
            if await outcome if asyncio.iscoroutine(outcome) else outcome:
                return
            await asyncio.sleep(0.02)


async def queued(services: Services) -> int:
    async with services.database.transaction() as session:
        return int(await session.scalar(text("SELECT count(*) FROM pgqueuer WHERE status IN ('queued', 'picked')")))


async def test_job_runs_when_its_transaction_was_kept(services: Services, job: Callable[[Task], None]) -> None:
    job(Task("test.note", note, 3, None, 0))
    async with worker(services):
        async with services.database.transaction() as session:
            await enqueue(session, "test.note", {"word": "kept"})
        await until(lambda: _equals(notes(services), ["kept"]))


async def _equals(found: object, wanted: object) -> bool:
    return await found == wanted  # type: ignore[misc]


async def test_job_of_a_rolled_back_transaction_never_was(services: Services, job: Callable[[Task], None]) -> None:
    """Also when enqueuing is the first thing that the transaction does."""
    job(Task("test.note", note, 3, None, 0))

    async def enqueue_and_fail() -> None:
        async with services.database.transaction() as session:
            await enqueue(session, "test.note", {"word": "never"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await enqueue_and_fail()
    assert await queued(services) == 0


async def test_waiting_job_with_the_same_key_is_not_doubled(services: Services, job: Callable[[Task], None]) -> None:
    job(Task("test.note", note, 3, None, 0))
    for _ in range(3):
        async with services.database.transaction() as session:
            await enqueue(session, "test.note", {"word": "once"}, unique="lap 1")
    assert await queued(services) == 1


async def test_failing_job_is_tried_again_then_given_up_and_told(
    services: Services, job: Callable[[Task], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "_FIRST_PAUSE_S", 0.01)
    tries = []

    async def fail(session: AsyncSession, payload: Payload) -> None:
        tries.append(payload["word"])
        await note(session, {"word": "must be rolled back"})
        raise ValueError

    job(Task("test.fail", fail, 3, note, 0))
    async with worker(services):
        async with services.database.transaction() as session:
            await enqueue(session, "test.fail", {"word": "given up"})
        await until(lambda: _equals(notes(services), ["given up"]))
        await until(lambda: _equals(queued(services), 0))
    assert len(tries) == 3


async def test_what_was_given_up_is_deleted_after_a_week_with_the_address_in_it(
    services: Services, job: Callable[[Task], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "_FIRST_PAUSE_S", 0.01)

    async def fail(session: AsyncSession, payload: Payload) -> None:
        raise ValueError

    job(Task("test.fail", fail, 1, note, 0))
    async with worker(services):
        async with services.database.transaction() as session:
            await enqueue(session, "test.fail", {"word": "ann@example.org"})
        await until(lambda: _equals(_count(services, "pgqueuer WHERE status = 'failed'"), 1))
    assert services.settings.failed_jobs_days == 7
    for age_days, left in ((6, 1), (8, 0)):
        async with services.database.transaction() as session:
            for table, column in (("pgqueuer", "updated"), ("pgqueuer_log", "created"), ("job_runs", "begun_at")):
                await session.execute(text(f"UPDATE {table} SET {column} = now() - make_interval(days => {age_days})"))
            await enqueue(session, "test.fail", {"word": "waits"}, after_s=3600, unique="waits")
        async with services.database.transaction() as session:
            await TASKS["jobs.sweep"].run(session, {})
        assert await _count(services, "pgqueuer WHERE status = 'failed'") == left
        assert await _count(services, "job_runs") == left
        assert (await _count(services, "pgqueuer_log WHERE status = 'failed'") > 0) == bool(left)
        assert await _count(services, "pgqueuer WHERE status = 'queued'") == 1


async def _count(services: Services, where: str) -> int:
    async with services.database.transaction() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {where}")) or 0)


async def test_job_that_kills_its_worker_does_not_come_back_for_ever(services: Services, job: Callable[[Task], None]) -> None:
    """A worker that dies says nothing, and the queue's own count stays: the attempts count that were begun."""
    begun = asyncio.Event()

    async def hang(session: AsyncSession, payload: Payload) -> None:
        begun.set()
        await asyncio.Event().wait()

    job(Task("test.hang", hang, 2, note, 0))
    async with services.database.transaction() as session:
        await enqueue(session, "test.hang", {"word": "given up"})
        row = (await session.execute(text("SELECT * FROM pgqueuer"))).mappings().one()
    for _ in range(2):
        begun.clear()
        dying = asyncio.create_task(attempt(services, TASKS["test.hang"], Job.model_validate(dict(row))))
        await asyncio.wait_for(begun.wait(), 10)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
    async with worker(services):
        await until(lambda: _equals(notes(services), ["given up"]))


async def test_stopped_worker_puts_a_long_job_back(services: Services, job: Callable[[Task], None]) -> None:
    begun = asyncio.Event()

    async def hang(session: AsyncSession, payload: Payload) -> None:
        begun.set()
        await asyncio.Event().wait()

    job(Task("test.hang", hang, 5, None, 0))
    async with services.database.transaction() as session:
        await enqueue(session, "test.hang", {})
    made = Worker(services)
    working = asyncio.create_task(made.run())
    await asyncio.wait_for(begun.wait(), 10)
    await asyncio.wait_for(made.finish(working, grace_s=0.05), 10)
    async with services.database.transaction() as session:
        assert await session.scalar(text("SELECT status::text FROM pgqueuer")) == "queued"


async def test_job_that_was_kept_is_not_done_again(services: Services, job: Callable[[Task], None]) -> None:
    """The worker died between keeping the job's work and telling the queue."""
    job(Task("test.note", note, 3, None, 0))
    async with services.database.transaction() as session:
        await enqueue(session, "test.note", {"word": "once"})
        number = await session.scalar(text("SELECT id FROM pgqueuer"))
    async with worker(services):
        await until(lambda: _equals(queued(services), 0))
    async with services.database.transaction() as session:
        await session.execute(
            text("INSERT INTO pgqueuer (id, priority, status, entrypoint, payload) VALUES (:id, 0, 'queued', 'test.note', :payload)"),
            {"id": number, "payload": b'{"word": "once"}'},
        )
    async with worker(services):
        await until(lambda: _equals(queued(services), 0))
    assert await notes(services) == ["once"]


async def test_two_workers_do_each_job_once(services: Services, job: Callable[[Task], None]) -> None:
    job(Task("test.note", note, 3, None, 0))
    wanted = [f"{number:03}" for number in range(60)]
    async with services.database.transaction() as session:
        for word in wanted:
            await enqueue(session, "test.note", {"word": word})
    async with worker(services), worker(services):
        await until(lambda: _equals(queued(services), 0))
    assert await notes(services) == wanted


async def test_worker_survives_a_lost_connection(services: Services, job: Callable[[Task], None]) -> None:
    job(Task("test.note", note, 3, None, 0))
    async with worker(services):
        async with services.database.transaction() as session:
            await enqueue(session, "test.note", {"word": "before"})
        await until(lambda: _equals(notes(services), ["before"]))
        async with services.database.transaction() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        async with services.database.transaction() as session:
            await enqueue(session, "test.note", {"word": "after"})
        await until(lambda: _equals(notes(services), ["after", "before"]))

"""Jobs on laps: reading what came in, comparing it, measuring again, sweeping."""

from __future__ import annotations

import uuid
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from coach.errors import RacingCoachError
from web.jobs.queue import enqueue
from web.jobs.task import Payload, task
from web.laps import service
from web.laps.repository import LapRepository
from web.laps.workbench import workbench_of
from web.models.base import now
from web.services import services_of

READ_FIRST, COMPARE_LATER, MEASURE_LAST = 2, 1, 0  # queue priorities: a driver waits for laps to appear, nobody for the rest
_COMPARED_AT_ONCE = 25


async def cannot_read(session: AsyncSession, payload: Payload) -> None:
    """Tell the driver when reading has failed for good: a fault of ours, or a file that brings the worker down."""
    upload = await LapRepository(session).upload_to_read(uuid.UUID(payload["upload_id"]))
    if upload is not None:
        upload.state, upload.finished_at = "refused", now()
        upload.says = "Reading this file has failed several times. It has been written down; the file is not kept."


@task("laps.read", attempts=3, given_up=cannot_read)
async def read(session: AsyncSession, payload: Payload) -> None:
    """Read a file that came in, and have its laps compared."""
    services = services_of(session)
    upload_id = uuid.UUID(payload["upload_id"])
    filed = await service.read_upload(session, workbench_of(services.storage), services.settings, upload_id)
    if filed is not None and filed.remapped is not None:
        await enqueue(session, "laps.measure", {"track_id": str(filed.remapped)}, priority=MEASURE_LAST, unique=str(filed.remapped))
    if filed is not None and filed.laps:
        payload = {"combination_id": str(filed.combination_id)}
        await enqueue(session, "laps.compare", payload, priority=COMPARE_LATER, unique=payload["combination_id"])


@task("laps.compare", attempts=3, at_once=1)
async def compare(session: AsyncSession, payload: Payload) -> None:
    """Compare laps of a combination that were never compared, newest first; some at a time, so that reading comes in between."""
    bench, repository = workbench_of(services_of(session).storage), LapRepository(session)
    laps = await repository.never_compared(uuid.UUID(payload["combination_id"]), _COMPARED_AT_ONCE)
    compared = 0
    for lap in laps:
        try:
            reference = await service.reference_for(session, lap, None, lap.user_id)
            await service.beside(session, bench, lap, reference)
            compared += 1
        except RacingCoachError:
            continue  # its page says why
    if compared and len(laps) == _COMPARED_AT_ONCE:
        await enqueue(session, "laps.compare", payload, priority=COMPARE_LATER)


@task("laps.measure", attempts=3, at_once=1)
async def measure(session: AsyncSession, payload: Payload) -> None:
    """Measure the laps of a track again after its map has changed."""
    track_id = uuid.UUID(payload["track_id"])
    if await service.measure_again(session, workbench_of(services_of(session).storage), track_id):
        await enqueue(session, "laps.measure", payload, priority=MEASURE_LAST)


@task("laps.renew", attempts=3, at_once=1, cron="*/10 * * * *")
async def renew(session: AsyncSession, payload: Payload) -> None:
    """Measure laps again that another version of the engine measured."""
    if await service.measure_again(session, workbench_of(services_of(session).storage), None):
        await enqueue(session, "laps.renew", payload, priority=MEASURE_LAST)


@task("laps.forget", attempts=8)
async def forget(session: AsyncSession, payload: Payload) -> None:
    """Delete files of an account that was deleted while one of its uploads was being read: its rows are gone by now."""
    user_id = uuid.UUID(payload["user_id"])
    if not await LapRepository(session).has_laps(user_id):
        await service.forget_files(services_of(session).storage, user_id)


@task("laps.sweep", attempts=3, at_once=1, cron="*/10 * * * *")
async def sweep(session: AsyncSession, payload: Payload) -> None:  # noqa: ARG001 - every job takes one
    """Delete received files that are of no more use; a young one may belong to a request that is not over."""
    await service.sweep_incoming(session, services_of(session).storage, now() - timedelta(minutes=15))

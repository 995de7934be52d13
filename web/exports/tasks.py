"""Jobs on training exports: making them in pieces, taking laps out, deleting what is left over."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web.exports import service
from web.jobs.queue import enqueue
from web.jobs.task import Payload, task
from web.laps.workbench import workbench_of
from web.services import services_of


async def cannot_build(session: AsyncSession, payload: Payload) -> None:
    """Making it has failed for good."""
    await service.give_up(session, UUID(payload["export_id"]))


@task("exports.build", attempts=3, given_up=cannot_build, at_once=1)
async def build(session: AsyncSession, payload: Payload) -> None:
    """Write some laps, then queue again behind whatever waits."""
    goes_on = await service.build_some(session, workbench_of(services_of(session).storage), UUID(payload["export_id"]))
    await enqueue(session, "exports.build" if goes_on else "exports.tidy", payload)


@task("exports.withdraw", attempts=5, at_once=1, cron="7 * * * *")
async def withdraw(session: AsyncSession, payload: Payload) -> None:
    """Write manifests anew without laps that were withdrawn; by the clock, for laps and accounts that were deleted."""
    user_id = payload.get("user_id")
    await service.withdraw(session, services_of(session).storage, UUID(user_id) if user_id else None)


@task("exports.tidy", attempts=3, at_once=1)
async def tidy(session: AsyncSession, payload: Payload) -> None:
    """Delete files that nothing stands for."""
    await service.tidy(session, services_of(session).storage, UUID(payload["export_id"]))

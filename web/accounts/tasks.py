"""Mails whose writing looks an address up, and the daily clearing away: jobs, so that no request's time tells who has an account."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from web import audit
from web.accounts import browsers, one_time, programs, registration, repository
from web.accounts.one_time import Purpose
from web.audit import KEPT
from web.jobs.task import Payload, task
from web.mail.compose import send_mail
from web.models.base import now
from web.services import services_of


@task("accounts.write_registration_link")
async def write_registration_link(session: AsyncSession, payload: Payload) -> None:
    """The link that finishes a registration; or, where the address has an account, a word about that."""
    prepared = await registration.prepare_link(session, UUID(payload["pending_id"]))
    if prepared is None:
        return
    pending, token = prepared
    origin = services_of(session).settings.origin
    if token is None:
        await send_mail(session, pending.email, "accounts/registered_already", sign_in=f"{origin}/sign-in", forgot=f"{origin}/forgot")
    else:
        await send_mail(session, pending.email, "accounts/confirm", link=f"{origin}/register/confirm?token={token}")


@task("accounts.write_reset_link")
async def write_reset_link(session: AsyncSession, payload: Payload) -> None:
    """The link to a new password, if the address has an account."""
    user = await repository.user_by_email(session, payload["email"])
    if user is None:
        return
    await one_time.withdraw(session, Purpose.RESET_PASSWORD, user.id)
    token = await one_time.issue(session, Purpose.RESET_PASSWORD, user.id)
    await send_mail(
        session, user.email, "accounts/reset", name=user.name, link=f"{services_of(session).settings.origin}/reset?token={token}"
    )


@task("accounts.write_email_link")
async def write_email_link(session: AsyncSession, payload: Payload) -> None:
    """The link that moves an account to another address; nothing where that has an account."""
    user = await repository.user_by_id(session, UUID(payload["user_id"]))
    if user is None or await repository.user_by_email(session, payload["email"]) is not None:
        return
    await one_time.withdraw(session, Purpose.CHANGE_EMAIL, user.id)
    token = await one_time.issue(session, Purpose.CHANGE_EMAIL, user.id, email=payload["email"])
    link = f"{services_of(session).settings.origin}/account/email/confirm?token={token}"
    await send_mail(session, payload["email"], "accounts/change_email", name=user.name, link=link)


@task("accounts.write_lock_notice")
async def write_lock_notice(session: AsyncSession, payload: Payload) -> None:
    """Somebody tried too many passwords."""
    user = await repository.user_by_id(session, UUID(payload["user_id"]))
    if user is not None:
        await send_mail(session, user.email, "accounts/locked", name=user.name, forgot=f"{services_of(session).settings.origin}/forgot")


@task("accounts.sweep", cron="41 3 * * *")
async def sweep(session: AsyncSession, payload: Payload) -> None:  # noqa: ARG001 - every job takes one
    """Delete what the privacy policy says is kept no longer."""
    await repository.drop_expired(session, now(), now() - browsers.IDLE, now() - programs.UNUSED)
    await audit.drop_events(session, now() - KEPT)

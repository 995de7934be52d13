"""Queries about the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from web.models.accounts import User
from web.models.audit import AuditEvent


async def events_page(session: AsyncSession, limit: int, after: UUID | None) -> Sequence[Row[AuditEvent, str | None]]:
    """Events with the address of whom they concern, the newest first, beyond `after`: ids sort by time."""
    query = select(AuditEvent, User.email).outerjoin(User, User.id == AuditEvent.user_id).order_by(AuditEvent.id.desc()).limit(limit)
    return (await session.execute(query if after is None else query.where(AuditEvent.id < after))).all()


async def events_of(session: AsyncSession, user_id: UUID) -> Sequence[AuditEvent]:
    """What happened to one account, the newest first."""
    return (await session.scalars(select(AuditEvent).where(AuditEvent.user_id == user_id).order_by(AuditEvent.created_at.desc()))).all()


async def forget_networks(session: AsyncSession, user_id: UUID) -> None:
    """Leave of a deleted account's events only what happened and when."""
    await session.execute(update(AuditEvent).where(AuditEvent.user_id == user_id).values(network=None, details={}))


async def drop_events(session: AsyncSession, before: datetime) -> None:
    """Delete what is older than the privacy policy allows."""
    await session.execute(delete(AuditEvent).where(AuditEvent.created_at < before))

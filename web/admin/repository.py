"""Queries about the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from web.models.accounts import User
from web.models.audit import AuditEvent


async def events_page(session: AsyncSession, limit: int, after: tuple[datetime, UUID] | None) -> Sequence[Row[AuditEvent, str | None]]:
    """Events with the address of whom they concern, the newest first, beyond `after`."""
    query = select(AuditEvent, User.email).outerjoin(User, User.id == AuditEvent.user_id)
    if after is not None:
        query = query.where(tuple_(AuditEvent.created_at, AuditEvent.id) < after)
    return (await session.execute(query.order_by(AuditEvent.created_at.desc(), AuditEvent.id.desc()).limit(limit))).all()


async def events_of(session: AsyncSession, user_id: UUID) -> Sequence[AuditEvent]:
    """What happened to one account, the newest first."""
    return (await session.scalars(select(AuditEvent).where(AuditEvent.user_id == user_id).order_by(AuditEvent.created_at.desc()))).all()


async def forget_networks(session: AsyncSession, user_id: UUID) -> None:
    """Leave of a deleted account's events only what happened and when."""
    await session.execute(update(AuditEvent).where(AuditEvent.user_id == user_id).values(network=None, details={}))


async def drop_events(session: AsyncSession, before: datetime) -> None:
    """Delete what is older than the privacy policy allows."""
    await session.execute(delete(AuditEvent).where(AuditEvent.created_at < before))

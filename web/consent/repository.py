"""Queries about consent: rows are added and read, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from web.consent.texts import Kind
from web.models.consent import ConsentRecord


async def newest(session: AsyncSession, user_id: UUID, kind: Kind) -> ConsentRecord | None:
    """What holds now."""
    query = select(ConsentRecord).where(ConsentRecord.user_id == user_id, ConsentRecord.kind == kind)
    return await session.scalar(query.order_by(ConsentRecord.created_at.desc(), ConsentRecord.id.desc()).limit(1))


async def history(session: AsyncSession, user_id: UUID) -> Sequence[ConsentRecord]:
    """Everything this user said, the newest first."""
    query = select(ConsentRecord).where(ConsentRecord.user_id == user_id)
    return (await session.scalars(query.order_by(ConsentRecord.created_at.desc(), ConsentRecord.id.desc()))).all()

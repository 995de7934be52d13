"""Who did what to whose account and when. Written only; kept when the user is gone, then without a name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified


class AuditEvent(Identified, Base):
    """One thing that happened."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_created_at", "created_at"),)

    action: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)  # whose account
    network: Mapped[str | None] = mapped_column(String(45))  # of the address, without the part that names one household
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)  # never names, addresses or secrets

"""What users agreed to. Rows are only added: the newest of a kind is what holds, the older ones are the proof."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified


class ConsentRecord(Identified, Base):
    """A yes or a no to one text in one version."""

    __tablename__ = "consent_records"
    __table_args__ = (Index("ix_consent_records_user_kind", "user_id", "kind", "created_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))  # "terms", "telemetry"
    version: Mapped[str] = mapped_column(String(20))  # of the text that was shown
    text_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    given: Mapped[bool]
    source: Mapped[str] = mapped_column(String(40))  # "registration", "site", "program"

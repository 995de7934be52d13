"""Training exports: what an administrator asked for, how far it is, and which laps went into it."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from web.models.base import Base, Identified


class TrainingExport(Identified, Base):
    """One export. Its files lie in the object store under `exports/ID/`."""

    __tablename__ = "training_exports"
    __table_args__ = (CheckConstraint("state IN ('building', 'done', 'failed')", name="state_known"),)

    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(String(8), default="building")
    # Which laps; an empty text: any.
    car_key: Mapped[str] = mapped_column(String(120), default="")
    track_key: Mapped[str] = mapped_column(String(360), default="")
    quality: Mapped[str] = mapped_column(String(8), default="clean")
    simulated: Mapped[bool] = mapped_column(default=False)
    consent_version: Mapped[str] = mapped_column(String(20), default="")
    # How far it is: laps are taken in the order of their ids, beyond `after_id` and up to `until_id`, the newest when it was asked for.
    until_id: Mapped[uuid.UUID | None]
    after_id: Mapped[uuid.UUID | None]
    parts: Mapped[int] = mapped_column(default=0)
    laps_total: Mapped[int] = mapped_column(default=0)
    laps_written: Mapped[int] = mapped_column(default=0)
    laps_left_out: Mapped[int] = mapped_column(default=0)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    # What pseudonyms are made with; forgotten as soon as the last lap is written.
    pseudonym_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    finished_at: Mapped[datetime | None]


class ExportedLap(Base):
    """One lap of an export: its pseudonym there, and which lap it is here. No lap any more: it was deleted."""

    __tablename__ = "exported_laps"
    __table_args__ = (
        Index("ix_exported_laps_lap", "lap_id"),
        Index("ix_exported_laps_deleted", "export_id", postgresql_where=text("lap_id IS NULL AND withdrawn_at IS NULL")),
    )

    export_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("training_exports.id", ondelete="CASCADE"), primary_key=True)
    pseudonym: Mapped[str] = mapped_column(String(32), primary_key=True)
    lap_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("laps.id", ondelete="SET NULL"))
    withdrawn_at: Mapped[datetime | None]  # when the stored manifest was written without it

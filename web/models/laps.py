"""Laps and what they belong to. Files lie in the object store; here is what pages ask for."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Identified

_OWNER = "users.id"


class Upload(Identified, Base):
    """A file that was sent, from its arrival to what became of it. The file itself is deleted once it is read."""

    __tablename__ = "uploads"
    __table_args__ = (
        Index("ix_uploads_user_created", "user_id", text("created_at DESC")),
        Index("ix_uploads_user_sha256", "user_id", "sha256"),
        CheckConstraint("state IN ('waiting', 'done', 'refused')", name="state_known"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    says: Mapped[str] = mapped_column(String(600), default="")  # for the driver: why it was refused, what was repaired
    laps_new: Mapped[int] = mapped_column(default=0)
    laps_known: Mapped[int] = mapped_column(default=0)
    incomplete: Mapped[int] = mapped_column(default=0)
    drive_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("drives.id", ondelete="SET NULL"), index=True)
    finished_at: Mapped[datetime | None]
    # The consent under which it came goes on to its laps, whenever they are read.
    consent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consent_records.id", ondelete="SET NULL"), index=True)
    may_train: Mapped[bool] = mapped_column(default=False)


class Track(Identified, Base):
    """A driver's own map of a track configuration: nobody can move another driver's corners. Made-up and driven laps have different ones."""

    __tablename__ = "tracks"
    __table_args__ = (UniqueConstraint("user_id", "simulator", "track_key", "simulated"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"))
    simulator: Mapped[str] = mapped_column(String(120))
    track_key: Mapped[str] = mapped_column(String(360))  # id or name, and configuration
    name: Mapped[str] = mapped_column(String(240))  # as shown, configuration included
    simulated: Mapped[bool]
    length_m: Mapped[float]
    map_version: Mapped[int]
    map_laps: Mapped[int]
    map_packed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # the map file of coach/track/store.py, zlib


class Combination(Identified, Base):
    """One car on one track: laps of a combination may be compared, and progress is shown for it."""

    __tablename__ = "combinations"
    __table_args__ = (UniqueConstraint("user_id", "track_id", "car_key"), Index("ix_combinations_track", "track_id"))

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"))
    track_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tracks.id", ondelete="CASCADE"))
    car_key: Mapped[str] = mapped_column(String(120))
    car_name: Mapped[str] = mapped_column(String(120))
    laps: Mapped[int] = mapped_column(default=0)
    clean_laps: Mapped[int] = mapped_column(default=0)
    best_time_s: Mapped[float | None]
    best_lap_id: Mapped[uuid.UUID | None]
    last_driven_at: Mapped[datetime]
    track: Mapped[Track] = relationship(lazy="raise")


class Drive(Identified, Base):
    """Laps driven one after another ("session" on the pages): those of one file, or of one run of the overlay."""

    __tablename__ = "drives"
    __table_args__ = (
        UniqueConstraint("user_id", "session_key", "combination_id"),
        Index("ix_drives_user_driven", "user_id", text("driven_at DESC"), text("id DESC")),
        Index("ix_drives_combination_driven", "combination_id", "driven_at"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"))
    combination_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("combinations.id", ondelete="CASCADE"))
    session_key: Mapped[str] = mapped_column(String(80))
    session_type: Mapped[str] = mapped_column(String(120), default="")
    driven_at: Mapped[datetime]
    laps: Mapped[int] = mapped_column(default=0)
    clean_laps: Mapped[int] = mapped_column(default=0)
    best_time_s: Mapped[float | None]
    combination: Mapped[Combination] = relationship(lazy="raise")


class Lap(Identified, Base):
    """One timed lap; its samples are the lap file `file_key` of the object store."""

    __tablename__ = "laps"
    __table_args__ = (
        UniqueConstraint("user_id", "content_hash"),
        Index("ix_laps_user_driven", "user_id", text("driven_at DESC"), text("id DESC")),
        Index("ix_laps_combination_driven", "combination_id", text("driven_at DESC"), text("id DESC")),
        Index("ix_laps_combination_time", "combination_id", "lap_time_s", "id"),
        Index("ix_laps_combination_clean_time", "combination_id", "lap_time_s", "id", postgresql_where=text("clean AND sound")),
        Index("ix_laps_drive_number", "drive_id", "number"),
        CheckConstraint("visibility IN ('private', 'link', 'public')", name="visibility_known"),
    )

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"))
    combination_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("combinations.id", ondelete="CASCADE"))
    drive_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("drives.id", ondelete="CASCADE"))
    content_hash: Mapped[str] = mapped_column(String(64))  # what was driven (web/laps/reading.py)
    file_key: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int]
    source: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    lap_time_s: Mapped[float]
    official_lap_time_s: Mapped[float | None]
    clean: Mapped[bool]
    reasons: Mapped[list[str]] = mapped_column(ARRAY(String(60)))
    findings: Mapped[list[dict[str, str]]] = mapped_column(JSONB)  # what speaks against its data
    sound: Mapped[bool]  # nothing speaks against its data, a simulator's mark aside: only such a lap can be a best or a reference
    driven_at: Mapped[datetime]
    visibility: Mapped[str] = mapped_column(String(8), default="private")
    top_speed_mps: Mapped[float | None]
    fuel_l: Mapped[float | None]
    track_temp_c: Mapped[float | None]
    wetness: Mapped[float | None]
    made_by: Mapped[str] = mapped_column(String(40), index=True)  # the version that made its metrics
    map_version: Mapped[int]
    corners: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, deferred=True)  # its metrics, corner by corner
    consent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("consent_records.id", ondelete="SET NULL"), index=True)
    may_train: Mapped[bool] = mapped_column(default=False)  # as its driver had agreed when it came
    combination: Mapped[Combination] = relationship(lazy="raise")
    drive: Mapped[Drive] = relationship(lazy="raise")


class LapComparison(Identified, Base):
    """A lap beside a reference, as the engine saw it; made when it is first wanted. No reference: the potential lap."""

    __tablename__ = "lap_comparisons"
    __table_args__ = (
        UniqueConstraint("lap_id", "reference_id", postgresql_nulls_not_distinct=True),
        Index("ix_lap_comparisons_reference", "reference_id"),
    )

    lap_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("laps.id", ondelete="CASCADE"))
    reference_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("laps.id", ondelete="CASCADE"))
    made_by: Mapped[str] = mapped_column(String(40))
    map_version: Mapped[int]
    delta_s: Mapped[float | None]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)

"""Laps that are offered to be measured against, and which one each driver has chosen for a car on a track."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from web.models.base import Base, Identified, now
from web.models.laps import Lap, Track

_OWNER = "users.id"


class ReferenceLap(Identified, Base):
    """A lap that its driver has marked as a reference. Who may see it is said by the lap itself, in one place for both."""

    __tablename__ = "reference_laps"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"), index=True)
    lap_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("laps.id", ondelete="CASCADE"), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    licence: Mapped[str] = mapped_column(String(20))
    changed_at: Mapped[datetime] = mapped_column(default=now)
    lap: Mapped[Lap] = relationship(lazy="raise")


class ChosenReference(Identified, Base):
    """The lap that a driver wants to be measured against, for one car on one track; without one it is their fastest clean lap."""

    __tablename__ = "chosen_references"
    __table_args__ = (UniqueConstraint("user_id", "simulator", "track_key", "car_key", "simulated", name="uq_chosen_references_subject"),)

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(_OWNER, ondelete="CASCADE"))
    simulator: Mapped[str] = mapped_column(String(120))
    track_key: Mapped[str] = mapped_column(String(360))
    car_key: Mapped[str] = mapped_column(String(120))
    simulated: Mapped[bool]
    lap_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("laps.id", ondelete="CASCADE"), index=True)


# A driver's own tracks are found by their owner, other drivers' laps of the same track by what the track is.
Index("ix_tracks_key", Track.track_key, Track.simulator, Track.simulated)

"""Every query on references. Whose they are, and who may see them, is part of each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from web.laps.repository import seen_by
from web.models.accounts import User
from web.models.base import new_id, now
from web.models.laps import Combination, Lap, Track
from web.models.references import ChosenReference, ReferenceLap

AT_MOST = 200  # references of one car on one track that are looked at


@dataclass(frozen=True, slots=True)
class Subject:
    """One car on one track, driven or simulated, whoever drives: laps of one subject may be compared."""

    simulator: str
    track_key: str
    car_key: str
    simulated: bool

    @classmethod
    def of(cls, lap: Lap) -> Subject:
        """A lap's, which must have come with its combination and track."""
        track = lap.combination.track
        return cls(track.simulator, track.track_key, lap.combination.car_key, track.simulated)


class ReferenceRepository:
    """References in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def listed(self, viewer: uuid.UUID, subject: Subject | None, limit: int = AT_MOST) -> Sequence[tuple[ReferenceLap, str]]:
        """The viewer's own and all public ones, fastest first, with their drivers' names. Those opened by link are in no list."""
        query = _references().where(or_(ReferenceLap.user_id == viewer, Lap.visibility == "public"))
        if subject is not None:
            query = query.where(*_is(subject))
        rows = await self._session.execute(query.order_by(Lap.lap_time_s, ReferenceLap.id).limit(limit))
        return [(reference, name) for reference, name in rows]

    async def reference(self, reference_id: uuid.UUID, viewer: uuid.UUID | None) -> tuple[ReferenceLap, str] | None:
        """One that the viewer may see, and its driver's name."""
        row = (await self._session.execute(_references().where(ReferenceLap.id == reference_id, seen_by(viewer)))).one_or_none()
        return (row[0], row[1]) if row is not None else None

    async def lap(self, lap_id: uuid.UUID, viewer: uuid.UUID) -> tuple[Lap, str, ReferenceLap | None] | None:
        """A lap that the viewer may see, its driver's name, and its mark."""
        row = (await self._session.execute(_laps().where(Lap.id == lap_id, seen_by(viewer)))).one_or_none()
        return (row[0], row[1], row[2]) if row is not None else None

    async def mark(self, lap: Lap, name: str, licence: str) -> ReferenceLap:
        """Mark a lap, or change its mark."""
        values = {"name": name, "licence": licence, "changed_at": now()}
        added = insert(ReferenceLap).values(id=new_id(), created_at=now(), user_id=lap.user_id, lap_id=lap.id, **values)
        kept = await self._session.scalars(
            added.on_conflict_do_update(index_elements=["lap_id"], set_=values).returning(ReferenceLap),
            execution_options={"populate_existing": True},
        )
        return kept.one()

    async def unmark(self, reference_id: uuid.UUID, owner: uuid.UUID) -> bool:
        """Take the owner's mark away; False where there is none."""
        query = delete(ReferenceLap).where(ReferenceLap.id == reference_id, ReferenceLap.user_id == owner).returning(ReferenceLap.id)
        return (await self._session.scalars(query)).first() is not None

    async def chosen(self, viewer: uuid.UUID, subject: Subject) -> uuid.UUID | None:
        """The lap that this driver has chosen."""
        return await self._session.scalar(select(ChosenReference.lap_id).where(*_choice(viewer, subject)))

    async def all_chosen(self, viewer: uuid.UUID) -> dict[Subject, uuid.UUID]:
        """Everything that this driver has chosen."""
        rows = await self._session.scalars(select(ChosenReference).where(ChosenReference.user_id == viewer).limit(500))
        return {Subject(row.simulator, row.track_key, row.car_key, row.simulated): row.lap_id for row in rows}

    async def choose(self, viewer: uuid.UUID, subject: Subject, lap_id: uuid.UUID) -> None:
        """Keep a choice, in place of an older one."""
        where: dict[str, Any] = {
            "user_id": viewer,
            "simulator": subject.simulator,
            "track_key": subject.track_key,
            "car_key": subject.car_key,
            "simulated": subject.simulated,
        }
        added = insert(ChosenReference).values(id=new_id(), created_at=now(), lap_id=lap_id, **where)
        await self._session.execute(added.on_conflict_do_update(index_elements=list(where), set_={"lap_id": lap_id, "created_at": now()}))

    async def choose_default(self, viewer: uuid.UUID, subject: Subject) -> None:
        """Forget a choice."""
        await self._session.execute(delete(ChosenReference).where(*_choice(viewer, subject)))

    async def fastest_clean(self, owner: uuid.UUID, subject: Subject) -> tuple[Lap, str, ReferenceLap | None] | None:
        """The owner's fastest clean lap of a subject, as `lap` gives it."""
        query = _laps().where(Lap.user_id == owner, Lap.clean, *_is(subject)).order_by(Lap.lap_time_s, Lap.id).limit(1)
        row = (await self._session.execute(query)).one_or_none()
        return (row[0], row[1], row[2]) if row is not None else None

    async def newest(self, owner: uuid.UUID, subject: Subject) -> Lap | None:
        """The owner's newest lap of a subject: the conditions they drive in."""
        query = select(Lap).join(Lap.combination).join(Combination.track).where(Lap.user_id == owner, *_is(subject))
        return await self._session.scalar(query.order_by(Lap.driven_at.desc(), Lap.id.desc()).limit(1))

    async def owned(self, owner: uuid.UUID) -> Sequence[tuple[ReferenceLap, str]]:
        """All that the owner has marked."""
        rows = await self._session.execute(_references().where(ReferenceLap.user_id == owner).order_by(ReferenceLap.created_at))
        return [(reference, name) for reference, name in rows]


def _references() -> Select[ReferenceLap, str]:
    return (
        select(ReferenceLap, User.name)
        .join(ReferenceLap.lap)
        .join(Lap.combination)
        .join(Combination.track)
        .join(User, User.id == ReferenceLap.user_id)
        .options(contains_eager(ReferenceLap.lap).contains_eager(Lap.combination).contains_eager(Combination.track))
    )


def _laps() -> Select[Lap, str, ReferenceLap]:
    return (
        select(Lap, User.name, ReferenceLap)
        .join(Lap.combination)
        .join(Combination.track)
        .join(User, User.id == Lap.user_id)
        .outerjoin(ReferenceLap, ReferenceLap.lap_id == Lap.id)
        .options(contains_eager(Lap.combination).contains_eager(Combination.track))
    )


def _is(subject: Subject) -> tuple[Any, ...]:
    return (
        Track.track_key == subject.track_key,
        Track.simulator == subject.simulator,
        Track.simulated == subject.simulated,
        Combination.car_key == subject.car_key,
    )


def _choice(viewer: uuid.UUID, subject: Subject) -> tuple[Any, ...]:
    return (
        and_(
            ChosenReference.user_id == viewer,
            ChosenReference.simulator == subject.simulator,
            ChosenReference.track_key == subject.track_key,
            ChosenReference.car_key == subject.car_key,
            ChosenReference.simulated == subject.simulated,
        ),
    )

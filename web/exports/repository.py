"""Queries on training exports. Which laps may be used at all is said in one place, `may_be_used`, and is part of each."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, exists, func, not_, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, contains_eager

from web.consent.texts import Kind
from web.models.accounts import Identity, User
from web.models.base import now
from web.models.consent import ConsentRecord
from web.models.exports import ExportedLap, TrainingExport
from web.models.laps import Combination, Lap, Track

_CHOICES = 500  # cars and tracks that the form offers


def may_be_used() -> ColumnElement[bool]:
    """Laps that came under a yes which their driver has not taken back since. A later yes is for later laps: what was withdrawn stays so."""
    given, later = aliased(ConsentRecord), aliased(ConsentRecord)
    taken_back = exists().where(
        later.user_id == given.user_id,
        later.kind == given.kind,
        not_(later.given),
        tuple_(later.created_at, later.id) > tuple_(given.created_at, given.id),
    )
    standing = exists().where(
        given.id == Lap.consent_id, given.user_id == Lap.user_id, given.kind == Kind.TELEMETRY, given.given, ~taken_back
    )
    return and_(Lap.may_train, standing)


def wanted_by(export: TrainingExport) -> ColumnElement[bool]:
    """Laps that the export asks for and may have; each lap with its combination, its track and the consent that it came under."""
    conditions: list[ColumnElement[bool]] = [may_be_used()]
    if export.car_key:
        conditions.append(Combination.car_key == export.car_key)
    if export.track_key:
        conditions.append(Track.track_key == export.track_key)
    if export.quality == "clean":
        # Whether it is simulated is asked for by itself; any other finding says that the data do not hold together.
        sound = func.jsonb_path_exists(Lap.findings, text("""'$[*] ? (@.kind != "simulated")'"""))
        conditions += [Lap.clean.is_(True), not_(sound)]
    if not export.simulated:
        conditions.append(not_(Track.simulated))
    if export.consent_version:
        conditions.append(ConsentRecord.version == export.consent_version)
    return and_(*conditions)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers: keys with their names."""

    cars: Sequence[tuple[str, str]]
    tracks: Sequence[tuple[str, str]]


class ExportRepository:
    """Exports and their laps in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def exports(self, limit: int = 100) -> Sequence[TrainingExport]:
        """The newest first."""
        return (await self._session.scalars(select(TrainingExport).order_by(TrainingExport.id.desc()).limit(limit))).all()

    async def export(self, export_id: uuid.UUID, *, lock: bool = False) -> TrainingExport | None:
        """One export; `lock`: nobody else changes it before this transaction ends."""
        query = select(TrainingExport).where(TrainingExport.id == export_id)
        return await self._session.scalar(
            query.with_for_update() if lock else query, execution_options={"populate_existing": True} if lock else {}
        )

    async def choices(self) -> Choices:
        """Cars and tracks of all drivers."""
        cars = select(Combination.car_key, func.min(Combination.car_name)).group_by(Combination.car_key).order_by(Combination.car_key)
        tracks = select(Track.track_key, func.min(Track.name)).group_by(Track.track_key).order_by(Track.track_key)
        found = [(await self._session.execute(query.limit(_CHOICES))).all() for query in (cars, tracks)]
        return Choices(*([(row[0], row[1]) for row in rows] for rows in found))

    async def newest_lap(self) -> uuid.UUID | None:
        """The newest lap that is here."""
        return await self._session.scalar(select(Lap.id).order_by(Lap.id.desc()).limit(1))

    async def count(self, export: TrainingExport) -> int:
        """How many laps an export will have."""
        query: Select[int] = self._laps(export, select(func.count()).select_from(Lap))
        return int(await self._session.scalar(query) or 0)

    async def next_laps(self, export: TrainingExport, limit: int) -> Sequence[Row[Lap, str]]:
        """The laps to write next, with the version of the consent that they came under."""
        query: Select[Lap, str] = self._laps(export, select(Lap, ConsentRecord.version))
        query = query.options(contains_eager(Lap.combination).contains_eager(Combination.track)).order_by(Lap.id).limit(limit)
        return (await self._session.execute(query)).all()

    def _laps(self, export: TrainingExport, query: Any) -> Any:
        query = query.join(Lap.combination).join(Combination.track).join(ConsentRecord, ConsentRecord.id == Lap.consent_id)
        query = query.where(wanted_by(export), Lap.id <= export.until_id)
        return query if export.after_id is None else query.where(Lap.id > export.after_id)

    async def names(self, users: Collection[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
        """What would name these people: address, name, numbers here and at sign-in providers."""
        found = {
            row.id: [row.email, row.name, str(row.id), row.id.hex]
            for row in await self._session.execute(select(User.id, User.email, User.name).where(User.id.in_(users)))
        }
        for user_id, subject in await self._session.execute(select(Identity.user_id, Identity.subject).where(Identity.user_id.in_(users))):
            found[user_id].append(subject)
        return found

    def add(self, row: TrainingExport | ExportedLap) -> None:
        """A new row."""
        self._session.add(row)

    async def flush(self) -> None:
        """Send what was added."""
        await self._session.flush()

    async def remove(self, export_id: uuid.UUID) -> None:
        """Forget an export and its laps."""
        await self._session.execute(delete(TrainingExport).where(TrainingExport.id == export_id))

    async def forget_laps(self, export_id: uuid.UUID) -> None:
        """Forget which laps went into an export."""
        await self._session.execute(delete(ExportedLap).where(ExportedLap.export_id == export_id))

    # Withdrawn and standing laps

    async def withdrawn(self, export_id: uuid.UUID) -> list[str]:
        """Pseudonyms of laps that no longer may be used: their driver said so, or deleted them. As it is this moment."""
        query = _exported().where(ExportedLap.export_id == export_id, or_(ExportedLap.withdrawn_at.is_not(None), _gone()))
        return list(await self._session.scalars(query.order_by(ExportedLap.pseudonym)))

    async def standing(self, export_id: uuid.UUID) -> list[str]:
        """Pseudonyms of the others."""
        query = _exported().where(ExportedLap.export_id == export_id, ExportedLap.withdrawn_at.is_(None), not_(_gone()))
        return list(await self._session.scalars(query.order_by(ExportedLap.pseudonym)))

    async def touched(self, user_id: uuid.UUID | None) -> Sequence[uuid.UUID]:
        """Exports whose stored manifest names laps that were withdrawn; `user_id`: by this user, None: by anybody."""
        query = (
            select(ExportedLap.export_id).outerjoin(Lap, Lap.id == ExportedLap.lap_id).where(ExportedLap.withdrawn_at.is_(None), _gone())
        )
        if user_id is not None:
            query = query.where(or_(Lap.user_id == user_id, ExportedLap.lap_id.is_(None)))
        return (await self._session.scalars(query.distinct())).all()

    async def mark_withdrawn(self, export_id: uuid.UUID, pseudonyms: Collection[str]) -> None:
        """Note that the stored manifest no longer has these laps."""
        query = update(ExportedLap).where(ExportedLap.export_id == export_id, ExportedLap.withdrawn_at.is_(None))
        await self._session.execute(query.where(ExportedLap.pseudonym.in_(pseudonyms)).values(withdrawn_at=now()))

    async def of_user(self, user_id: uuid.UUID) -> Sequence[Row[TrainingExport, int]]:
        """Exports with laps of a user, and how many of them."""
        query = select(TrainingExport, func.count()).join(ExportedLap, ExportedLap.export_id == TrainingExport.id)
        query = query.join(Lap, Lap.id == ExportedLap.lap_id).where(Lap.user_id == user_id).group_by(TrainingExport.id)
        return (await self._session.execute(query.order_by(TrainingExport.id))).all()


def _exported() -> Select[str]:
    return select(ExportedLap.pseudonym).outerjoin(Lap, Lap.id == ExportedLap.lap_id)


def _gone() -> ColumnElement[bool]:
    return or_(ExportedLap.lap_id.is_(None), not_(may_be_used()))

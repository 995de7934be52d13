"""Every query on laps. What somebody may see is part of each: `owner` is whose laps they are, `viewer` who asks (None: a stranger)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Row, Select, bindparam, delete, func, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager, joinedload, undefer

from web.laps.comparing import LEARNING_LAPS
from web.models.base import new_id, now
from web.models.laps import Combination, Drive, Lap, LapComparison, Track, Upload

_UPLOAD_LOCK = 0x4C41_5053  # "LAPS": a user's files are filed one after another
_COMPARISON_LOCK = 0x434F_4D50  # "COMP": a lap is compared by one at a time

# Built once: these run on the page that is asked for most.
_LAP_ROWS = select(
    Lap.id, Lap.lap_time_s, Lap.clean, Lap.reasons, Lap.driven_at, Lap.number, Lap.drive_id, Combination.car_name,
    Track.name.label("track_name"), Track.simulated, (Lap.id == Combination.best_lap_id).label("is_best"), Lap.sound,
).join(Lap.combination).join(Combination.track)  # fmt: skip
_COMBINATION_NAMES = (
    select(Combination.id, Combination.car_name, Track.name.label("track_name"), Track.simulated)
    .join(Combination.track)
    .where(Combination.user_id == bindparam("owner"))
    .order_by(Combination.last_driven_at.desc(), Combination.id)
    .limit(500)
)


@dataclass(frozen=True, slots=True)
class LapFilter:
    """Which laps of a list; None: any."""

    combination_id: uuid.UUID | None = None
    drive_id: uuid.UUID | None = None
    clean: bool = False
    fastest_first: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list begins: after the row with this sort value and id."""

    value: datetime | float
    id: uuid.UUID


def seen_by(viewer: uuid.UUID | None) -> ColumnElement[bool]:
    """Laps that a viewer may see: their own, and those whose owner has opened them."""
    opened = Lap.visibility.in_(("link", "public"))
    return opened if viewer is None else or_(Lap.user_id == viewer, opened)


class LapRepository:
    """Laps, drives, combinations and tracks in one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    # Lists

    async def laps(self, owner: uuid.UUID, wanted: LapFilter, after: Place | None, limit: int) -> Sequence[Lap]:
        """A page of the owner's laps, newest or fastest first."""
        query = select(Lap).join(Lap.combination).join(Combination.track)
        query = query.options(contains_eager(Lap.combination).contains_eager(Combination.track))
        return (await self._session.scalars(_page(query, owner, wanted, after).limit(limit))).all()

    async def lap_rows(self, owner: uuid.UUID, wanted: LapFilter, after: Place | None, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
        """The same as plain rows, for the page that is asked for most: objects would cost as much as all the rest of it."""
        return (await self._session.execute(_page(_LAP_ROWS, owner, wanted, after).limit(limit))).all()

    async def drives(self, owner: uuid.UUID, combination_id: uuid.UUID | None, after: Place | None, limit: int) -> Sequence[Drive]:
        """A page of the owner's drives, newest first."""
        query = select(Drive).join(Drive.combination).join(Combination.track).where(Drive.user_id == owner)
        query = query.options(contains_eager(Drive.combination).contains_eager(Combination.track))
        if combination_id is not None:
            query = query.where(Drive.combination_id == combination_id)
        if after is not None:
            query = query.where(tuple_(Drive.driven_at, Drive.id) < (after.value, after.id))
        return (await self._session.scalars(query.order_by(Drive.driven_at.desc(), Drive.id.desc()).limit(limit))).all()

    async def combinations(self, owner: uuid.UUID) -> Sequence[Combination]:
        """All cars and tracks that the owner has driven, the latest first."""
        query = select(Combination).options(joinedload(Combination.track)).where(Combination.user_id == owner)
        return (await self._session.scalars(query.order_by(Combination.last_driven_at.desc(), Combination.id).limit(500))).all()

    async def combination_names(self, owner: uuid.UUID) -> Sequence[Row[*tuple[Any, ...]]]:
        """The same as plain rows of what a choice shows: id, car, track, whether it is simulated."""
        return (await self._session.execute(_COMBINATION_NAMES, {"owner": owner})).all()

    async def combination(self, owner: uuid.UUID, combination_id: uuid.UUID) -> Combination | None:
        """One of the owner's combinations."""
        query = select(Combination).options(joinedload(Combination.track))
        return await self._session.scalar(query.where(Combination.id == combination_id, Combination.user_id == owner))

    async def drive(self, owner: uuid.UUID, drive_id: uuid.UUID) -> Drive | None:
        """One of the owner's drives."""
        query = select(Drive).options(joinedload(Drive.combination).joinedload(Combination.track))
        return await self._session.scalar(query.where(Drive.id == drive_id, Drive.user_id == owner))

    async def drive_laps(self, drive_id: uuid.UUID, limit: int = 500) -> Sequence[Lap]:
        """The laps of a drive in driving order, with their metrics; the caller has asked for the drive."""
        query = select(Lap).options(undefer(Lap.corners)).where(Lap.drive_id == drive_id).order_by(Lap.number, Lap.id).limit(limit)
        return (await self._session.scalars(query)).all()

    async def spreads(self, combination_id: uuid.UUID, limit: int = 200) -> Sequence[tuple[Drive, float | None, float | None]]:
        """The newest drives of a combination, oldest first, each with median and standard deviation of its clean laps' times."""
        newest = select(Drive.id).where(Drive.combination_id == combination_id).order_by(Drive.driven_at.desc()).limit(limit)
        median = func.percentile_cont(0.5).within_group(Lap.lap_time_s)
        query = (
            select(Drive, median, func.stddev_samp(Lap.lap_time_s))
            .outerjoin(Lap, (Lap.drive_id == Drive.id) & Lap.clean)
            .where(Drive.id.in_(newest))
            .group_by(Drive.id)
            .order_by(Drive.driven_at, Drive.id)
        )
        return [(drive, middle, spread) for drive, middle, spread in (await self._session.execute(query)).all()]

    # One lap

    async def lap(self, lap_id: uuid.UUID, viewer: uuid.UUID | None) -> Lap | None:
        """A lap that the viewer may see."""
        query = select(Lap).options(joinedload(Lap.combination).joinedload(Combination.track))
        return await self._session.scalar(query.where(Lap.id == lap_id, seen_by(viewer)))

    async def own_lap(self, lap_id: uuid.UUID, owner: uuid.UUID) -> Lap | None:
        """A lap of the owner's, locked for a change."""
        return await self._session.scalar(select(Lap).where(Lap.id == lap_id, Lap.user_id == owner).with_for_update())

    async def fastest(self, combination_id: uuid.UUID, limit: int = LEARNING_LAPS) -> Sequence[Lap]:
        """The fastest clean laps of a combination whose data are sound; the fastest of all where there is none."""
        query = select(Lap).where(Lap.combination_id == combination_id).order_by(Lap.lap_time_s, Lap.id).limit(limit)
        return (await self._session.scalars(query.where(Lap.clean, Lap.sound))).all() or (await self._session.scalars(query)).all()

    async def comparison(self, lap_id: uuid.UUID, reference_id: uuid.UUID | None) -> LapComparison | None:
        """What was stored of a comparison; the caller has asked for both laps."""
        same = LapComparison.reference_id.is_(None) if reference_id is None else LapComparison.reference_id == reference_id
        query = select(LapComparison).where(LapComparison.lap_id == lap_id, same)
        return await self._session.scalar(query, execution_options={"populate_existing": True})

    async def lock_comparisons(self, lap_id: uuid.UUID) -> None:
        """Until the end of the transaction nobody else makes a comparison of this lap."""
        await self._session.execute(
            text("SELECT pg_advisory_xact_lock(:what, :who)"), {"what": _COMPARISON_LOCK, "who": lap_id.int % (1 << 31)}
        )

    async def keep_comparison(self, lap_id: uuid.UUID, reference_id: uuid.UUID | None, values: dict[str, Any]) -> LapComparison:
        """Store a comparison, in place of an older one."""
        row = {"id": new_id(), "created_at": now(), "lap_id": lap_id, "reference_id": reference_id, **values}
        added = insert(LapComparison).values(row)
        replaced = added.on_conflict_do_update(
            constraint="uq_lap_comparisons_lap_id_reference_id", set_={**values, "created_at": row["created_at"]}
        )
        kept = await self._session.scalars(replaced.returning(LapComparison), execution_options={"populate_existing": True})
        return kept.one()

    async def track_map(self, track_id: uuid.UUID) -> bytes:
        """A track's packed map."""
        packed: bytes = (await self._session.execute(select(Track.map_packed).where(Track.id == track_id))).scalar_one()
        return packed

    # Filing

    async def lock_owner(self, owner: uuid.UUID) -> None:
        """Until the end of the transaction nobody else files laps of this user."""
        await self._session.execute(text("SELECT pg_advisory_xact_lock(:room, :who)"), {"room": _UPLOAD_LOCK, "who": owner.int % (1 << 31)})

    async def known(self, owner: uuid.UUID, hashes: Collection[str]) -> set[str]:
        """Which of these laps the owner has already."""
        return set(await self._session.scalars(select(Lap.content_hash).where(Lap.user_id == owner, Lap.content_hash.in_(hashes))))

    async def has_laps(self, owner: uuid.UUID) -> bool:
        """Whether the owner has any lap."""
        return await self._session.scalar(select(Lap.id).where(Lap.user_id == owner).limit(1)) is not None

    async def bytes_of(self, owner: uuid.UUID) -> int:
        """What the owner's lap files take."""
        return int(await self._session.scalar(select(func.coalesce(func.sum(Lap.size_bytes), 0)).where(Lap.user_id == owner)) or 0)

    async def track(self, owner: uuid.UUID, simulator: str, track_key: str, *, simulated: bool) -> Track | None:
        """The owner's track of that name."""
        return await self._session.scalar(
            select(Track).where(
                Track.user_id == owner, Track.simulator == simulator, Track.track_key == track_key, Track.simulated == simulated
            )
        )

    async def combination_of(self, track: Track, car_key: str) -> Combination | None:
        """The owner's combination of a track and a car."""
        return await self._session.scalar(select(Combination).where(Combination.track_id == track.id, Combination.car_key == car_key))

    async def drive_of(self, combination: Combination, session_key: str) -> Drive | None:
        """The drive that laps with this key belong to."""
        return await self._session.scalar(
            select(Drive).where(
                Drive.user_id == combination.user_id, Drive.session_key == session_key, Drive.combination_id == combination.id
            )
        )

    def add(self, *rows: Upload | Track | Combination | Drive | Lap) -> None:
        """New rows."""
        self._session.add_all(rows)

    @contextmanager
    def later(self) -> Iterator[None]:
        """Within it a query does not send what was added or changed before: a row that is counted up twice is sent once."""
        with self._session.no_autoflush:
            yield

    async def flush(self) -> None:
        """Send what was added."""
        await self._session.flush()

    async def recount(self, combination_id: uuid.UUID, drive_id: uuid.UUID) -> None:
        """Counts and bests of a combination and a drive, after laps were deleted."""
        for table, row_id, column in ((Combination, combination_id, Lap.combination_id), (Drive, drive_id, Lap.drive_id)):
            query = select(func.count(), func.count().filter(Lap.clean), func.min(Lap.lap_time_s).filter(Lap.clean, Lap.sound))
            laps, clean_laps, best_time_s = (await self._session.execute(query.where(column == row_id))).one()
            values: dict[str, Any] = {"laps": laps, "clean_laps": clean_laps, "best_time_s": best_time_s}
            if table is Combination:
                best = select(Lap.id).where(column == row_id, Lap.clean, Lap.sound).order_by(Lap.lap_time_s, Lap.id).limit(1)
                values["best_lap_id"] = await self._session.scalar(best)
            await self._session.execute(update(table).where(table.id == row_id).values(values))

    async def remove(self, lap: Lap) -> None:
        """Forget a lap, and what belonged to it alone."""
        await self._session.execute(delete(Lap).where(Lap.id == lap.id))
        await self.recount(lap.combination_id, lap.drive_id)
        await self._session.execute(delete(Drive).where(Drive.id == lap.drive_id, Drive.laps == 0))
        await self._session.execute(delete(Combination).where(Combination.id == lap.combination_id, Combination.laps == 0))

    # Uploads

    async def upload(self, owner: uuid.UUID, upload_id: uuid.UUID) -> Upload | None:
        """One of the owner's uploads."""
        return await self._session.scalar(select(Upload).where(Upload.id == upload_id, Upload.user_id == owner))

    async def upload_to_read(self, upload_id: uuid.UUID) -> Upload | None:
        """An upload whose turn it is; None when somebody else has it in hand, or it is done."""
        query = select(Upload).where(Upload.id == upload_id, Upload.state == "waiting").with_for_update(skip_locked=True)
        return await self._session.scalar(query)

    async def same_upload(self, owner: uuid.UUID, sha256: str) -> Upload | None:
        """A file of the same bytes that came before and was not refused."""
        query = select(Upload).where(Upload.user_id == owner, Upload.sha256 == sha256, Upload.state != "refused")
        return await self._session.scalar(query.order_by(Upload.created_at.desc()).limit(1))

    async def uploads(self, owner: uuid.UUID, limit: int | None = 20) -> Sequence[Upload]:
        """The newest uploads; None: all."""
        return (
            await self._session.scalars(select(Upload).where(Upload.user_id == owner).order_by(Upload.created_at.desc()).limit(limit))
        ).all()

    async def waiting(self, owner: uuid.UUID) -> tuple[int, int]:
        """How many of the owner's uploads wait to be read, and their bytes."""
        query = select(func.count(), func.coalesce(func.sum(Upload.size_bytes), 0)).where(
            Upload.user_id == owner, Upload.state == "waiting"
        )
        number, size = (await self._session.execute(query)).one()
        return int(number), int(size)

    async def still_waiting(self, upload_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Which of these uploads have not been read yet."""
        return set(await self._session.scalars(select(Upload.id).where(Upload.id.in_(upload_ids), Upload.state == "waiting")))

    # Comparing and measuring in jobs

    async def never_compared(self, combination_id: uuid.UUID, limit: int) -> Sequence[Lap]:
        """Laps of a combination without any comparison, newest first."""
        query = select(Lap).options(joinedload(Lap.combination).joinedload(Combination.track)).where(Lap.combination_id == combination_id)
        query = query.where(~select(LapComparison.id).where(LapComparison.lap_id == Lap.id).exists())
        return (await self._session.scalars(query.order_by(Lap.driven_at.desc(), Lap.id.desc()).limit(limit))).all()

    async def outdated(self, made_by: str, limit: int) -> Sequence[Lap]:
        """Laps whose metrics another version made; nobody else takes them meanwhile."""
        return await self._to_measure(Lap.made_by != made_by, limit)

    async def on_older_map(self, track_id: uuid.UUID, limit: int) -> Sequence[Lap]:
        """Laps of a track that were measured on an older map of it."""
        return await self._to_measure((Track.id == track_id) & (Lap.map_version != Track.map_version), limit)

    async def _to_measure(self, condition: ColumnElement[bool], limit: int) -> Sequence[Lap]:
        query = select(Lap).join(Lap.combination).join(Combination.track).where(condition)
        query = query.options(contains_eager(Lap.combination).contains_eager(Combination.track)).order_by(Lap.id).limit(limit)
        return (await self._session.scalars(query.with_for_update(of=Lap, skip_locked=True))).all()


_Columns = TypeVarTuple("_Columns")


def _page(query: Select[*_Columns], owner: uuid.UUID, wanted: LapFilter, after: Place | None) -> Select[*_Columns]:
    """One owner's laps, filtered, in order, beyond a place."""
    query = query.where(Lap.user_id == owner)
    if wanted.combination_id is not None:
        query = query.where(Lap.combination_id == wanted.combination_id)
    if wanted.drive_id is not None:
        query = query.where(Lap.drive_id == wanted.drive_id)
    if wanted.clean:
        query = query.where(Lap.clean)
    if wanted.fastest_first:
        if after is not None:
            query = query.where(tuple_(Lap.lap_time_s, Lap.id) > (after.value, after.id))
        return query.order_by(Lap.lap_time_s, Lap.id)
    if after is not None:
        query = query.where(tuple_(Lap.driven_at, Lap.id) < (after.value, after.id))
    return query.order_by(Lap.driven_at.desc(), Lap.id.desc())

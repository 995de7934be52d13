"""What happens to references: marked, opened to others, chosen, matched, handed out with their licence in them."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from coach.telemetry.lap_file import Provenance, lap_file_content, read_lap_file
from web.errors import Conflict, NotFound, NotProcessable
from web.laps.service import own_lap
from web.models.laps import Lap
from web.models.references import ReferenceLap
from web.references.licences import Licence
from web.references.matching import Conditions, Match, match
from web.references.repository import ReferenceRepository, Subject
from web.storage import Storage

GONE = "There is no such reference, or its driver has not opened it to you."


@dataclass(frozen=True, slots=True)
class Offered:
    """A lap that somebody may be measured against: with its mark where it has one, and how well it suits where that was asked."""

    lap: Lap
    driver: str
    mark: ReferenceLap | None
    suits: Match | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a driver is measured against with one car on one track. `rule`: "chosen", or "default": their fastest clean lap."""

    subject: Subject
    rule: str
    offered: Offered | None
    says: str


async def mark(session: AsyncSession, owner: uuid.UUID, lap_id: uuid.UUID, name: str, licence: Licence, visibility: str) -> uuid.UUID:
    """Mark an own lap as reference, or change its mark, and say who may see the lap. The reference's id."""
    lap = await own_lap(session, lap_id, owner)
    if visibility == "public" and licence is Licence.PERSONAL:
        raise NotProcessable(
            "Choose a licence first: everybody will be able to download this lap, and needs to know what they may do with it.",
            {"licence": "A public reference needs a licence."},
        )
    if not lap.clean:
        raise Conflict(f"This lap cannot be a reference: {', '.join(lap.reasons) or 'its data are incomplete'}. Only clean laps can be.")
    lap.visibility = visibility
    return (await ReferenceRepository(session).mark(lap, name, licence.value)).id


async def unmark(session: AsyncSession, reference_id: uuid.UUID, owner: uuid.UUID) -> None:
    """It is a reference no more, and seen by nobody else."""
    repository = ReferenceRepository(session)
    found = await repository.reference(reference_id, owner)
    if found is None or found[0].user_id != owner:
        raise NotFound("There is no such reference among yours.")
    await repository.unmark(reference_id, owner)
    found[0].lap.visibility = "private"


async def reference_seen(session: AsyncSession, reference_id: uuid.UUID, viewer: uuid.UUID | None) -> Offered:
    """A reference that the viewer may see. NotFound: none of that id, or not for them."""
    found = await ReferenceRepository(session).reference(reference_id, viewer)
    if found is None:
        raise NotFound(GONE)
    return Offered(found[0].lap, found[1], found[0])


async def offered(session: AsyncSession, viewer: uuid.UUID, subject: Subject | None, mine: Conditions | None) -> list[Offered]:
    """Own and public references; with `mine`, the best match first, and the viewer's own laps, which teach nothing new, at its end."""
    rows = await ReferenceRepository(session).listed(viewer, subject)
    found = [
        Offered(mark.lap, name, mark, match(mine, conditions_of(mark.lap)) if mine is not None and mark.user_id != viewer else None)
        for mark, name in rows
    ]
    if mine is None:
        return found
    return sorted(found, key=lambda one: -one.suits.score if one.suits is not None else 1.0)


async def conditions_now(session: AsyncSession, viewer: uuid.UUID, subject: Subject) -> Conditions:
    """A driver's pace on a subject (their fastest clean lap), and what they drove it in last."""
    repository = ReferenceRepository(session)
    best, newest = await repository.fastest_clean(viewer, subject), await repository.newest(viewer, subject)
    own = conditions_of(newest) if newest is not None else Conditions(None, None, None, None)
    return Conditions(best[0].lap_time_s if best is not None else None, own.track_temp_c, own.wetness, own.fuel_l)


def conditions_of(lap: Lap) -> Conditions:
    """What a lap was driven in."""
    return Conditions(lap.lap_time_s, lap.track_temp_c, lap.wetness, lap.fuel_l)


async def choose(session: AsyncSession, viewer: uuid.UUID, lap_id: uuid.UUID) -> Chosen:
    """Be measured against this lap from now on with its car on its track."""
    repository = ReferenceRepository(session)
    found = await repository.lap(lap_id, viewer)
    if found is None:
        raise NotFound(GONE)
    subject = Subject.of(found[0])
    await repository.choose(viewer, subject, lap_id)
    return Chosen(subject, "chosen", Offered(*found), "You have chosen this lap.")


async def chosen(session: AsyncSession, viewer: uuid.UUID, subject: Subject) -> Chosen:
    """What a driver is measured against with one car on one track."""
    repository = ReferenceRepository(session)
    lap_id = await repository.chosen(viewer, subject)
    found = await repository.lap(lap_id, viewer) if lap_id is not None else None
    if found is not None:
        return Chosen(subject, "chosen", Offered(*found), "You have chosen this lap.")
    best = await repository.fastest_clean(viewer, subject)
    says = "Your fastest clean lap." if best is not None else "You have no clean lap of this car and track yet."
    if lap_id is not None:
        says = f"The lap you had chosen is open to you no more. {says}"
    return Chosen(subject, "default", Offered(*best) if best is not None else None, says)


async def all_chosen(session: AsyncSession, viewer: uuid.UUID) -> list[Chosen]:
    """Every choice a driver has made; those whose lap is no longer open to them are left out."""
    return [
        one
        for subject in await ReferenceRepository(session).all_chosen(viewer)
        if (one := await chosen(session, viewer, subject)).rule == "chosen"
    ]


def file_tag(one: Offered) -> str:
    """ETag of the file as it is handed out: what was driven, and under which licence."""
    licence = one.mark.licence if one.mark is not None else ""
    return f'"{one.lap.content_hash[:32]}-{licence}-{one.lap.visibility}"'


async def file_of(storage: Storage, one: Offered) -> bytes:
    """The lap file with licence and visibility in it, as they are now."""
    content = await storage.get(one.lap.file_key)
    licence = one.mark.licence if one.mark is not None else ""
    return await asyncio.to_thread(_stamped, content, Provenance(driver="", licence=licence, visibility=one.lap.visibility))


def _stamped(content: bytes, provenance: Provenance) -> bytes:
    with tempfile.TemporaryDirectory(prefix="racing-coach-") as folder:
        path = Path(folder) / "lap.parquet"
        path.write_bytes(content)
        file = read_lap_file(path)
    return lap_file_content(file.recording, slice(None), file.lap, provenance)

"""Making training exports, and taking laps out of them again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from coach.errors import RacingCoachError
from web.audit import Action, record
from web.errors import Conflict, NotFound
from web.exports import manifest
from web.exports.anonymity import Pseudonyms, anonymised
from web.exports.repository import ExportRepository
from web.exports.schemas import ExportForm
from web.jobs.queue import enqueue
from web.laps.workbench import Workbench
from web.models.base import new_id, now
from web.models.exports import ExportedLap, TrainingExport
from web.models.laps import Lap
from web.storage import Storage

BEING_MADE = "This export is being made. Delete it when it is done."
LAPS_AT_ONCE = 100  # of one job: progress shows after each, and a worker that is stopped loses no more


def folder_of(export_id: UUID) -> str:
    """Where the files of an export are."""
    return f"exports/{export_id}"


def manifest_key(export_id: UUID) -> str:
    """Where its manifest is."""
    return f"{folder_of(export_id)}/manifest.parquet"


def lap_key(export_id: UUID, pseudonym: str) -> str:
    """Where one of its laps is."""
    return f"{folder_of(export_id)}/laps/{pseudonym}.parquet"


def part_key(export_id: UUID, number: int) -> str:
    """Where a piece of the manifest waits for the others."""
    return f"{folder_of(export_id)}/parts/{number:06}.parquet"


async def make(session: AsyncSession, asked: ExportForm, admin_id: UUID, address: str | None) -> TrainingExport:
    """Begin an export of the laps that are here now."""
    repository = ExportRepository(session)
    export = TrainingExport(
        id=new_id(), made_by=admin_id, state="building", car_key=asked.car, track_key=asked.track, quality=asked.quality,
        simulated=asked.simulated, consent_version=asked.consent_version, until_id=await repository.newest_lap(), after_id=None,
        parts=0, laps_written=0, laps_left_out=0, size_bytes=0, pseudonym_key=Pseudonyms.new_key(),
    )  # fmt: skip
    export.laps_total = await repository.count(export) if export.until_id else 0
    repository.add(export)
    await repository.flush()
    record(
        session, Action.EXPORT_MADE, admin_id, address, export=str(export.id), laps=export.laps_total, car=asked.car, track=asked.track,
        quality=asked.quality, simulated=asked.simulated, consent=asked.consent_version,
    )  # fmt: skip
    await enqueue(session, "exports.build", {"export_id": str(export.id)})
    return export


async def found(session: AsyncSession, export_id: UUID) -> TrainingExport:
    """An export. NotFound: there is none of that id."""
    export = await ExportRepository(session).export(export_id)
    if export is None:
        raise NotFound("There is no such export.")
    return export


async def build_some(session: AsyncSession, bench: Workbench, export_id: UUID) -> bool:
    """Write the next laps of an export, or finish it when there are none; whether it goes on. Twice writes the same files."""
    repository = ExportRepository(session)
    export = await repository.export(export_id, lock=True)
    if export is None or export.state != "building":
        return False
    laps = await repository.next_laps(export, LAPS_AT_ONCE) if export.until_id else []
    if not laps:
        await _finish(repository, bench.storage, export)
        return False
    assert export.pseudonym_key is not None
    pseudonyms, names = Pseudonyms(export.pseudonym_key), await repository.names({lap.user_id for lap, _ in laps})
    rows = []
    for lap, version in laps:
        try:
            rows.append(await _write(bench, export, pseudonyms, lap, version, names[lap.user_id]))
        except RacingCoachError:  # its file is gone or damaged, or names its driver
            export.laps_left_out += 1
            continue
        repository.add(ExportedLap(export_id=export.id, pseudonym=rows[-1]["lap"], lap_id=lap.id))
    await bench.storage.put(part_key(export.id, export.parts), await asyncio.to_thread(manifest.part, rows))
    export.parts += 1
    export.after_id = laps[-1][0].id
    export.laps_written += len(rows)
    export.size_bytes += sum(row["size_bytes"] for row in rows)
    return True


async def _write(
    bench: Workbench, export: TrainingExport, pseudonyms: Pseudonyms, lap: Lap, version: str, names: list[str]
) -> dict[str, Any]:
    """One lap into the export; its row of the manifest."""
    own, driver = pseudonyms.of("lap", lap.id), pseudonyms.of("driver", lap.user_id)
    stored = await bench.storage.get(lap.file_key)
    content, said = await bench.run(lambda: anonymised(stored, driver, f"training, consent of {version}", names))
    await bench.storage.put(lap_key(export.id, own), content)
    file = (f"laps/{own}.parquet", len(content), hashlib.sha256(content).hexdigest())
    return manifest.row(lap, said, (own, driver, pseudonyms.of("drive", lap.drive_id)), file, version)


async def _finish(repository: ExportRepository, storage: Storage, export: TrainingExport) -> None:
    """Put the manifest together; from here on nobody can tell who is who."""
    parts = [await storage.get(part_key(export.id, number)) for number in range(export.parts)]
    withdrawn = await repository.withdrawn(export.id)
    await storage.put(manifest_key(export.id), await asyncio.to_thread(manifest.whole, parts, export, withdrawn))
    await repository.mark_withdrawn(export.id, withdrawn)
    export.state, export.finished_at, export.pseudonym_key = "done", now(), None


async def withdraw(session: AsyncSession, storage: Storage, user_id: UUID | None) -> None:
    """Take laps that may no longer be used out of finished exports: their rows from the manifests, their files from the store."""
    repository = ExportRepository(session)
    for export_id in await repository.touched(user_id):
        export = await repository.export(export_id, lock=True)
        if export is None or export.state != "done":
            continue  # finishing leaves them out
        withdrawn = await repository.withdrawn(export_id)
        content = await storage.get(manifest_key(export_id))
        await storage.put(manifest_key(export_id), await asyncio.to_thread(manifest.without, content, withdrawn))
        await repository.mark_withdrawn(export_id, withdrawn)
        await storage.delete([lap_key(export_id, pseudonym) for pseudonym in withdrawn])


async def tidy(session: AsyncSession, storage: Storage, export_id: UUID) -> None:
    """Delete files of an export that nothing stands for: pieces of the manifest, laps of an attempt that was broken off, withdrawn laps."""
    repository = ExportRepository(session)
    export = await repository.export(export_id, lock=True)
    if export is not None and export.state == "building":
        return
    kept: set[str] = set()
    if export is not None and export.state == "done":
        kept = {lap_key(export_id, pseudonym) for pseudonym in await repository.standing(export_id)} | {manifest_key(export_id)}
    await storage.delete([key async for key in storage.keys(folder_of(export_id)) if key not in kept])


async def give_up(session: AsyncSession, export_id: UUID) -> None:
    """An export that could not be made; nothing of it is kept."""
    repository = ExportRepository(session)
    export = await repository.export(export_id, lock=True)
    if export is not None and export.state == "building":
        export.state, export.finished_at, export.pseudonym_key = "failed", now(), None
        await repository.forget_laps(export_id)
        await enqueue(session, "exports.tidy", {"export_id": str(export_id)})


async def delete(session: AsyncSession, export_id: UUID, admin_id: UUID, address: str | None) -> None:
    """Delete an export with its files. Conflict while it is being made."""
    repository = ExportRepository(session)
    export = await repository.export(export_id, lock=True)
    if export is None:
        raise NotFound("There is no such export.")
    if export.state == "building":
        raise Conflict(BEING_MADE)
    record(session, Action.EXPORT_DELETED, admin_id, address, export=str(export_id))
    await repository.remove(export_id)
    await enqueue(session, "exports.tidy", {"export_id": str(export_id)})


async def current_manifest(session: AsyncSession, storage: Storage, export: TrainingExport) -> bytes:
    """The manifest as it is this moment, whether or not the stored one was written anew yet. Conflict: it is not done."""
    if export.state != "done":
        raise Conflict("This export is not there yet.")
    withdrawn = await ExportRepository(session).withdrawn(export.id)
    return await asyncio.to_thread(manifest.without, await storage.get(manifest_key(export.id)), withdrawn)


async def files(session: AsyncSession, storage: Storage, export: TrainingExport) -> AsyncIterator[tuple[str, bytes]]:
    """The manifest and the laps that may be used, one at a time."""
    yield "manifest.parquet", await current_manifest(session, storage, export)
    for pseudonym in await ExportRepository(session).standing(export.id):
        try:
            yield f"laps/{pseudonym}.parquet", await storage.get(lap_key(export.id, pseudonym))
        except NotFound:
            continue  # withdrawn while the archive was on its way

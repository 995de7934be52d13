"""What happens to laps: taken in, read, compared, opened to others, deleted."""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from coach.errors import BadInput
from web.consent import service as consent
from web.errors import Conflict, NotFound, NotProcessable, ServiceError, TooLarge, TooMany
from web.laps.filing import Filed, file_laps, measured
from web.laps.incoming import check_unpacked, clipped, plain_name, said_by_name
from web.laps.measuring import MADE_BY, measure
from web.laps.reading import ReadFile, read_file
from web.laps.repository import LapRepository
from web.laps.workbench import Workbench
from web.models.base import new_id, now
from web.models.laps import Lap, LapComparison, Upload
from web.settings import Settings
from web.storage import Storage

MOST_WAITING = 200  # files of one driver that wait to be read; an overlay that was offline for a weekend has fewer
AGAIN_S = 60
MEASURED_AT_ONCE = 100
POTENTIAL = "potential"


@dataclass(frozen=True, slots=True)
class Received:
    """A file on this machine's disk that came over the network."""

    path: Path
    size_bytes: int
    sha256: str


async def receive(chunks: AsyncIterator[bytes], folder: Path, most_bytes: int) -> Received:
    """Write a body to disk as it comes. TooLarge as soon as it is; nothing of it is held in memory."""
    path = folder / "upload"
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        async for chunk in chunks:
            size += len(chunk)
            if size > most_bytes:
                raise TooLarge(f"A file may have {most_bytes >> 20} MB at most.")
            digest.update(chunk)
            file.write(chunk)
    return Received(path, size, digest.hexdigest())


async def take_in(
    session: AsyncSession, bench: Workbench, settings: Settings, owner: uuid.UUID, name: str, file: Received
) -> tuple[Upload, bool]:
    """Keep a received file until it is read, and say whether it is new: the same bytes again are the same upload."""
    repository = LapRepository(session)
    if file.size_bytes == 0:
        raise NotProcessable("This file is empty.", {"file": "It has no content."})
    known = await repository.same_upload(owner, file.sha256)
    if known is not None:
        return known, False
    number, size = await repository.waiting(owner)
    if number >= MOST_WAITING or (number and size + file.size_bytes > settings.quota_mb << 20):
        raise TooMany(f"{number} of your files wait to be read. Send the rest in a minute.", AGAIN_S)
    agreed = await consent.telemetry(session, owner)
    upload = Upload(
        id=new_id(), user_id=owner, name=plain_name(name), size_bytes=file.size_bytes, sha256=file.sha256, state="waiting", says="",
        laps_new=0, laps_known=0, incomplete=0, consent_id=agreed.id if agreed else None, may_train=bool(agreed and agreed.given),
    )  # fmt: skip
    repository.add(upload)
    await repository.flush()
    await bench.storage.put(incoming_key(upload.id), file.path)
    return upload, True


def incoming_key(upload_id: uuid.UUID) -> str:
    """Where a file waits to be read."""
    return f"incoming/{upload_id}"


async def read_upload(session: AsyncSession, bench: Workbench, settings: Settings, upload_id: uuid.UUID) -> Filed | None:
    """Read a file that waits, and file its laps. What cannot be used is refused with a reason: None, as when nothing waits."""
    repository = LapRepository(session)
    upload = await repository.upload_to_read(upload_id)
    if upload is None:
        return None
    try:
        content = await bench.storage.get(incoming_key(upload.id))
        read = await bench.run(lambda: _read(content, upload.name, settings.max_unpacked_mb << 20))
        named = said_by_name(upload.name, now())
        key = f"store {named.session}" if named.session else f"upload {upload.id}"
        async with session.begin_nested():
            filed = await file_laps(
                repository, bench, upload, read,
                session_key=key, driven_at=named.driven_at or upload.created_at, quota_bytes=settings.quota_mb << 20,
            )  # fmt: skip
    except (BadInput, ServiceError) as error:
        upload.state, upload.says, upload.finished_at = "refused", clipped(str(error), 600), now()
        return None
    upload.state, upload.finished_at, upload.drive_id = "done", now(), filed.drive_id
    upload.laps_new, upload.laps_known, upload.incomplete = len(filed.laps), filed.known, read.incomplete
    upload.says = clipped("; ".join(read.session.notes), 600)
    return filed


def _read(content: bytes, name: str, most_unpacked: int) -> ReadFile:
    with tempfile.TemporaryDirectory(prefix="racing-coach-") as folder:
        path = Path(folder) / "recording"
        path.write_bytes(content)
        check_unpacked(path, most_unpacked)
        return read_file(path, name)


@dataclass(frozen=True, slots=True)
class LapBeside:
    """A lap, the reference it is compared with (None: the potential lap), and what the engine said. `says`: why there is no comparison."""

    lap: Lap
    reference: Lap | None
    document: dict[str, Any] | None
    says: str = ""


async def lap_seen(session: AsyncSession, lap_id: uuid.UUID, viewer: uuid.UUID | None) -> Lap:
    """A lap that the viewer may see. NotFound: none of that id, or not for them."""
    lap = await LapRepository(session).lap(lap_id, viewer)
    if lap is None:
        raise NotFound("There is no such lap, or its driver has not opened it to you.")
    return lap


async def reference_for(session: AsyncSession, lap: Lap, wanted: str | None, viewer: uuid.UUID | None) -> Lap | None:
    """The reference asked for by its id or as "potential"; by default the driver's best lap where the viewer may see it, else the potential lap."""
    best = lap.combination.best_lap_id
    if wanted == POTENTIAL:
        return None
    if wanted is None:  # who was shown one lap is not shown another by the way
        chosen = await LapRepository(session).lap(best, viewer) if best is not None and best != lap.id else None
        if chosen is None:
            return None
        reference = chosen
    else:
        reference = await lap_seen(session, _id(wanted), viewer)
    if reference.id == lap.id:
        raise Conflict("A lap cannot be compared with itself. Choose another one.")
    ours, theirs = lap.combination, reference.combination
    for what, one, other in (
        ("simulator", ours.track.simulator, theirs.track.simulator),
        ("track", ours.track.track_key, theirs.track.track_key),
        ("car", ours.car_key, theirs.car_key),
    ):
        if one != other:
            raise Conflict(
                f"These laps were driven in another {what}: {one} and {other}. Only laps of one car on one track can be compared."
            )
    if ours.track.simulated != theirs.track.simulated:
        raise Conflict("A driven lap is not compared with a simulated one.")
    return reference


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound("There is no such lap.") from None


async def beside(session: AsyncSession, bench: Workbench, lap: Lap, reference: Lap | None) -> LapBeside:
    """The comparison, as stored, or made now and stored."""
    repository, reference_id = LapRepository(session), reference.id if reference is not None else None
    stored = await repository.comparison(lap.id, reference_id)
    if stored is None or not _holds(stored, lap):
        await repository.lock_comparisons(lap.id)  # friends who open one link at once: one makes it, the others wait for it
        stored = await repository.comparison(lap.id, reference_id)
    if stored is None or not _holds(stored, lap):
        stored = await repository.keep_comparison(lap.id, reference_id, await _compared(repository, bench, lap, reference))
    says = str(stored.document.get("says", ""))
    return LapBeside(lap, reference, None if says else stored.document, says)


async def _compared(repository: LapRepository, bench: Workbench, lap: Lap, reference: Lap | None) -> dict[str, Any]:
    """The comparison as it is stored; where the engine cannot make one, its reason, which will not change before the engine does."""
    try:
        document = (await bench.compare(repository, lap, reference)).document
    except BadInput as error:
        document = {"says": str(error), "delta_s": None}
    return {"made_by": MADE_BY, "map_version": lap.combination.track.map_version, "delta_s": document["delta_s"], "document": document}


def _holds(stored: LapComparison, lap: Lap) -> bool:
    return stored.made_by == MADE_BY and stored.map_version == lap.combination.track.map_version


async def own_lap(session: AsyncSession, lap_id: uuid.UUID, owner: uuid.UUID) -> Lap:
    """A lap of the owner's. NotFound: it is not, whosever it is."""
    lap = await LapRepository(session).own_lap(lap_id, owner)
    if lap is None:
        raise NotFound("There is no such lap among yours.")
    return lap


async def open_to(session: AsyncSession, lap_id: uuid.UUID, owner: uuid.UUID, visibility: str) -> Lap:
    """Say who may see a lap: nobody else, or whoever has the link."""
    lap = await own_lap(session, lap_id, owner)
    lap.visibility = visibility
    return lap


async def delete_lap(session: AsyncSession, bench: Workbench, lap_id: uuid.UUID, owner: uuid.UUID) -> None:
    """Delete a lap and its file. The file goes first: a row without a file is noticed, a file without a row is not."""
    lap = await own_lap(session, lap_id, owner)
    await LapRepository(session).remove(lap)
    await bench.storage.delete([lap.file_key])


async def measure_again(session: AsyncSession, bench: Workbench, track_id: uuid.UUID | None) -> bool:
    """Measure some laps that an older version, or an older map of this track, measured; whether there may be more."""
    repository = LapRepository(session)
    laps = await (
        repository.outdated(MADE_BY, MEASURED_AT_ONCE) if track_id is None else repository.on_older_map(track_id, MEASURED_AT_ONCE)
    )
    for lap in laps:
        track = await bench.map_of(repository, lap)
        read = await bench.read(lap)
        metrics = await bench.run(lambda read=read, track=track: measure(read, track))  # type: ignore[misc]
        for name, value in measured(metrics, track.version).items():
            setattr(lap, name, value)
    return len(laps) == MEASURED_AT_ONCE


async def forget_files(storage: Storage, user_id: uuid.UUID) -> None:
    """Delete all lap files of a user who leaves."""
    await storage.delete([key async for key in storage.keys(f"laps/{user_id}")])


async def sweep_incoming(session: AsyncSession, storage: Storage, older_than: datetime) -> int:
    """Delete received files that have been read, or whose upload was never recorded; how many. Their ids tell when they came."""
    found: dict[uuid.UUID, str] = {}
    async for key in storage.keys("incoming"):
        upload_id = uuid.UUID(key.rsplit("/", 1)[-1])
        if upload_id.int >> 80 < older_than.timestamp() * 1000.0:
            found[upload_id] = key
    waiting = await LapRepository(session).still_waiting(found)
    gone = [key for upload_id, key in found.items() if upload_id not in waiting]
    await storage.delete(gone)
    return len(gone)

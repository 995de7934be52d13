"""A file that was read -> rows and lap files: tracks, combinations, drives, laps. Runs in a job; twice gives the same as once."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from web.errors import TooLarge
from web.laps.integrity import Kind
from web.laps.map_store import packed
from web.laps.measuring import MADE_BY, Metrics, is_settled, map_of, measure
from web.laps.reading import ReadFile, ReadLap
from web.laps.repository import LapRepository
from web.laps.workbench import Workbench
from web.models.base import new_id
from web.models.laps import Combination, Drive, Lap, Track, Upload


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a file. `remapped`: the track whose older laps must be measured again."""

    combination_id: uuid.UUID
    drive_id: uuid.UUID
    laps: tuple[uuid.UUID, ...]
    known: int
    remapped: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Made:
    """A lap, its file and its metrics."""

    lap: ReadLap
    content: bytes
    metrics: Metrics


async def file_laps(
    repository: LapRepository, bench: Workbench, upload: Upload, read: ReadFile, *, session_key: str, driven_at: datetime, quota_bytes: int
) -> Filed:
    """File the laps that the owner does not have yet. TooLarge: there is no room for them."""
    track = await repository.track(upload.user_id, read.session.simulator, _track_key(read), simulated=read.session.simulated)
    settled = track is not None and is_settled(track.map_laps)
    # A settled map stays: the engine's work needs no lock then, and other files of this driver are filed meanwhile.
    ahead = await _made(repository, bench, track, read.laps) if track is not None and settled else ()
    await repository.lock_owner(upload.user_id)
    hashes = {lap.content_hash for lap in read.laps}
    known = await repository.known(upload.user_id, hashes)
    fresh = list({lap.content_hash: lap for lap in read.laps if lap.content_hash not in known}.values())
    changed = False
    if track is None or not settled:
        track, changed = await _track(repository, bench, upload.user_id, read, fresh)
        ahead = await _made(repository, bench, track, fresh)
    made = [one for one in ahead if any(one.lap is lap for lap in fresh)]
    if await repository.bytes_of(upload.user_id) + sum(len(one.content) for one in made) > quota_bytes:
        raise TooLarge(
            f"Your laps would take more than {quota_bytes >> 20} MB, which is what one account may keep here. Delete some first."
        )
    with repository.later():  # rows are complete before any of them is sent
        combination = await _combination(repository, track, read, driven_at)
        drive = await _drive(repository, combination, session_key, read.session.session_type, driven_at)
        rows = []
        for one in made:
            key = f"laps/{upload.user_id}/{one.lap.content_hash[:2]}/{one.lap.content_hash}.parquet"
            await bench.storage.put(key, one.content)
            rows.append(_row(one, upload, track, drive, key, driven_at))
        _count(combination, drive, rows)
        repository.add(*rows)
    await repository.flush()
    return Filed(combination.id, drive.id, tuple(row.id for row in rows), len(hashes & known), track.id if changed else None)


async def _made(repository: LapRepository, bench: Workbench, track: Track, laps: Sequence[ReadLap]) -> Sequence[Made]:
    the_map = await bench.map_of_track(repository, track)
    return await bench.run(lambda: [Made(lap, lap.content(), measure(lap, the_map)) for lap in laps])


def _track_key(read: ReadFile) -> str:
    session = read.session
    return "|".join((session.track_id or session.track_name or "unnamed track", session.track_config))


async def _track(
    repository: LapRepository, bench: Workbench, owner: uuid.UUID, read: ReadFile, fresh: Sequence[ReadLap]
) -> tuple[Track, bool]:
    """The owner's track, its map improved by the new laps while it is not settled; and whether older laps lie on an older map."""
    session = read.session
    known = await repository.track(owner, session.simulator, _track_key(read), simulated=session.simulated)
    if known is not None and (is_settled(known.map_laps) or not fresh):
        return known, False
    old = await bench.map_of_track(repository, known) if known is not None else None
    new = await bench.run(lambda: map_of(fresh or read.laps, old))
    if known is None:
        name = " ".join(part for part in (session.track_name or session.track_id, session.track_config) if part) or "Track without a name"
        known = Track(
            id=new_id(), user_id=owner, simulator=session.simulator, track_key=_track_key(read), name=name, simulated=session.simulated,
            length_m=new.length_m, map_version=new.version, map_laps=new.lap_count, map_packed=await asyncio.to_thread(packed, new),
        )  # fmt: skip
        repository.add(known)
        await repository.flush()
        return known, False
    changed = new.version != known.map_version
    if changed:
        known.map_version, known.map_laps = new.version, new.lap_count
        known.map_packed = await asyncio.to_thread(packed, new)
        await repository.flush()
    return known, changed


async def _combination(repository: LapRepository, track: Track, read: ReadFile, driven_at: datetime) -> Combination:
    session = read.session
    car_key = session.car_id or session.car_name or "unnamed car"
    known = await repository.combination_of(track, car_key)
    if known is None:
        known = Combination(
            id=new_id(), user_id=track.user_id, track_id=track.id, car_key=car_key, car_name=session.car_name or session.car_id or "Car without a name",
            laps=0, clean_laps=0, best_time_s=None, best_lap_id=None, last_driven_at=driven_at,
        )  # fmt: skip
        repository.add(known)
    known.last_driven_at = max(known.last_driven_at, driven_at)
    return known


async def _drive(repository: LapRepository, combination: Combination, key: str, session_type: str, driven_at: datetime) -> Drive:
    known = await repository.drive_of(combination, key)
    if known is None:
        known = Drive(
            id=new_id(), user_id=combination.user_id, combination_id=combination.id, session_key=key, session_type=session_type, driven_at=driven_at,
            laps=0, clean_laps=0, best_time_s=None,
        )  # fmt: skip
        repository.add(known)
    return known


def _row(made: Made, upload: Upload, track: Track, drive: Drive, key: str, driven_at: datetime) -> Lap:
    read, lap = made.lap, made.lap.lap
    return Lap(
        id=new_id(),
        user_id=upload.user_id,
        combination_id=drive.combination_id,
        drive_id=drive.id,
        content_hash=read.content_hash,
        file_key=key,
        size_bytes=len(made.content),
        source=read.recording.session.source,
        number=lap.number,
        lap_time_s=lap.lap_time_s,
        official_lap_time_s=_known(lap.official_lap_time_s),
        clean=lap.clean,
        reasons=[reason.value for reason in lap.reasons],
        driven_at=driven_at,
        visibility="private",
        consent_id=upload.consent_id,
        may_train=upload.may_train,
        **measured(made.metrics, track.map_version),
    )


def measured(metrics: Metrics, map_version: int) -> dict[str, object]:
    """The columns of a lap that hold its metrics."""
    return {
        "findings": [asdict(finding) for finding in metrics.findings],
        "sound": all(finding.kind is Kind.SIMULATED for finding in metrics.findings),
        "top_speed_mps": metrics.top_speed_mps,
        "fuel_l": _known(metrics.conditions.fuel_l),
        "track_temp_c": _known(metrics.conditions.track_temp_c),
        "wetness": _known(metrics.conditions.wetness),
        "corners": metrics.corners,
        "made_by": MADE_BY,
        "map_version": map_version,
    }


def _count(combination: Combination, drive: Drive, rows: Sequence[Lap]) -> None:
    """Counts and bests with the new laps in them; the owner's lock keeps others from counting at the same time."""
    clean = [row for row in rows if row.clean]
    best = min((row for row in clean if row.sound), key=lambda row: row.lap_time_s, default=None)
    for counted in (combination, drive):
        counted.laps += len(rows)
        counted.clean_laps += len(clean)
        if best is not None and (counted.best_time_s is None or best.lap_time_s < counted.best_time_s):
            counted.best_time_s = best.lap_time_s
            if isinstance(counted, Combination):
                counted.best_lap_id = best.id


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None

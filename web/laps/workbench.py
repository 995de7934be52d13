"""The engine at work on stored laps, one piece at a time beside the event loop; what was read and learned last stays at hand."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from coach.errors import UnreadableFile
from coach.track.map import TrackMap
from web.laps.comparing import Compared, DriversLaps
from web.laps.map_store import MapsAtHand, unpacked
from web.laps.reading import ReadFile, ReadLap, read_file
from web.laps.repository import LapRepository
from web.laps.series import series, traced
from web.models.laps import Lap, Track
from web.storage import Storage

_KEPT_DRIVERS = 8  # of some 10 MB
_KEPT_SERIES = 32  # of some 0.1 MB
_Made = TypeVar("_Made")
OWN_RULE = "the driver's best clean lap of this car and track"
POTENTIAL_RULE = "the potential lap: what the grip shown so far allows on the driver's own line"
CHOSEN_RULE = "a chosen lap"


@dataclass(frozen=True, slots=True)
class Learning:
    """What a driver's laps are compared by: the track as the driver has it now, and the fastest laps."""

    track: TrackMap
    fastest: tuple[Lap, ...]


class Workbench:
    """One per process."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.maps = MapsAtHand()
        # Two pieces of engine work at once would only make each other slow: they share one interpreter with the pages.
        self._one_at_a_time = asyncio.Semaphore(1)
        self._drivers: OrderedDict[tuple[Any, ...], DriversLaps] = OrderedDict()
        self._series: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()
        self._turns: WeakValueDictionary[tuple[object, ...], asyncio.Lock] = WeakValueDictionary()

    async def run(self, work: Callable[[], _Made]) -> _Made:
        """A piece of engine work in a thread."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(work)

    async def map_of(self, repository: LapRepository, lap: Lap) -> TrackMap:
        """The map of the lap's track, as its driver has it now."""
        return await self.map_of_track(repository, lap.combination.track)

    async def map_of_track(self, repository: LapRepository, track: Track) -> TrackMap:
        """A track's map."""
        found = self.maps.get(track.id, track.map_version)
        if found is None:
            content = await repository.track_map(track.id)
            found = self.maps.put(track.id, await asyncio.to_thread(unpacked, content))
        return found

    async def read(self, lap: Lap) -> ReadLap:
        """A stored lap. UnreadableFile: its file is damaged or gone."""
        content = await self.storage.get(lap.file_key)
        return await asyncio.to_thread(_read, content, lap.content_hash, f"lap {lap.number}")

    def turn(self, *about: object) -> asyncio.Lock:
        """The lock of one piece of work: who comes second finds it done."""
        return self._turns.setdefault(about, asyncio.Lock())

    async def learning(self, repository: LapRepository, lap: Lap) -> Learning:
        """All that the database knows of what a lap is compared by."""
        return Learning(await self.map_of(repository, lap), tuple(await repository.fastest(lap.combination_id)))

    async def compare(self, lap: Lap, reference: Lap | None, learning: Learning) -> Compared:
        """The engine's comparison of a lap with a reference (None: the potential lap), from the lap's driver's side."""
        learned = await self._learned(lap, learning)
        own = await self.read(lap)
        other = None if reference is None else await self.read(reference)
        of_other = reference is not None and reference.user_id != lap.user_id
        rule = POTENTIAL_RULE if reference is None else OWN_RULE if reference.id == lap.combination.best_lap_id else CHOSEN_RULE
        compared = await self.run(lambda: learned.compare(own, other, of_other=of_other, rule=rule))
        made = await self.run(lambda: series(compared.own.trace, compared.reference.trace, learning.track))
        self._keep_series(lap, reference, made, potential=reference is None)
        return compared

    def series_at_hand(self, lap: Lap, reference: Lap | None, *, potential: bool) -> bytes | None:
        """The chart's document, where it was made a moment ago."""
        return self._series.get(_series_key(lap, reference, potential))

    async def series(self, lap: Lap, reference: Lap | None, learning: Learning, *, potential: bool) -> bytes:
        """The chart's document of a lap, beside a reference, or the potential lap, or by itself."""
        async with self.turn("series", *_series_key(lap, reference, potential)):
            kept = self.series_at_hand(lap, reference, potential=potential)
            if kept is not None:
                return kept
            track, own = learning.track, await self.read(lap)
            if potential:
                learned = await self._learned(lap, learning)
                made = await self.run(lambda: series(learned.lap(own).trace, learned.potential().trace, track))
            else:
                other = None if reference is None else await self.read(reference)
                made = await self.run(lambda: series(traced(own, track), None if other is None else traced(other, track), track))
            self._keep_series(lap, reference, made, potential=potential)
            return made

    async def _learned(self, lap: Lap, learning: Learning) -> DriversLaps:
        """What was learned from the fastest laps of the lap's combination."""
        key = (lap.combination_id, learning.track.version, *(one.id for one in learning.fastest))
        found = self._drivers.get(key)
        if found is None:
            laps = [await self.read(one) for one in learning.fastest]
            found = self._drivers[key] = await self.run(lambda: DriversLaps(laps, learning.track))
            while len(self._drivers) > _KEPT_DRIVERS:
                self._drivers.popitem(last=False)
        self._drivers.move_to_end(key)
        return found

    def _keep_series(self, lap: Lap, reference: Lap | None, made: bytes, *, potential: bool) -> None:
        self._series[_series_key(lap, reference, potential)] = made
        while len(self._series) > _KEPT_SERIES:
            self._series.popitem(last=False)


@lru_cache(maxsize=4)
def workbench_of(storage: Storage) -> Workbench:
    """The workbench of this process for these lap files."""
    return Workbench(storage)


def _series_key(lap: Lap, reference: Lap | None, potential: bool) -> tuple[Any, ...]:
    ids: tuple[uuid.UUID | None, ...] = (lap.id, reference.id if reference is not None else None)
    return (*ids, potential, lap.combination.track.map_version)


def _read(content: bytes, content_hash: str, name: str) -> ReadLap:
    laps: Sequence[ReadLap] = read_content(content, name).laps
    found = next((one for one in laps if one.content_hash == content_hash), None)
    if found is None:
        raise UnreadableFile(f"The file of {name} no longer holds what was stored.")
    return found


def read_content(content: bytes, name: str) -> ReadFile:
    """A file in memory, read by the engine. Errors as of `read_file`."""
    with tempfile.TemporaryDirectory(prefix="racing-coach-") as folder:
        path = Path(folder) / "lap"
        path.write_bytes(content)
        return read_file(path, name)

"""Track maps packed for the database, and unpacked ones kept at hand: a page needs its track's map, and maps settle after five laps."""

from __future__ import annotations

import tempfile
import uuid
import zlib
from collections import OrderedDict
from pathlib import Path

from coach.track.map import TrackMap
from coach.track.store import load_map, save_map

_KEPT = 64  # of some 0.5 MB


def packed(track: TrackMap) -> bytes:
    """The map file (coach/track/store.py), compressed: about 60 kB for 4 km."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.json"
        save_map(track, path)
        return zlib.compress(path.read_bytes(), 6)


def unpacked(content: bytes) -> TrackMap:
    """The map again. UnreadableFile when it is none."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.json"
        path.write_bytes(zlib.decompress(content))
        return load_map(path)


class MapsAtHand:
    """The maps used last, by track and version."""

    def __init__(self) -> None:
        self._maps: OrderedDict[tuple[uuid.UUID, int], TrackMap] = OrderedDict()

    def get(self, track_id: uuid.UUID, version: int) -> TrackMap | None:
        """The map, if it is at hand."""
        found = self._maps.get((track_id, version))
        if found is not None:
            self._maps.move_to_end((track_id, version))
        return found

    def put(self, track_id: uuid.UUID, track: TrackMap) -> TrackMap:
        """Keep a map."""
        self._maps[track_id, track.version] = track
        while len(self._maps) > _KEPT:
            self._maps.popitem(last=False)
        return track

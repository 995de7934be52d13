"""Names of corners from `tracks/*.toml` (format: docs/track-map.md), laid on the corners that were found.

A corner gets a name only when direction and place agree and nothing else could be meant; a wrong name is worse than none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from importlib.resources import files

import numpy as np

from coach.laps.trace import LapTrace
from coach.track.map import Corner

SCHEMA = 1
LENGTH_SHARE = 0.02  # simulators and owners measure a track's length along different lines; layouts differ by more
NEAR_DEG = 0.03  # about 3 km: the same venue
DIRECTIONS = {"L": 1, "R": -1}


@dataclass(frozen=True, slots=True)
class NamedCorner:
    """One corner as the world knows it; `number` is the official one ("10A"), `name` may be empty."""

    number: str
    name: str
    direction: int
    apex_frac: float

    @property
    def label(self) -> str:
        """What drivers call it."""
        return self.name or f"Turn {self.number}"


@dataclass(frozen=True, slots=True)
class NamedTrack:
    """One layout. `match`: patterns on the simulator's track id; `place_deg`: latitude and longitude of the line."""

    name: str
    match: tuple[str, ...]
    length_m: float
    place_deg: tuple[float, float]
    tolerance_frac: float
    corners: tuple[NamedCorner, ...]

    def fits(self, track_id: str, length_m: float, place_deg: tuple[float, float]) -> bool:
        """Whether a drive was on this layout: right length, and the id or (where the source names no track) the place."""
        if abs(length_m / self.length_m - 1.0) > LENGTH_SHARE:
            return False
        if track_id:
            return any(fnmatch(track_id.lower(), pattern) for pattern in self.match)
        return bool(np.hypot(place_deg[0] - self.place_deg[0], place_deg[1] - self.place_deg[1]) < NEAR_DEG)


def parse_names(text: str) -> NamedTrack:
    """A corner-name file. ValueError or KeyError says what is wrong with it."""
    raw = tomllib.loads(text)
    if raw["schema"] != SCHEMA:
        raise ValueError(f"schema {raw['schema']} is not {SCHEMA}")
    corners = tuple(
        NamedCorner(str(item["number"]), str(item.get("name", "")), DIRECTIONS[item["direction"]], float(item["apex_frac"]))
        for item in raw["corner"]
    )
    places = [corner.apex_frac for corner in corners]
    if places != sorted(places) or not all(0.0 <= place < 1.0 for place in places):
        raise ValueError("apex_frac must rise from corner to corner and lie in [0, 1)")
    place = (float(raw["lat_deg"]), float(raw["lon_deg"]))
    patterns = tuple(str(pattern) for pattern in raw["match"])
    return NamedTrack(str(raw["name"]), patterns, float(raw["length_m"]), place, float(raw["tolerance_frac"]), corners)


@cache
def named_tracks() -> tuple[NamedTrack, ...]:
    """Every layout that comes with the program."""
    folder = files("coach.track") / "tracks"
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(parse_names(entry.read_text(encoding="utf-8")) for entry in entries)


def named_track_of(trace: LapTrace) -> NamedTrack | None:
    """The layout a lap was driven on, when a name file knows it."""
    place = (_middle(trace, "lat_deg"), _middle(trace, "lon_deg"))
    return next((track for track in named_tracks() if track.fits(trace.session.track_id, trace.track_length_m, place)), None)


def _middle(trace: LapTrace, name: str) -> float:
    values = trace.ticks[name] if trace.has(name) else np.array([np.nan])
    values = values[np.isfinite(values) & (values != 0.0)]  # 0: not in the world
    return float(np.median(values)) if len(values) else np.nan


def with_names(corners: Sequence[Corner], track: NamedTrack, length_m: float) -> tuple[Corner, ...]:
    """The corners with the layout's names and numbers where they are sure.

    Sure: same direction, within the tolerance, and each is the other's nearest; or one bend in which the layout counts several of its
    direction, none of them found elsewhere. The others become "Corner n", C n in short, because on a track with official numbers
    "Turn n" or a bare n would be taken for one.
    """
    named = [_named(corner, corners, track, length_m) for corner in corners]
    return tuple(
        _called(corner, (known,) if known else _inside(corner, track, named, length_m))
        for corner, known in zip(corners, named, strict=True)
    )


def _inside(corner: Corner, track: NamedTrack, taken: Sequence[NamedCorner | None], length_m: float) -> tuple[NamedCorner, ...]:
    """The layout's corners that this bend is all together, or none: of a single one it is only known that it is not near enough."""
    found = [
        one
        for one in track.corners
        if one.direction == corner.direction and corner.turn_in_m <= one.apex_frac * length_m <= corner.turn_out_m
    ]
    return tuple(found) if len(found) > 1 and not any(one in taken for one in found) else ()


def _called(corner: Corner, known: Sequence[NamedCorner]) -> Corner:
    if not known:
        return replace(corner, name=f"Corner {corner.number}", turn_number=f"C{corner.number}")
    first, last = known[0], known[-1]
    if first is last or (first.name and all(one.name.startswith(first.name) for one in known)):  # "Big Bend", and "Big Bend Exit"
        name = first.label
    else:
        name = f"Turns {first.number} and {last.number}" if len(known) == 2 else f"Turns {first.number} to {last.number}"
    return replace(corner, name=name, turn_number=first.number if first is last else f"{first.number}-{last.number}")


def _named(corner: Corner, corners: Sequence[Corner], track: NamedTrack, length_m: float) -> NamedCorner | None:
    """Which corner of the layout this one surely is."""
    candidates = [named for named in track.corners if named.direction == corner.direction]
    if candidates:
        nearest = min(candidates, key=lambda named: _apart(corner, named, length_m))
        rivals = [other for other in corners if other.direction == nearest.direction]
        best = min(rivals, key=lambda other: _apart(other, nearest, length_m))
        if best is corner and _apart(corner, nearest, length_m) <= track.tolerance_frac:
            return nearest
    return None


def _apart(corner: Corner, named: NamedCorner, length_m: float) -> float:
    """Share of the lap between a found apex and a named one, around the line if that is shorter."""
    apart = abs(corner.apex_m / length_m - named.apex_frac)
    return min(apart, 1.0 - apart)

"""The track map as a versioned JSON file: rounded, written whole or not at all, refused with one sentence when it is no map."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from coach.arrays import FloatArray
from coach.errors import UnreadableFile
from coach.files import read_plain, write_text
from coach.laps.trace import LapTrace
from coach.track.build import build_track_map
from coach.track.map import Corner, TrackMap

FORMAT = "racing-coach track map"
SCHEMA = 1
LARGEST_BYTES = 64 << 20  # the Nordschleife at 1 m is 2 MB
# Digits after the point: 1 mm for metres, 1e-6 for angles, slopes and curvature; finer than any of them is known.
_DIGITS = {"x_m": 3, "y_m": 3, "left_m": 3, "right_m": 3, "heading_rad": 6, "curvature_1pm": 7, "grade_frac": 5, "bank_rad": 5}


def save_map(track: TrackMap, path: Path) -> None:
    """Write the map. CannotWrite: nothing half-written stays behind."""
    raw: dict[str, Any] = {"format": FORMAT, "schema": SCHEMA}
    for field in fields(TrackMap):
        value = getattr(track, field.name)
        if field.name in _DIGITS:
            raw[field.name] = _numbers(value, _DIGITS[field.name])
        elif field.name == "corners":
            raw["corners"] = [asdict(corner) for corner in track.corners]
        else:
            raw[field.name] = value
    write_text(path, json.dumps(raw, allow_nan=False, separators=(",", ":"), ensure_ascii=False) + "\n")


def load_map(path: Path) -> TrackMap:
    """Read a map. UnreadableFile: missing, damaged, no track map, or of a later schema."""
    try:
        raw = json.loads(read_plain(path, LARGEST_BYTES))
    except (ValueError, RecursionError) as error:
        where = f" ({error})" if isinstance(error, json.JSONDecodeError) else ""  # for who writes corner names into it
        raise UnreadableFile(f"{path} is no track map: it is not JSON{where}; name the right file.") from error
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise UnreadableFile(f'{path} is no track map: expected "format": "{FORMAT}"; name the right file.')
    if raw.get("schema") != SCHEMA:
        raise UnreadableFile(f"{path} has track-map schema {raw.get('schema')}, this program reads {SCHEMA}; update the program.")
    try:
        return _map_from(raw)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise UnreadableFile(f"{path} is a damaged track map ({error}); delete it and it is made anew.") from error


def improve_map(path: Path, traces: Sequence[LapTrace]) -> TrackMap:
    """The map in `path` improved by these laps, or a first one from them; written back and returned."""
    track = build_track_map(traces, load_map(path) if path.exists() else None)
    save_map(track, path)
    return track


def _numbers(values: FloatArray, digits: int) -> list[float | None]:
    return [round(float(value), digits) if math.isfinite(value) else None for value in values]


def _map_from(raw: dict[str, Any]) -> TrackMap:
    arrays = {name: _array(raw[name]) for name in _DIGITS}
    step, length = float(raw["step_m"]), float(raw["length_m"])
    count = round(length / step)
    if not (length > 0.0 and step > 0.0) or {len(values) for values in arrays.values()} != {count}:
        raise ValueError(f"its arrays do not have {count} stations")
    return TrackMap(
        track_id=str(raw["track_id"]),
        name=str(raw["name"]),
        config=str(raw["config"]),
        length_m=length,
        step_m=step,
        version=int(raw["version"]),
        lap_count=int(raw["lap_count"]),
        corners=tuple(_corner(item, length) for item in raw["corners"]),
        **arrays,
    )


def _array(values: list[float | None]) -> FloatArray:
    array = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    if array.ndim != 1:
        raise ValueError("an array is not flat")
    return array


def _corner(item: dict[str, Any], length_m: float) -> Corner:
    corner = Corner(**item)
    stations = (corner.start_m, corner.turn_in_m, corner.apex_m, corner.turn_out_m, corner.end_m)
    if any(a > b for a, b in pairwise(stations)) or corner.start_m < 0.0 or corner.end_m > length_m + 1e-6:
        raise ValueError(f"corner {corner.number} has stations out of order")
    return corner

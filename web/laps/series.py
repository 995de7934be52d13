"""A lap's channels for the charts, as one binary document: a JSON head, then Float32 columns, all on the same stations.

Layout: uint32 length of the head (little endian), the head as UTF-8 JSON padded with spaces to a multiple of 4, then for each name in
`head.columns` `head.points` Float32 values (little endian); NaN where a value is not known. `docs/laps.md` describes it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from coach.arrays import FloatArray
from coach.compare.delta import delta_s
from coach.laps.resample import trace_lap
from coach.laps.trace import LapTrace
from coach.report.analysis import CHART_STEP_M
from coach.report.charts import MAP_PART_M
from coach.report.drawing import draw_map
from coach.track.map import Corner, TrackMap
from web.laps.reading import ReadLap

MADE_AS = "1"  # raised when the document changes
MOST_POINTS = 4000
KMH = 3.6
_CHANNELS = (  # name in the document, channels in order of preference, scale to what is shown
    ("speed_kmh", ("speed_mps",), KMH),
    ("throttle_percent", ("throttle_raw_frac", "throttle_frac"), 100.0),
    ("brake_percent", ("brake_raw_frac", "brake_frac"), 100.0),
    ("steer_deg", ("steer_rad",), 180.0 / np.pi),
    ("gear", ("gear",), 1.0),
)


def stations(track: TrackMap) -> FloatArray:
    """Where the charts have their points, m."""
    return np.arange(0.0, track.length_m, max(CHART_STEP_M, track.length_m / MOST_POINTS))


def series(own: LapTrace, reference: LapTrace | None, track: TrackMap) -> bytes:
    """The document: the lap's channels, the reference's (`ref_...`), the delta and the place on the map, as far as they are known."""
    station = stations(track)
    columns = {"station_m": station, **_columns(own, station, "")}
    drawing = draw_map(track, station, frozenset(), MAP_PART_M, "")
    if drawing is not None:
        columns |= {"map_x": drawing.x, "map_y": drawing.y}
    if reference is not None:
        columns |= _columns(reference, station, "ref_")
        columns["delta_s"] = np.interp(station, own.grid["station_m"], delta_s(own, reference))
    return packed(columns, {"corners": [_corner(corner) for corner in track.corners]})


def _corner(corner: Corner) -> dict[str, Any]:
    bounds = ("start_m", "turn_in_m", "apex_m", "turn_out_m", "end_m")
    return {
        "number": corner.number,
        "turn_number": corner.turn_number,
        "name": corner.name,
        **{name: round(getattr(corner, name), 1) for name in bounds},
    }


def packed(columns: Mapping[str, FloatArray], head: Mapping[str, Any]) -> bytes:
    """Columns of one length as a document."""
    points = len(next(iter(columns.values())))
    text = json.dumps({**head, "points": points, "columns": list(columns)}, ensure_ascii=False, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    return b"".join([struct.pack("<I", len(text)), text, *(column.astype("<f4").tobytes() for column in columns.values())])


def traced(read: ReadLap, track: TrackMap) -> LapTrace:
    """The lap on the track's grid."""
    return trace_lap(read.recording, read.lap, track.length_m)


def _columns(trace: LapTrace, station: FloatArray, prefix: str) -> dict[str, FloatArray]:
    found = {}
    for shown, names, scale in _CHANNELS:
        name = next((name for name in names if trace.has(name)), None)
        if name is not None:
            found[prefix + shown] = np.interp(station, trace.grid["station_m"], trace.grid[name]) * scale
    return found

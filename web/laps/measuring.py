"""A lap's metrics: the engine's figures as plain rows, made once per version of engine and track map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coach.cli.common import plain
from coach.cli.compare import phases_document
from coach.compare.find_phases import phases_of_lap
from coach.laps.comparable import Conditions, conditions_of
from coach.laps.resample import trace_lap
from coach.laps.trace import LapTrace
from coach.track.build import LAPS_FOR_CORNERS, build_track_map
from coach.track.map import TrackMap
from coach.track.reckon import path_of
from coach.version import VERSION
from web.laps.integrity import Finding, findings_of
from web.laps.reading import ReadLap

MEASURES = 2  # raised when this module stores other figures
MADE_BY = f"{VERSION}.{MEASURES}"  # metrics made by anything else are made again
MAP_LAPS = 12  # as many as the engine learns from at once


@dataclass(frozen=True, slots=True)
class Metrics:
    """What is stored of a lap beside its file. `corners`: one document per corner of the track map, in driving order."""

    corners: list[dict[str, Any]]
    top_speed_mps: float | None
    conditions: Conditions
    findings: tuple[Finding, ...]


def is_settled(map_laps: int) -> bool:
    """Whether a track map of so many laps stays as it is: from then on no corner moves."""
    return map_laps >= LAPS_FOR_CORNERS


def map_of(laps: Sequence[ReadLap], known: TrackMap | None) -> TrackMap:
    """The driver's map of a track after these laps: the known one while it is settled, else made or improved by clean laps.

    Laps that are not clean make a first map, because a driver without a clean lap wants to see something; they never improve one.
    NoCompleteLap: none of the laps makes a map.
    """
    clean = [read for read in laps if read.lap.clean]
    if known is not None and (is_settled(known.lap_count) or not clean):
        return known
    length_m = known.length_m if known else (clean or laps)[0].track_length_m
    fastest = sorted(clean or laps, key=lambda read: read.lap.lap_time_s)[:MAP_LAPS]
    return build_track_map([trace_lap(read.recording, read.lap, length_m) for read in fastest], known)


def measure(read: ReadLap, track: TrackMap) -> Metrics:
    """The metrics of one lap on the driver's map of its track."""
    trace = trace_lap(read.recording, read.lap, track.length_m)
    path = path_of(trace)
    phases = phases_of_lap(trace, path, track.corners)
    times = np.interp([bound for corner in track.corners for bound in (corner.start_m, corner.end_m)], *_clock(trace)).reshape(-1, 2)
    corners = [
        {"number": corner.number, "name": corner.name, "time_s": float(end - start), **phases_document(one)}
        for corner, one, (start, end) in zip(track.corners, phases, times, strict=True)
    ]
    speed = trace.grid["speed_mps"][trace.start : trace.stop + 1]
    top = float(np.nanmax(speed)) if np.isfinite(speed).any() else None
    return Metrics([plain(corner) for corner in corners], top, conditions_of(trace), findings_of(read, trace))


def _clock(trace: LapTrace) -> tuple[Any, Any]:
    return trace.grid["station_m"], trace.grid["time_s"]

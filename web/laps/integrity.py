"""Whether a lap can be believed: what its own samples say against each other and against what its file claims.

A lap's validity (off-track, traffic, ...) is the engine's business. Here is asked whether the data are those of a driven lap. A finding
never removes a lap: its owner sees why it may not serve as a reference for others.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from coach.laps.lap import Reason
from coach.laps.trace import LapTrace
from coach.laps.validity import DISTANCE_RATIO, TOP_SPEED_MPS
from coach.wording import clock
from web.laps.reading import ReadLap

# A lap read back from a lap file has its time within 20 us, measured and official times agree within 3 ms on disk files (docs/lap-file.md,
# CHANGELOG); streams at 10-30 Hz know the line to a tick's interpolation. A tick of the source is far beyond either.
CLAIM_S = 0.001
SECTOR_SLACK_M = 20.0  # two projections of two car lengths (laps/stations.py JUMP_M): a short sector closes no better


class Kind(StrEnum):
    """What was checked."""

    SIMULATED = "simulated"
    DISTANCE = "distance"
    SECTORS = "sectors"
    IMPOSSIBLE = "impossible"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that speaks against a lap's data, in words for its owner."""

    kind: Kind
    says: str


def findings_of(read: ReadLap, trace: LapTrace) -> tuple[Finding, ...]:
    """All that speaks against the lap; empty: its data hold together."""
    checks = (_simulated(read), _distance(read), _impossible(read), _sectors(read, trace), _claim(read))
    return tuple(found for found in checks if found is not None)


def _simulated(read: ReadLap) -> Finding | None:
    marked = read.recording.session.simulated
    return Finding(Kind.SIMULATED, "Made by the proving ground: simulated, not driven.") if marked else None


def _distance(read: ReadLap) -> Finding | None:
    ratio, (least, most) = read.lap.integrity.distance_ratio, DISTANCE_RATIO
    if not np.isfinite(ratio) or least <= ratio <= most:
        return None
    return Finding(
        Kind.DISTANCE,
        f"Speed over time gives {ratio:.1%} of the track's length; a driven lap has {least:.0%} to {most:.0%}.",
    )


def _impossible(read: ReadLap) -> Finding | None:
    time_s, least_s = read.lap.lap_time_s, read.track_length_m / TOP_SPEED_MPS
    if time_s < least_s:
        return Finding(
            Kind.IMPOSSIBLE, f"{clock(time_s)} is less than the {clock(least_s)} that {TOP_SPEED_MPS:.0f} m/s all the way would take."
        )
    if Reason.IMPLAUSIBLE in read.lap.reasons and _distance(read) is None:
        return Finding(Kind.IMPOSSIBLE, "Position or speed jump as no car does.")
    return None


def _sectors(read: ReadLap, trace: LapTrace) -> Finding | None:
    """Sector times, each from its own crossings: they must sum to the official time, and each must hold the distance it spans."""
    starts = sorted({0.0, *read.recording.session.sector_starts_frac})
    if len(starts) < 2:
        return None
    inside = slice(trace.start, trace.stop + 1)
    station, time, speed = (trace.grid[name][inside] for name in ("station_m", "time_s", "speed_mps"))
    bounds = np.array([*starts, 1.0]) * trace.track_length_m
    times = np.diff(np.interp(bounds, station, time))
    official = read.lap.official_lap_time_s
    tick_s = 1.0 / max(read.recording.session.tick_rate_hz, 1.0)
    if np.isfinite(official) and abs(float(times.sum()) - official) > tick_s:
        return Finding(Kind.SECTORS, f"The sectors sum to {clock(float(times.sum()))}, the simulator's own time is {clock(official)}.")
    driven = np.concatenate(([0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]) * np.diff(time))))
    for number, ((low, high), seconds) in enumerate(zip(pairwise(bounds), times, strict=True), start=1):
        covered = float(np.diff(np.interp([low, high], station, driven))[0])
        least, most = (ratio * (high - low) for ratio in DISTANCE_RATIO)
        if seconds <= 0.0 or not least - SECTOR_SLACK_M <= covered <= most + SECTOR_SLACK_M:
            return Finding(Kind.SECTORS, f"Sector {number} is {high - low:.0f} m long, but speed over time covers {covered:.0f} m of it.")
    return None


def _claim(read: ReadLap) -> Finding | None:
    """A lap file's own account of its lap against what its samples say."""
    claimed = read.claimed
    if claimed is None:
        return None
    stated = claimed.end_s - claimed.start_s
    if np.isfinite(stated) and abs(stated - read.lap.lap_time_s) > CLAIM_S:
        return Finding(Kind.CLAIM, f"The file claims {clock(stated)}, its samples say {clock(read.lap.lap_time_s)}.")
    if claimed.kind == "timed" and not claimed.reasons and read.lap.reasons:
        return Finding(Kind.CLAIM, f"The file calls the lap clean, its samples say: {', '.join(read.lap.reasons)}.")
    return None

"""What the store knows of a lap, and how its file is called. Reading it from a lap file is `overlay/store/read_record.py`.

A name is `00000012_20261128T163300Z_mx5_lime-rock_lap4_1a2b3c4d.parquet`: the store's running number, which gives the order; the
wall clock, which is only a label, because clocks jump; car, track and lap for people; the session. A `.keep` file beside a lap
says that it must not be pruned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coach.telemetry.recording import SessionInfo

LAPS, SUFFIX, KEEP = "laps", ".parquet", ".keep"
NAME = re.compile(r"(?P<sequence>\d{8,})_(?P<saved_at>\d{8}T\d{6}Z)_.*_(?P<session>[0-9a-f]{8})")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class LapRecord:
    """One lap of the store. None: the file does not say."""

    id: str  # the file's name without its ending
    sequence: int  # the store's running number; 0: a file that was put there by hand
    saved_at: str  # wall clock in UTC as 20261128T163300Z, a label only; ""
    session: str  # the same for laps of one drive; ""
    source: str
    simulator: str
    car_id: str
    car_name: str
    track_id: str
    track_name: str
    track_config: str
    track_length_m: float | None
    session_type: str
    number: int
    kind: str
    lap_time_s: float | None
    official_lap_time_s: float | None
    clean: bool
    reasons: str  # joined by ", "
    simulated: bool  # made by a simulator of ours, never to be taken for a driven lap
    driver: str
    visibility: str
    kept: bool
    size_bytes: int

    @property
    def combination(self) -> tuple[str, str, str, str, bool]:
        """Laps of one combination may be compared: simulator, car, track, configuration, driven or simulated."""
        return (self.simulator, self.car_id, self.track_id, self.track_config, self.simulated)


def name_of(info: SessionInfo, number: int, sequence: int, saved_at: datetime, session: str) -> str:
    """The id of a new lap."""
    return f"{sequence:08d}_{saved_at:%Y%m%dT%H%M%SZ}_{_slug(info.car_id)}_{_slug(info.track_id)}{name_ending(number, session)}"


def name_ending(number: int, session: str) -> str:
    """How the ids of a drive's laps of one number end."""
    return f"_lap{number}_{session}"


def file_of(folder: Path, lap_id: str) -> Path:
    """The file of a lap in the store's folder."""
    return folder / LAPS / f"{lap_id}{SUFFIX}"


def sequence_of(name: str) -> int:
    """The running number in a file's name or an id; 0 when it has none."""
    match = NAME.match(name)
    return int(match["sequence"]) if match else 0


def _slug(text: str) -> str:
    return _NOT_IN_NAMES.sub("-", text.casefold()).strip("-")[:32] or "unknown"

"""A file as it came in -> clean lap files, written anew by the engine.

What is stored is not what was sent: columns outside the channel table, the player's name, other people's free text and anything
else that rode along stay behind. The identity of a lap is what was driven, so the same lap sent as `.ibt` and as lap file is one lap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from coach.arrays import FloatArray
from coach.compare.study import Drive, open_drive
from coach.errors import BadInput, NoCompleteLap
from coach.laps.lap import Lap
from coach.laps.lap_files import lap_content
from coach.laps.length import track_length_of
from coach.telemetry.channels import BY_NAME
from coach.telemetry.lap_file import LapFacts, Provenance, read_lap_head
from coach.telemetry.recording import Recording, SessionInfo
from coach.telemetry.sources import open_recording
from web.laps.incoming import clipped

MOST_LAPS = 400  # of one file: a 24-hour stint has fewer
TEXT_CHARS, NOTE_CHARS, NOTES = 120, 300, 20
# What was driven, as any source tells it; the pedal as it was pressed where there is one.
_DRIVEN = ("session_time_s", "lap_dist_frac", "speed_mps", "throttle_frac", "brake_frac", "steer_rad", "gear")


@dataclass(frozen=True, slots=True)
class ReadLap:
    """One timed lap of a file. `claimed`: what a lap file says of its own lap; None where the file is a recording."""

    recording: Recording
    lap: Lap
    track_length_m: float
    content_hash: str
    claimed: LapFacts | None

    def content(self) -> bytes:
        """The clean lap file."""
        return lap_content(self.recording, self.lap, track_length_m=self.track_length_m, provenance=Provenance())


@dataclass(frozen=True, slots=True)
class ReadFile:
    """The laps of a file, and how many were left out because they are incomplete."""

    session: SessionInfo
    laps: tuple[ReadLap, ...]
    incomplete: int
    drive: Drive


def read_file(path: Path, name: str) -> ReadFile:
    """Everything the service keeps of a file. BadInput (one sentence) when nothing of it can be used; `name` as the driver knows it."""
    try:
        drive = _opened(path)
        length_m = track_length_of(drive.recording)
    except BadInput as error:
        raise type(error)(str(error).replace(str(path), name)) from error
    if not drive.timed:
        found = ", ".join(f"{lap.kind} lap {lap.number}" for lap in drive.laps[:5]) or "nothing"
        raise NoCompleteLap(f"{name} holds no complete lap from line to line (found: {found}). Drive at least one full lap.")
    claimed = read_lap_head(path).lap if drive.recording.session.source == "lap-file" or _is_lap_file(path) else None
    laps = tuple(_laps(drive, length_m, claimed))
    return ReadFile(drive.recording.session, laps, len(drive.laps) - len(drive.timed), drive)


def _is_lap_file(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) == b"PAR1"


def _opened(path: Path) -> Drive:
    recording = open_recording(path)
    return open_drive(replace(recording, session=cleaned(recording.session)))


def _laps(drive: Drive, length_m: float, claimed: LapFacts | None) -> Iterator[ReadLap]:
    for lap in drive.timed[:MOST_LAPS]:
        yield ReadLap(drive.recording, lap, length_m, identity(drive.recording, lap), claimed)


def cleaned(session: SessionInfo) -> SessionInfo:
    """Free text of a file within bounds; nobody's name."""
    notes = tuple(clipped(note, NOTE_CHARS) for note in session.notes[:NOTES])
    sectors = tuple(share for share in session.sector_starts_frac[:50] if 0.0 <= share < 1.0)
    return replace(
        session,
        simulator=clipped(session.simulator, TEXT_CHARS),
        simulator_build=clipped(session.simulator_build, TEXT_CHARS),
        car_id=clipped(session.car_id, TEXT_CHARS),
        car_name=clipped(session.car_name, TEXT_CHARS),
        track_id=clipped(session.track_id, TEXT_CHARS),
        track_name=clipped(session.track_name, TEXT_CHARS),
        track_config=clipped(session.track_config, TEXT_CHARS),
        session_type=clipped(session.session_type, TEXT_CHARS),
        notes=notes,
        sector_starts_frac=sectors,
        player_name="",
    )


def identity(recording: Recording, lap: Lap) -> str:
    """SHA-256 over what was driven where: car, track, and the lap's own ticks in whole quantisation steps, as hex."""
    session = recording.session
    digest = hashlib.sha256()
    for text in (session.car_id or session.car_name, session.track_id or session.track_name, session.track_config):
        digest.update(text.encode() + b"\x00")
    for name in _DRIVEN:
        if recording.has(name):
            digest.update(name.encode() + b"\x00")
            digest.update(_steps(name, recording.column(name)[lap.first : lap.last]).tobytes())
    return digest.hexdigest()


def _steps(name: str, column: FloatArray) -> FloatArray:
    """Whole steps as the lap file stores them; missing is a value that no step has."""
    step = BY_NAME[name].step or 1.0
    return np.where(np.isfinite(column), np.rint(np.where(np.isfinite(column), column, 0.0) / step), -(2.0**62)).astype("<i8")

"""Write a lap that was found to a lap file, and give it back.

The file carries a margin of the neighbouring laps, so that the crossings on both sides are found again when it is analysed.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from coach.errors import UnreadableFile
from coach.files import write_bytes
from coach.laps.lap import Integrity, Lap, LapKind, Reason
from coach.laps.trace import MARGIN_M
from coach.telemetry.lap_file import LapFacts, LapFile, Provenance, lap_file_content
from coach.telemetry.recording import Recording

MARGIN_S = 20.0  # a margin driven slower than this is of no use, and a parked car has no end of it


def save_lap(path: Path, recording: Recording, lap: Lap, *, track_length_m: float = np.nan, provenance: Provenance | None = None) -> None:
    """Write one lap of a recording with its margins. CannotWrite: the disk refuses."""
    write_bytes(path, lap_content(recording, lap, track_length_m=track_length_m, provenance=provenance))


def lap_content(recording: Recording, lap: Lap, *, track_length_m: float = np.nan, provenance: Provenance | None = None) -> bytes:
    """What `save_lap` writes."""
    rows = rows_with_margin(recording, lap)
    facts = LapFacts(
        number=lap.number,
        kind=lap.kind.value,
        first=lap.first - rows.start,
        last=lap.last - rows.start,
        start_s=lap.start_s,
        end_s=lap.end_s,
        official_lap_time_s=lap.official_lap_time_s,
        track_length_m=track_length_m,
        reasons=tuple(reason.value for reason in lap.reasons),
        integrity=asdict(lap.integrity),
    )
    return lap_file_content(recording, rows, facts, provenance)


def lap_in(file: LapFile) -> Lap:
    """The lap that a lap file was written for; its ticks count from the file's first row. UnreadableFile: a word not known here."""
    facts = file.lap
    try:
        kind, reasons = LapKind(facts.kind), tuple(Reason(text) for text in facts.reasons)
    except ValueError as error:
        raise UnreadableFile(f"{file.recording.path} says of its lap what this program does not know ({error}): update it.") from error
    figures = {item.name: facts.integrity[item.name] for item in fields(Integrity) if item.name in facts.integrity}
    integrity = Integrity(**figures)  # type: ignore[arg-type]  # two of the figures are whole numbers
    return Lap(facts.number, kind, facts.first, facts.last, facts.start_s, facts.end_s, facts.official_lap_time_s, reasons, integrity)


def rows_with_margin(recording: Recording, lap: Lap) -> slice:
    """Rows of a lap with at most MARGIN_M and MARGIN_S of driving before and after it, and at least one tick on either side."""
    time = recording.column("session_time_s")
    speed = np.nan_to_num(recording.column("speed_mps"))
    stepped_back = np.flatnonzero(np.diff(time) < 0.0) + 1  # another session begins: its clock is no longer this one
    begin = int(stepped_back[stepped_back <= lap.first].max(initial=0))
    end = int(stepped_back[stepped_back >= lap.last].min(initial=recording.n_ticks))
    lo, hi = begin + np.searchsorted(time[begin:end], [time[lap.first] - MARGIN_S, time[lap.last - 1] + MARGIN_S])
    driven = np.concatenate([[0.0], np.cumsum(0.5 * (speed[lo : hi - 1] + speed[lo + 1 : hi]) * np.diff(time[lo:hi]))])
    first, last = np.searchsorted(driven, [driven[lap.first - lo] - MARGIN_M, driven[lap.last - 1 - lo] + MARGIN_M])
    return slice(max(0, min(int(lo + first), lap.first - 1)), min(recording.n_ticks, max(int(lo + last), lap.last + 1)))

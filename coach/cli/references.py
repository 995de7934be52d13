"""Reference laps named as FILE or FILE#N, opened."""

from __future__ import annotations

from collections.abc import Sequence

from coach.cli.common import split_reference
from coach.compare.study import Drive, open_drive
from coach.errors import NoCompleteLap
from coach.telemetry.sources import open_recording


def reference_of(text: str) -> Drive:
    """The lap asked for, or all of the file to take the best of. NoCompleteLap: there is none in it."""
    path, number = split_reference(text)
    drive = open_drive(open_recording(path))
    if not drive.timed:
        raise NoCompleteLap(f"{path}: no complete lap to compare with. Give a recording with at least one full lap.")
    return drive if number is None else Drive(drive.recording, (drive.lap(number),))


def references_of(given: Sequence[str]) -> tuple[Drive, ...]:
    """Each lap that is named."""
    return tuple(reference_of(text) for text in given)

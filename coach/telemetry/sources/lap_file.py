"""Lap files as a source: what was written as one lap is read as a short recording that holds it."""

from __future__ import annotations

from pathlib import Path

from coach.telemetry.recording import Recording
from coach.telemetry.sources import Source, register


def _sniff(head: bytes, path: Path) -> bool:
    del path
    return head.startswith(b"PAR1")


def read(path: Path, keep_player_name: bool = False) -> Recording:
    """The recording in a lap file, which names no driver. UnreadableFile says what is wrong with the file."""
    del keep_player_name
    from coach.telemetry.lap_file import read_lap_file  # noqa: PLC0415  pyarrow costs 0.1 s; most files are of another kind

    return read_lap_file(path).recording


register(Source("lap-file", "lap file (Parquet)", (".parquet",), _sniff, read))

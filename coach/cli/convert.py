"""`racing-coach convert`: recordings as lap files or as tables for other programs."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from coach.errors import LapNotFound, NoCompleteLap
from coach.files import make_folder
from coach.laps.crossings import find_laps
from coach.laps.lap import Lap, LapKind
from coach.laps.lap_files import save_lap
from coach.laps.length import track_length_of
from coach.telemetry.export.csv_out import write_csv
from coach.telemetry.export.motec_csv import write_motec_csv
from coach.telemetry.recording import Recording
from coach.telemetry.sources import open_recording

FORMATS = {
    "lap-file": "lap files (Parquet), one per complete lap",
    "csv": "CSV, our names with units",
    "motec-csv": "the CSV layout MoTeC i2 imports",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What, to which format, where."""
    parser.add_argument("file", type=Path, metavar="FILE", help="recording")
    parser.add_argument("--to", required=True, choices=FORMATS, help="; ".join(f"{name}: {what}" for name, what in FORMATS.items()))
    parser.add_argument("--lap", type=int, metavar="N", help="only this lap (the simulator's number)")
    parser.add_argument(
        "--out", type=Path, metavar="PATH", help="file for csv and motec-csv, folder for lap files (default: the current folder)"
    )


def run(args: argparse.Namespace) -> None:
    """Convert and say what was written."""
    recording = open_recording(args.file)
    for path in _convert(recording, args.to, args.lap, args.out):
        print(path)


def _convert(recording: Recording, form: str, number: int | None, out: Path | None) -> list[Path]:
    stem = recording.path.name.split(".")[0]
    if form == "lap-file":
        return _lap_files(recording, _chosen(recording, number), out or Path(), stem)
    chosen = None if number is None else _chosen(recording, number)[0]
    rows = slice(None) if chosen is None else slice(chosen.first, chosen.last)
    lap = "" if number is None else f"-lap{number}"
    if form == "csv":
        path = out or Path(f"{stem}{lap}.out.csv")
        write_csv(path, recording, rows)
    else:
        path = out or Path(f"{stem}{lap}.motec.csv")
        crossings = [found.start_s for found in find_laps(recording) if math.isfinite(found.start_s)]
        write_motec_csv(path, recording, rows, crossings_s=crossings)
    return [path]


def _chosen(recording: Recording, number: int | None) -> list[Lap]:
    """The complete laps, or the one asked for."""
    timed = [lap for lap in find_laps(recording) if lap.kind is LapKind.TIMED]
    if not timed:
        raise NoCompleteLap(
            f"{recording.path}: no complete lap from line to line, so there is no lap to write. --to csv writes all samples."
        )
    if number is None:
        return timed
    chosen = [lap for lap in timed if lap.number == number]
    if not chosen:
        raise LapNotFound(f"{recording.path}: no complete lap {number}; complete laps: {', '.join(str(lap.number) for lap in timed)}.")
    return chosen


def _lap_files(recording: Recording, laps: Sequence[Lap], folder: Path, stem: str) -> list[Path]:
    make_folder(folder)
    length_m = track_length_of(recording)
    paths = [folder / f"{stem}-lap{lap.number}.parquet" for lap in laps]
    # disable=None: no bar when the output is not a terminal
    for path, lap in tqdm(list(zip(paths, laps, strict=True)), desc="writing", unit="lap", disable=None, leave=False):
        save_lap(path, recording, lap, track_length_m=length_m)
    return paths

"""`racing-coach laps`: which laps a recording holds, which count, and why the others do not."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from coach.cli.common import SCHEMA, counts, print_json
from coach.laps.crossings import find_laps
from coach.laps.lap import Lap
from coach.laps.length import track_length_of
from coach.telemetry.recording import Recording
from coach.telemetry.sources import open_recording
from coach.wording import clock


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files and form of the output."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings (.ibt, .parquet, .csv, .csv.gz, .jsonl)")
    parser.add_argument("--json", action="store_true", help="one JSON document per file")


def run(args: argparse.Namespace) -> None:
    """Print the laps of every file."""
    for path in args.files:
        recording = open_recording(path)
        laps = find_laps(recording)
        if args.json:
            print_json(document(recording, laps))
        else:
            _print_table(recording, laps)


def document(recording: Recording, laps: tuple[Lap, ...]) -> dict[str, Any]:
    """The `laps` contract of docs/cli.md."""
    session = recording.session
    length_m = track_length_of(recording)
    return {
        "schema": SCHEMA,
        "file": str(recording.path),
        "source": session.source,
        "simulated": session.simulated,
        "car": {"id": session.car_id, "name": session.car_name},
        "track": {"id": session.track_id, "name": session.track_name, "config": session.track_config, "length_m": length_m},
        "laps": [lap_document(lap, length_m) for lap in laps],
        "notes": session.notes,
    }


def lap_document(lap: Lap, track_length_m: float) -> dict[str, Any]:
    """One lap of the `laps` contract."""
    return {
        "number": lap.number,
        "kind": lap.kind.value,
        "lap_time_s": lap.lap_time_s,
        "official_lap_time_s": lap.official_lap_time_s,
        "clean": lap.clean,
        "reasons": [reason.value for reason in lap.reasons],
        "start_s": lap.start_s,
        "ticks": lap.ticks,
        "track_length_m": track_length_m,
        "integrity": {
            "missing_ticks": lap.integrity.missing_ticks,
            "longest_gap_s": lap.integrity.longest_gap_s,
            "backwards_ticks": lap.integrity.backwards_ticks,
            "distance_ratio": lap.integrity.distance_ratio,
            "official_difference_s": lap.integrity.official_difference_s,
        },
    }


def _print_table(recording: Recording, laps: tuple[Lap, ...]) -> None:
    session = recording.session
    what = " · ".join(
        part for part in (session.car_name or session.car_id, session.track_name or session.track_id, session.track_config) if part
    )
    print(f"{recording.path}: {what or 'car and track not stated'}, {recording.n_ticks} samples, track {track_length_of(recording):.1f} m")
    print(f"{'lap':>5} {'time':>10} {'official':>10}  counts?")
    for lap in laps:
        print(f"{lap.number:>5} {clock(lap.lap_time_s):>10} {clock(lap.official_lap_time_s):>10}  {counts(lap)}")
    for note in session.notes:
        print(f"      note: {note}")

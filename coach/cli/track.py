"""`racing-coach track`: build or improve a track map from recordings."""

from __future__ import annotations

import argparse
from pathlib import Path

from coach.cli.common import SCHEMA, print_json
from coach.compare.study import map_from, open_drive
from coach.telemetry.sources import open_recording
from coach.track.map import TrackMap
from coach.track.store import load_map, save_map


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Recordings in, map out."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings of one track configuration")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the map here; an existing map is improved, not replaced")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> None:
    """Build the map, keep it if asked, and print its corners."""
    previous = load_map(args.out) if args.out and args.out.exists() else None
    track = map_from([open_drive(open_recording(path)) for path in args.files], previous)
    if args.out:
        save_map(track, args.out)
    if args.json:
        print_json(document(track))
    else:
        _print_table(track, args.out)


def document(track: TrackMap) -> dict[str, object]:
    """The `track` contract of docs/cli.md."""
    return {
        "schema": SCHEMA,
        "track": {"id": track.track_id, "name": track.name, "config": track.config, "length_m": track.length_m},
        "version": track.version,
        "lap_count": track.lap_count,
        "corners": [
            {
                "number": corner.number,
                "turn_number": corner.turn_number,
                "name": corner.name,
                "direction": "left" if corner.direction > 0 else "right",
                "start_m": corner.start_m,
                "turn_in_m": corner.turn_in_m,
                "apex_m": corner.apex_m,
                "turn_out_m": corner.turn_out_m,
                "end_m": corner.end_m,
                "complex": corner.complex_id,
                "coachable": corner.coachable,
            }
            for corner in track.corners
        ],
    }


def _print_table(track: TrackMap, out: Path | None) -> None:
    name = " ".join(part for part in (track.name or track.track_id, track.config) if part) or "track not named"
    print(
        f"{name}: {track.length_m:.1f} m, map version {track.version} from {track.lap_count} laps" + (f", written to {out}" if out else "")
    )
    width = max((len(corner.name) for corner in track.corners), default=6)
    print(f"{'corner':<{width}}       {'window, m':>15} {'turn-in':>8} {'apex':>8} {'out':>8}")
    for c in track.corners:
        marks = (f"  complex {c.complex_id}" if c.complex_id else "") + ("" if c.coachable else "  flat out")
        side = "left " if c.direction > 0 else "right"
        print(
            f"{c.name:<{width}} {side} {f'{c.start_m:.0f}-{c.end_m:.0f}':>15} {c.turn_in_m:8.1f} {c.apex_m:8.1f} {c.turn_out_m:8.1f}{marks}"
        )

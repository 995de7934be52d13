"""`racing-coach compare`: where laps lost time against a reference, and which action cost it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from coach.cli.common import SCHEMA, print_json, split_reference
from coach.compare.cause import NOT_THE_DRIVER
from coach.compare.choose import Choice, choose
from coach.compare.compare import compare_each, together
from coach.compare.comparison import WHAT_IT_SHOWS, Comparison, CornerComparison, LapIdentity, ReferenceKind
from coach.compare.moments import lost_moments
from coach.compare.phases import CornerPhases
from coach.compare.study import Drive, Study, open_drive, prepare
from coach.telemetry.sources import open_recording
from coach.track.store import load_map
from coach.wording import clock, doubt_text, either_name, phase_name, share_name

SHOWN_MOMENTS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The lap, the references, the map."""
    parser.add_argument("file", type=Path, metavar="FILE", help="recording with the lap to look at")
    add_reference_arguments(parser)
    parser.add_argument("--json", action="store_true", help="one JSON document (docs/cli.md)")


def add_reference_arguments(parser: argparse.ArgumentParser) -> None:
    """Shared with `analyze`."""
    parser.add_argument("--lap", type=int, metavar="N", help="the simulator's own lap number (default: every lap that counts)")
    parser.add_argument(
        "--reference",
        action="append",
        default=[],
        metavar="FILE[#N]",
        help="reference recording, its lap N (default: its best clean lap); repeat it and the references vote",
    )
    parser.add_argument("--map", type=Path, metavar="FILE", help="track map that fixes the corners (default: found in these recordings)")


def run(args: argparse.Namespace) -> None:
    """Compare and print."""
    study, choice = study_of(open_all(args.file, args.reference), args.lap, args.map)
    singles = compare_each(study, choice)
    comparison = together(singles)
    if args.json:
        print_json(document(comparison, choice))
        return
    print_table(comparison, choice)
    if len(singles) > 1 and comparison.kind is ReferenceKind.OWN:
        print_moments(singles)


@dataclass(frozen=True, slots=True)
class Opened:
    """The recordings a command names, each opened once; `given` are the references asked for with their lap numbers."""

    drive: Drive
    drives: tuple[Drive, ...]
    given: tuple[tuple[Drive, int | None], ...]


def open_all(file: Path, references: list[str]) -> Opened:
    """Open the recording and its references."""
    drives = {file.resolve(): open_drive(open_recording(file))}
    given = []
    for text in references:
        path, lap = split_reference(text)
        if path.resolve() not in drives:
            drives[path.resolve()] = open_drive(open_recording(path))
        given.append((drives[path.resolve()], lap))
    return Opened(drives[file.resolve()], tuple(drives.values()), tuple(given))


def study_of(opened: Opened, number: int | None, track_map: Path | None) -> tuple[Study, Choice]:
    """Learn from everything opened and choose the laps."""
    study = prepare(opened.drives, load_map(track_map) if track_map else None)
    return study, choose(study, opened.drive, number, opened.given)


def document(comparison: Comparison, choice: Choice) -> dict[str, Any]:
    """The `compare` contract of docs/cli.md."""
    session = comparison.lap.session
    track = comparison.track
    return {
        "schema": SCHEMA,
        "car": {"id": session.car_id, "name": session.car_name},
        "track": {
            "id": track.track_id,
            "name": track.name,
            "config": track.config,
            "length_m": track.length_m,
            "map_version": track.version,
        },
        "simulated": session.simulated,
        "reference": {
            "kind": comparison.kind.value,
            "rule": choice.rule,
            "shows": WHAT_IT_SHOWS[comparison.kind],
            **_lap(comparison.references[0]),
            "others": [_lap(other) for other in comparison.references[1:]],
        },
        "lap": _lap(comparison.lap),
        "laps": list(comparison.laps),
        "delta_s": comparison.delta_s,
        "corners": [_corner(corner) for corner in comparison.corners],
        "notes": list(comparison.notes),
    }


def _lap(identity: LapIdentity) -> dict[str, Any]:
    lap = identity.lap
    return {
        "file": identity.file,
        "number": lap.number,
        "lap_time_s": lap.lap_time_s,
        "official_lap_time_s": lap.official_lap_time_s,
        "clean": lap.clean,
        "reasons": [reason.value for reason in lap.reasons],
    }


def _corner(corner: CornerComparison) -> dict[str, Any]:
    place = corner.corner
    verdict = corner.verdict
    causes = sorted(verdict.causes, key=lambda share: -share.time_lost_s)
    # A loss carried over from another corner may be larger than the one that the verdict blames this corner for.
    confident = verdict.confident and causes[0].cause is verdict.causes[0].cause
    return {
        "number": corner.number,
        "turn_number": place.turn_number if place else None,
        "name": corner.name,
        "direction": {1: "left", -1: "right"}[place.direction] if place else None,
        "coachable": place.coachable if place else False,
        "complex": place.complex_id if place else 0,
        "start_m": place.start_m if place else 0.0,
        "turn_in_m": place.turn_in_m if place else None,
        "apex_m": place.apex_m if place else None,
        "turn_out_m": place.turn_out_m if place else None,
        "end_m": corner.end_m,
        "time_lost_s": corner.time_lost_s,
        "interval_s": list(corner.interval_s),
        "n": corner.n,
        "confident": confident,
        "phase": verdict.phase.value if verdict.phase else None,
        "reasons": [doubt_text(doubt) for doubt in verdict.reasons],
        "excluded": list(corner.excluded),
        "phases": {"own": phases_document(corner.own_phases), "reference": phases_document(corner.reference_phases)},
        "differences": dict(corner.differences),
        "causes": [
            {
                "cause": share.cause.value,
                "time_lost_s": share.time_lost_s,
                "share": share.time_lost_s / corner.time_lost_s if abs(corner.time_lost_s) > 1e-6 else None,
                "detail": dict(share.detail),
            }
            for share in causes
        ],
    }


def phases_document(phases: CornerPhases) -> dict[str, Any]:
    """Every field of the phases, NaN as null; shifts as station and gear."""
    values = {field.name: getattr(phases, field.name) for field in fields(phases) if field.name != "shifts_m"}
    return {**values, "shifts": [{"at_m": station, "gear": gear} for station, gear in phases.shifts_m]}


def print_table(comparison: Comparison, choice: Choice) -> None:
    """The comparison for a person at a terminal."""
    reference = comparison.references[0]
    several = len(comparison.laps) > 1
    what = f"{len(comparison.laps)} laps, mean" if several else f"lap {comparison.lap.lap.number}, {clock(comparison.lap.lap.lap_time_s)}"
    against = clock(reference.lap.lap_time_s) if len(comparison.references) == 1 else f"the mean of {len(comparison.references)} references"
    print(f"{comparison.lap.file}: {what}; {comparison.delta_s:+.3f} s against {against} ({choice.rule})")
    for other in (comparison.lap, reference):
        if not other.lap.clean and not several:
            print(f"note: lap {other.lap.number} is not clean: {', '.join(reason.value for reason in other.lap.reasons)}")
    width = max(len(corner.name) for corner in comparison.corners)
    print(f"{'corner':<{width}} {'lost':>8} {'95 % interval':>18} {'n':>3}  cause")
    for corner in comparison.corners:
        low, high = corner.interval_s
        cause = _cause(corner, comparison.names)
        print(f"{corner.name:<{width}} {corner.time_lost_s:+8.3f} {f'{low:+.3f} .. {high:+.3f}':>18} {corner.n:>3}  {cause}")
    print(f"{'sum':<{width}} {sum(corner.time_lost_s for corner in comparison.corners):+8.3f}")
    print(WHAT_IT_SHOWS[comparison.kind])


def print_moments(singles: Sequence[Comparison]) -> None:
    """The single corners that stand out, largest first."""
    moments = lost_moments(singles)[:SHOWN_MOMENTS]
    print("Lost moments:" if moments else "No single corner stands out from your own spread.")
    for moment in moments:
        cause = _cause(moment.corner, singles[0].names)
        print(f"  lap {moment.lap_number:>3}  {moment.corner.name:<14} {moment.corner.time_lost_s:+.3f}  {cause}")


def _cause(corner: CornerComparison, names: Mapping[int, str]) -> str:
    if corner.excluded:
        return f"not judged: {', '.join(corner.excluded)}"
    causes = corner.verdict.causes
    if not causes:
        return "-"
    if corner.verdict.confident:
        return f"{share_name(causes[0], names)} ({causes[0].time_lost_s:+.3f} s)"
    if causes[0].cause in NOT_THE_DRIVER:
        return share_name(causes[0], names)
    where = f", lost {phase_name(corner.verdict.phase)}" if corner.verdict.phase else ""
    return f"{either_name(causes, names)}? (not certain{where})"

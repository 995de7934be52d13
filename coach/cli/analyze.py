"""`racing-coach analyze`: the report a driver keeps, one folder per recording."""

from __future__ import annotations

import argparse
from pathlib import Path

from tqdm import tqdm

from coach.cli.compare import add_reference_arguments, open_all, study_of
from coach.compare.compare import compare_each, together
from coach.report.analysis import Analysis, detections_of
from coach.report.write import write_report

DEFAULT_FOLDER = Path("racing-coach-report")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files, references and where to write."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="recordings")
    add_reference_arguments(parser)
    parser.add_argument(
        "--out", type=Path, default=DEFAULT_FOLDER, metavar="DIR", help=f"folder for the report (default: {DEFAULT_FOLDER})"
    )


def run(args: argparse.Namespace) -> None:
    """Analyze each file and say where its report is."""
    folders = report_folders(args.files, args.out)
    # disable=None: no bar when the output is not a terminal
    for path, folder in tqdm(list(zip(args.files, folders, strict=True)), desc="analyzing", unit="file", disable=None, leave=False):
        page, *pictures = write_report(analyze(path, args.lap, args.reference, args.map), folder)
        tqdm.write(f"{path}: report in {page}" + (f", pictures: {', '.join(picture.name for picture in pictures)}" if pictures else ""))


def analyze(path: Path, number: int | None, references: list[str], track_map: Path | None) -> Analysis:
    """Everything a report says about one recording. A recording without a complete lap gets a report that says so."""
    opened = open_all(path, references)
    drive = opened.drive
    if not drive.timed and number is None:
        return Analysis(drive, None, None, None, (), ())
    study, choice = study_of(opened, number, track_map)
    singles = compare_each(study, choice)
    return Analysis(drive, study, choice, together(singles), singles, detections_of(study, drive))


def report_folders(files: list[Path], out: Path) -> list[Path]:
    """One file: the folder itself. Several: a folder each inside it, named by file, numbered where names repeat."""
    if len(files) == 1:
        return [out]
    names: dict[str, int] = {}
    folders = []
    for path in files:
        stem = path.name.split(".")[0]
        names[stem] = names.get(stem, 0) + 1
        folders.append(out / (stem if names[stem] == 1 else f"{stem}-{names[stem]}"))
    return folders

"""`racing-coach demo`: a made-up session with known mistakes, analyzed."""

from __future__ import annotations

import argparse
from pathlib import Path

from coach.cli.analyze import analyze
from coach.cli.common import check_seed
from coach.compare.moments import lost_moments
from coach.demo import write_demo_session
from coach.files import make_folder
from coach.report.page import cause_text
from coach.report.write import write_report

DEFAULT_SEED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to write, and which session."""
    parser.add_argument(
        "--out", type=Path, default=Path("racing-coach-demo"), metavar="DIR", help="folder for the recording and the report"
    )
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, metavar="N", help="another seed, another session; the same seed gives the same bytes"
    )


def run(args: argparse.Namespace) -> None:
    """Write the session, analyze it, and say what was planted and what was found."""
    check_seed(args.seed)
    make_folder(args.out)
    recording = args.out / "session.ibt"
    truth = write_demo_session(recording, seed=args.seed)
    analysis = analyze(recording, None, [], None)
    page, *_ = write_report(analysis, args.out)
    print(f"Recording: {recording}")
    print("Planted mistakes:")
    for mistake in truth.mistakes:
        print(f"  {mistake}")
    print("Found:")
    names = analysis.comparison.names if analysis.comparison else {}
    for moment in lost_moments(analysis.singles)[: len(truth.mistakes)]:
        print(f"  lap {moment.lap_number}, {moment.corner.name}: {cause_text(moment.corner, names)}: {moment.corner.time_lost_s:.2f} s")
    print(f"Report: {page.resolve()}")

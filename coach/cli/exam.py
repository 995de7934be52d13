"""`racing-coach exam`: marks on laps whose truth is known, and coaching policies on simulated students."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from coach.cli.common import SCHEMA, check_seed, plain, print_json
from coach.compare.causes.agreement import MIN_LOSS_S
from coach.errors import BadInput
from coach.exam.exam import STUDENTS_PER_LEVEL, Marked, run_othersim, run_schedules, run_students
from coach.exam.marks import Section, marks_document, passed, table_markdown, table_text
from coach.exam.parallel import default_jobs
from coach.exam.schedule import DEFAULT_SEED, DEVELOPMENT, full, quick
from coach.exam.student_exam import SESSION_LAPS, STATEMENT
from coach.files import write_text

QUICK_STUDENTS = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Size, seed, form of the output."""
    parser.add_argument("--quick", action="store_true", help="a smaller exam, under three minutes on two cores")
    parser.add_argument("--students", action="store_true", help="compare coaching policies on simulated students instead")
    parser.add_argument(
        "--session-laps", type=int, default=SESSION_LAPS, metavar="N", help=f"with --students: laps of a session (default {SESSION_LAPS})"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document (docs/cli.md)")
    parser.add_argument("--misses", action="store_true", help="list wrong answers too, of the circuits open to development only")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the table as Markdown, too")
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, metavar="S", help="another seed, other mistakes; the same seed gives the same marks"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="processes (default: one per core)")
    parser.add_argument(
        "--othersim",
        type=Path,
        metavar="DIR",
        help="laps with known mistakes of another simulator (default: where recordings are shared, if there)",
    )


def run(args: argparse.Namespace) -> None:
    """Examine and print."""
    check_seed(args.seed)
    if args.jobs is not None and args.jobs < 1:
        raise BadInput(f"--jobs {args.jobs}: at least one process is needed.")
    if args.session_laps < 1:
        raise BadInput(f"--session-laps {args.session_laps}: a session has at least one lap.")
    jobs = args.jobs or default_jobs()
    marked: list[Marked] = []
    if args.students:
        sections = run_students(
            args.seed,
            QUICK_STUDENTS if args.quick else STUDENTS_PER_LEVEL,
            2 if args.quick else 4,
            jobs,
            session_laps=args.session_laps,
            sensitivity=not args.quick,
        )
    else:
        folder = _othersim_folder(args.othersim)
        marked = run_schedules(quick(args.seed) if args.quick else full(args.seed), jobs)
        marked += run_othersim(folder, jobs)
        sections = [one.section for one in marked]
    if args.out:
        write_text(args.out, table_markdown(sections))
    _print(args, sections, marked)


def _othersim_folder(given: Path | None) -> Path:
    """A folder that is named must be there; the usual one need not."""
    if given is not None and not given.is_dir():
        raise BadInput(f"--othersim {given} is no folder: name the folder that holds the sets, or leave it out.")
    return given or Path(os.environ.get("RACING_COACH_RECORDINGS", "../shared")) / "othersim"


def _print(args: argparse.Namespace, sections: Sequence[Section], marked: Sequence[Marked]) -> None:
    if args.json:
        print_json(document(args, sections, marked))
        return
    print(f"{'Students' if args.students else 'Exam'}{', quick form' if args.quick else ''}, seed {args.seed}")
    if args.students:
        print(STATEMENT)
    print()
    print(table_text(sections))
    undriven = sum(len(one.paper.undriven) for one in marked)
    if undriven:
        print(f"\n{undriven} faults could not be driven (the car left the track) and were not asked for.")
    for end in (end for one in marked for end in one.paper.ends if end):
        print(f"not finished: {end}")
    if args.misses:
        _print_misses(marked)


def _print_misses(marked: Sequence[Marked]) -> None:
    """Wrong answers on circuits that are open to development, and what could not be driven there."""
    for one in marked:
        for answer in one.paper.answers:
            if answer.cluster.split()[0] in DEVELOPMENT and answer.true_loss_s > MIN_LOSS_S and not answer.right_within(1):
                print(answer)
        for words in one.paper.undriven:
            if words.split()[0] in DEVELOPMENT:
                print(f"not driven: {words}")


def document(args: argparse.Namespace, sections: Sequence[Section], marked: Sequence[Marked]) -> dict[str, Any]:
    """The `exam` contract of docs/cli.md."""
    document = {
        "schema": SCHEMA,
        "form": "quick" if args.quick else "full",
        "seed": args.seed,
        "passed": passed(sections),
        "sections": marks_document(sections),
        "undriven": sum(len(one.paper.undriven) for one in marked),
    }
    if args.students:
        document["statement"] = STATEMENT
    return dict(plain(document))

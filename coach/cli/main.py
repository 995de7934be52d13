"""Entry point: finds the sub-command, loads its module, and turns errors into one sentence and an exit code.

Exit codes: 0 done, 1 a fault of ours (with a traceback), 2 the input cannot be used or the output cannot be written,
130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from coach.errors import RacingCoachError


@dataclass(frozen=True, slots=True)
class Command:
    """A sub-command: the module that holds `add_arguments(parser)` and `run(args) -> None`, and what it is for."""

    module: str
    purpose: str
    extra: str = ""  # the optional extra it needs, named when the import fails


COMMANDS = {
    "laps": Command("coach.cli.laps", "list the laps of recordings: which count, which do not and why"),
    "compare": Command("coach.cli.compare", "where a lap lost time against a reference, and which action cost it"),
    "analyze": Command("coach.cli.analyze", "write a report a driver enjoys: map, delta, corners, causes, consistency"),
    "convert": Command("coach.cli.convert", "convert a recording: lap files (Parquet), CSV, MoTeC-style CSV"),
    "track": Command("coach.cli.track", "build or improve a track map from recordings"),
    "exam": Command("coach.cli.exam", "examine the engine on laps whose mistakes are known, with marks"),
    "overlay": Command("overlay.cli.overlay", "the live coach: overlay and voice beside the simulator", extra="overlay,voice"),
    "replay": Command("coach.cli.replay", "drive a recording through the live coach: what it says, what it leaves unsaid, and why"),
    "simulate": Command("coach.cli.simulate", "drive laps whose mistakes are known, placed and priced, as iRacing would record them"),
    "voice": Command("overlay.cli.voice", "install the neural voice, list voices and sound outputs, test the output", extra="voice"),
    "store": Command("overlay.cli.store", "look at the laps kept on this machine, prune them, make their index again", extra="overlay"),
    "serve": Command("web.cli.serve", "the service: laps, comparisons and references as a site, with its own database", extra="web"),
    "worker": Command("web.cli.worker", "run the service's background jobs in a process of its own", extra="web"),
    "backup": Command("web.cli.backup", "write everything the service keeps into one file, also while it runs", extra="web"),
    "restore": Command("web.cli.restore", "put a backup back into an empty service", extra="web"),
    "demo": Command("coach.cli.demo", "make up a short session with known mistakes and analyze it"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub-command; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        args = _parser(given[0] if given else "").parse_args(given)  # imports the command, which takes a second that may be interrupted
        args.run(args)
        sys.stdout.flush()
    except RacingCoachError as error:
        print(f"racing-coach: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("racing-coach: interrupted; nothing half-written was left", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `racing-coach laps ... | head` is no error
        return 0
    return 0


def _parser(chosen: str) -> argparse.ArgumentParser:
    """All sub-commands by name and purpose; only the chosen one is imported."""
    parser = argparse.ArgumentParser(
        prog="racing-coach", description="A racing coach that finds which action cost the time, and says how sure it is."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.purpose, description=command.purpose[0].upper() + command.purpose[1:] + ".")
        if name == chosen:
            module = _load(name, command)
            module.add_arguments(sub)
            sub.set_defaults(run=module.run)
    return parser


def _load(name: str, command: Command):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a module has no better type
    try:
        return importlib.import_module(command.module)
    except ModuleNotFoundError as error:
        if not command.extra:
            raise
        sys.exit(f"racing-coach: `{name}` needs a part that is not installed ({error.name}): pip install 'racing-coach[{command.extra}]'")


if __name__ == "__main__":
    sys.exit(main())

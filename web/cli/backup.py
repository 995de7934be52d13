"""`racing-coach backup FILE`: everything that the service keeps, in one file, also while it runs."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from coach.errors import CannotWrite
from web.backup.archive import back_up
from web.backup.place import place_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and which service."""
    parser.add_argument("file", type=Path, metavar="FILE", help="tar file to write, such as backup-2026-01-31.tar")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the service's data folder (RACING_COACH_DATA)")
    parser.add_argument("--replace", action="store_true", help="write over FILE if it is there")


def run(args: argparse.Namespace) -> None:
    """Back up, and say what was kept."""
    if args.file.exists() and not args.replace:
        raise CannotWrite(f"{args.file} is already there: choose another name, or add --replace.")
    with place_of(args.data) as (settings, url):
        manifest = asyncio.run(back_up(settings, url, args.file))
    print(
        f"Backup: {args.file} ({args.file.stat().st_size / 1e6:.1f} MB, {manifest.files} stored files). It holds personal data: keep it safe."
    )

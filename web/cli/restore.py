"""`racing-coach restore FILE`: put a backup back into an empty service."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from web.backup.archive import check, restore
from web.backup.place import place_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and where to."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what `racing-coach backup` has written")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a new data folder (RACING_COACH_DATA)")
    parser.add_argument("--check", action="store_true", help="only read FILE through and say whether it is whole")


def run(args: argparse.Namespace) -> None:
    """Restore, or check."""
    if args.check:
        manifest = check(args.file)
        print(f"{args.file} is whole: made {manifest.made_at} by version {manifest.version}, {manifest.files} stored files.")
        return
    check(args.file)  # before a folder or a database is made for it
    with place_of(args.data) as (settings, url):
        manifest = asyncio.run(restore(settings, url, args.file))
    print(f"Restored: {manifest.files} stored files and the database of {manifest.made_at}.")

"""Writing the report: one page and its pictures into a folder, each file whole or not at all."""

from __future__ import annotations

from pathlib import Path

from coach.files import make_folder, write_bytes
from coach.report.analysis import Analysis
from coach.report.page import render
from coach.report.pictures import pictures


def write_report(analysis: Analysis, folder: Path) -> tuple[Path, ...]:
    """Write `report.html` and the pictures; returns the paths, the page first. CannotWrite: no room, no permission."""
    files = {"report.html": render(analysis).encode("utf-8"), **pictures(analysis)}
    make_folder(folder)
    for name, content in files.items():
        write_bytes(folder / name, content)
    return tuple(folder / name for name in files)

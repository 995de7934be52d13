"""One overlay at a time: two would paint and speak over each other."""

from __future__ import annotations

from pathlib import Path

from coach.errors import BadInput
from coach.file_lock import FileLock
from overlay.folders import data_folder


def only_instance(path: Path | None = None) -> FileLock:
    """The lock, held until it is released or the process ends. BadInput: another overlay runs.

    What a killed overlay left behind is taken over without a word.
    """
    lock = FileLock(path or data_folder() / "overlay.lock")
    if not lock.acquire():
        pid = lock.signed_by()
        which = f" (process {pid})" if pid else ""
        raise BadInput(f"Racing Coach is already running{which}: use that one, or close it first.")
    lock.sign()
    return lock

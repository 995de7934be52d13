"""Disks that are full."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(tmp_path: Path, size_bytes: int) -> Iterator[Path]:
    """A folder on a file system of that size; the test is skipped where none may be mounted."""
    if sys.platform != "linux":
        pytest.skip("a small file system is mounted on Linux only")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(folder)], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("a small file system can only be mounted by root on Linux")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_up(ballast: Path) -> None:
    """Take all the room that is left with one file."""

    def write_on(size: int) -> None:
        while True:
            file.write(b"x" * size)

    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 1):
            with pytest.raises(OSError, match="No space"):
                write_on(size)

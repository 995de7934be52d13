"""Compiled kernels that call kernels of other files must go when one of those files changes.

numba stamps a compiled function with its own file only: after an update of `tyre.py` an old `drive_lap` would go on with the old
tyre. This removes what is older than the newest kernel file, in numba's default place beside the sources.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

KERNEL_FILES = ("tyre.py", "car.py", "dynamics.py", "limits.py", "profile.py", "driver.py", "lap.py")


def forget_stale_kernels(folder: Path = Path(__file__).parent) -> int:
    """Remove compiled kernels older than any source among KERNEL_FILES; how many. Folders that cannot be written stay as they are."""
    newest = max((folder / name).stat().st_mtime for name in KERNEL_FILES if (folder / name).exists())
    stems = {name.removesuffix(".py") for name in KERNEL_FILES}
    removed = 0
    for index in (folder / "__pycache__").glob("*.nbi"):
        with suppress(OSError):
            if index.name.split(".")[0] in stems and index.stat().st_mtime < newest:
                index.unlink()
                removed += 1
    return removed


forget_stale_kernels()

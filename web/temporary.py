"""Where a process keeps files that it needs for a moment: forms and uploads larger than a megabyte, files that the engine reads.

In the data folder, because a container's /tmp, and many a system's, is memory: some large uploads at once would take it all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from coach.files import make_folder

_LEFT_BEHIND_S = 86_400.0  # far longer than any upload: what is older was left by a process that was killed


def keep_in(data: Path) -> None:
    """Temporary files of this process go to `tmp` in the data folder, unless TMPDIR names another place. CannotWrite: no right, no room."""
    if os.environ.get("TMPDIR"):
        return
    folder = data / "tmp"
    make_folder(folder)
    for one in folder.iterdir():  # other processes share the folder
        with suppress(OSError):
            if one.stat().st_mtime < time.time() - _LEFT_BEHIND_S:
                shutil.rmtree(one) if one.is_dir() else one.unlink()
    tempfile.tempdir = str(folder)

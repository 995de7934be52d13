"""A lap desk's process that stumbles: python -m tests.overlay.desk.stumbling HOW MARK FOLDER. With a MARK file only once.

dies-at-finish, dies-after-save (before it answers), hangs-at-finish
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from overlay.desk import desk, serve


def main() -> None:
    """Serve, and stumble."""
    how, mark = sys.argv[1], sys.argv[2]
    del sys.argv[1:3]
    finish, save = desk.LapDesk.finish, desk.LapDesk.save

    def due() -> bool:
        if not mark:
            return True
        first = not Path(mark).exists()
        Path(mark).touch()
        return first

    def finish_(self: desk.LapDesk, *given: Any) -> Any:
        if how == "dies-at-finish" and due():
            os._exit(1)
        if how == "hangs-at-finish" and due():
            time.sleep(600)
        return finish(self, *given)

    def save_(self: desk.LapDesk, *given: Any) -> Any:
        record = save(self, *given)
        if how == "dies-after-save" and due():
            os._exit(1)
        return record

    desk.LapDesk.finish, desk.LapDesk.save = finish_, save_
    serve.main()


if __name__ == "__main__":
    main()

"""The laps that wait for the service, as the one who sends them sees them: the spool and the files. It loads no library of lap files."""

from __future__ import annotations

from pathlib import Path

from overlay.store.record import file_of
from overlay.store.spool import Spool


class Outbox:
    """Of the lap store in a folder, which another process may have open, too. That one puts new laps into the spool."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.spool = Spool(folder / "spool.sqlite")

    def path_of(self, lap_id: str) -> Path:
        """The file of a lap."""
        return file_of(self._folder, lap_id)

    def close(self) -> None:
        """Let go of the spool's file."""
        self.spool.close()

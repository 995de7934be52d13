"""What is remembered about the service between two runs: whose account it is, and what both switches last said. No secret."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from coach.files import make_folder, write_text


@dataclass(frozen=True, slots=True)
class Remembered:
    """Of one service. `agreed`: what overlay and site said when they were last the same."""

    user_id: str = ""
    name: str = ""
    agreed: bool | None = None


class Memory:
    """A small file. What cannot be read is forgotten; CannotWrite: the disk refuses."""

    def __init__(self, path: Path, address: str) -> None:
        self._path, self._address = path, address
        self.now = self._load()

    def keep(self, remembered: Remembered) -> None:
        """Remember this from now on."""
        if remembered != self.now:
            make_folder(self._path.parent)
            write_text(self._path, json.dumps({"address": self._address, **asdict(remembered)}, indent=1))
            self.now = remembered

    def _load(self) -> Remembered:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            if kept["address"] != self._address:  # another service: nothing is known of it
                return Remembered()
            agreed = kept["agreed"]
            return Remembered(str(kept["user_id"]), str(kept["name"]), agreed if isinstance(agreed, bool) else None)
        except (OSError, ValueError, KeyError, TypeError):
            return Remembered()

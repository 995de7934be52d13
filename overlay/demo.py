"""A demo drive in a process of its own, as the simulator is: it shares neither our interpreter nor our memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LAPS = 12
REFERENCE, IMAGE = "reference.ibt", "live-memory.bin"


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo to be driven in a process of its own, with its files in a folder. `with_reference`: whether there is a lap to learn from."""

    folder: Path
    laps: int = LAPS
    seed: int = 1
    with_reference: bool = True

    @property
    def image(self) -> Path:
        """Where the live memory is published."""
        return self.folder / IMAGE

    @property
    def reference(self) -> Path | None:
        """The lap to learn from; it is there before the car moves."""
        return self.folder / REFERENCE if self.with_reference else None

    def start(self) -> subprocess.Popen[bytes]:
        """Begin to drive; whoever starts it ends it."""
        self.image.unlink(missing_ok=True)  # of an earlier drive: it would be taken for this one's
        command = [sys.executable, "-m", "overlay.demo_drive", str(self.folder), str(self.laps), str(self.seed)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves

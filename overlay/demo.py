"""A demo drive in a process of its own, as the simulator is: it shares neither our interpreter nor our memory."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from coach.compare.cause import Cause
from coach.cues.candidate import Candidate, said_figures
from coach.sim.obeyed import Heard

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

    def start(self) -> DemoDriver:
        """Begin to drive; whoever starts it ends it."""
        self.image.unlink(missing_ok=True)  # of an earlier drive: it would be taken for this one's
        command = [sys.executable, "-m", "overlay.demo_drive", str(self.folder), str(self.laps), str(self.seed)]
        return DemoDriver(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True))  # noqa: S603 - ourselves


class DemoDriver:
    """The driver in the other process: he hears what the coach says, a line of JSON for each cue."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def hear(self, candidate: Candidate) -> None:
        """A cue that is being said; from any one thread."""
        ears = self._process.stdin
        with suppress(OSError):  # he has stopped
            print(json.dumps(asdict(heard_of(candidate))), file=ears, flush=True)

    def stop(self) -> None:
        """End the drive."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()


def heard_of(candidate: Candidate) -> Heard:
    """What a driver hears in a cue."""
    return Heard(candidate.corner.apex_m, candidate.topic.cause, said_figures(candidate))


def heard_in(line: str) -> Heard:
    """What `DemoDriver.hear` wrote."""
    values = json.loads(line)
    return Heard(values["apex_m"], Cause(values["cause"]), values["figures"])

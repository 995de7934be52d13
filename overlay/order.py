"""What the command line asks of the overlay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coach.cues.settings import Style
from overlay.demo import Demo


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for. `image` None: the simulator itself; `style`, `sensitivity` None: as in the settings.

    `then`: what a demonstration that was begun from the first minute gives way to, once its simulator runs.
    """

    given: tuple[str, ...] = ()
    image: Path | None = None
    demo: Demo | None = None
    style: Style | None = None
    sensitivity: float | None = None
    then: Order | None = None

"""The parts of a running overlay, for whoever needs several of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from overlay.chosen import Chosen
from overlay.pipeline import Pipeline
from overlay.reference_choice import References
from overlay.service_seat import ServiceSeat
from overlay.voice.installation import Installation
from overlay.window import Overlay


@dataclass(frozen=True, slots=True)
class Parts:
    """All of one run. `tell` takes a notice for the driver, from any thread."""

    chosen: Chosen
    overlay: Overlay
    pipeline: Pipeline
    service: ServiceSeat
    references: References
    neural_voice: Installation
    tell: Callable[[str], None]

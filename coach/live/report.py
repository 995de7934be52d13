"""What the analysis of a finished lap gives, as data.

The live loop reads it and loads nothing of the analysis itself, whose compiler takes more memory than the rest of the overlay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from coach.compare.comparison import Comparison, ReferenceKind
from coach.cues.candidate import Candidate
from coach.cues.road import Road
from coach.cues.topic import LapSeen
from coach.detect.baseline import Baseline
from coach.detect.detection import Detection
from coach.laps.lap import Lap
from coach.live.delta import RunningReference
from coach.live.usual import UsualLaps
from coach.telemetry.recording import Recording
from coach.track.map import TrackMap


class ReferenceRule(StrEnum):
    """Which lap the driver is measured against."""

    AUTO = "auto"  # a given lap, else the own best, and the potential lap until there is one
    OWN_BEST = "own best"
    GIVEN = "given"
    POTENTIAL = "potential"


@dataclass(frozen=True, slots=True)
class LapReport:
    """What the analysis of one lap gave. `seen`: the comparable laps so far, oldest first, per kind of reference.

    `baseline`: what is usual for the car, for the detectors of the laps that follow; `usual`: the newest comparable laps, for single passages.
    `running` is the reference of the live delta, `own` this lap in the same form; None until there is one. `road` None: no lap to plan on yet.
    """

    recording: Recording
    lap: Lap | None
    is_best: bool = False
    comparison: Comparison | None = None
    seen: Mapping[ReferenceKind, tuple[LapSeen, ...]] = field(default_factory=dict)
    found: tuple[Candidate, ...] = ()
    detections: tuple[Detection, ...] = ()
    baseline: Baseline | None = None
    usual: UsualLaps | None = None
    track: TrackMap | None = None
    map_fixed: bool = False  # its corners stay as they are
    road: Road | None = None
    running: RunningReference | None = None
    own: RunningReference | None = None
    rule: str = ""
    given: str = ""  # how the laps that were given when it was measured were chosen, used or not
    caveat: str = ""  # what the reference is not used for, because of the conditions that it was driven in
    note: str = ""

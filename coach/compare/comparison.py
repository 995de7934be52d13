"""What comparing laps gives: the answer as data, for the command line, the report and the live coach alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from coach.compare.causes.agreement import Verdict
from coach.compare.phases import CornerPhases
from coach.laps.lap import Lap
from coach.telemetry.recording import SessionInfo
from coach.track.map import Corner, TrackMap


class ReferenceKind(StrEnum):
    """Whose lap the reference is; it bounds what may be claimed (coaching science: a reference contains its driver's habits)."""

    OWN = "own"
    EXTERNAL = "external"
    POTENTIAL = "potential"


WHAT_IT_SHOWS = {
    ReferenceKind.OWN: "Your own lap as reference shows where this lap was worse than you can drive. What you do on every lap is invisible to it: "
    "for habits give a lap of somebody faster, or leave the reference out of a single-lap file to use the potential lap.",
    ReferenceKind.EXTERNAL: "A lap of another driver as reference shows habits, too. One driver's way is not the only way: several references vote.",
    ReferenceKind.POTENTIAL: "The potential lap is what the car's grip, as far as you have shown it, allows on your own line. "
    "It shows braking, minimum speed and throttle left unused; it knows no better line than yours and no other driver's technique.",
}


@dataclass(frozen=True, slots=True)
class LapIdentity:
    """Which lap a number speaks of."""

    file: str
    lap: Lap
    session: SessionInfo


@dataclass(frozen=True, slots=True)
class CornerComparison:
    """One corner of one lap, or of several laps together.

    `time_lost_s` (+ = slower) includes the straight that follows; over several laps it is the mean. `interval_s` is the 95 %
    interval of the loss, `n` the number of laps behind it. `excluded` says why nobody is blamed (traffic, yellow, off-track).
    `corner` is None for corner 0, the tail of the lap before between the line and the first window.
    """

    corner: Corner | None
    start_m: float
    end_m: float
    time_lost_s: float
    interval_s: tuple[float, float]
    n: int
    verdict: Verdict
    excluded: tuple[str, ...]
    own_phases: CornerPhases
    reference_phases: CornerPhases
    differences: Mapping[str, float]  # own against reference (compare/differences.py); the mean over several laps

    @property
    def number(self) -> int:
        """The corner's number; 0 before the first window."""
        return self.corner.number if self.corner else 0

    @property
    def name(self) -> str:
        """The corner's name."""
        return self.corner.name if self.corner else "Start straight"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A lap, or the laps of a session, against one or several references.

    `lap` is the lap whose phases are shown: the only one, or the most typical of `laps`. `delta_s` is its delta at the line,
    the mean over the references; the corners' losses of a single lap sum to it.
    """

    track: TrackMap
    kind: ReferenceKind
    lap: LapIdentity
    laps: tuple[int, ...]
    references: tuple[LapIdentity, ...]
    delta_s: float
    corners: tuple[CornerComparison, ...]
    notes: tuple[str, ...] = ()

    @property
    def names(self) -> dict[int, str]:
        """The corners' names by their numbers."""
        return {corner.number: corner.name for corner in self.corners}

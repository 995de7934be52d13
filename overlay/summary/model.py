"""What a session summary holds. The pipeline fills it; page and HTML only show it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from coach.cues.done import Done

Samples = npt.NDArray[np.float64]
NEXT_TIME = 3  # things to take home; more are not remembered
CORNERS_TOLD = 20  # of the longest circuits, which have over seventy


class Verdict(StrEnum):
    """What the laps after a topic's first cue show; only an interval without zero shows anything."""

    HELPED = "helped"
    WORSE = "slower since"
    UNSHOWN = "not shown yet"
    TAKEN_BACK = "taken back"  # he lost the car there after it was said


class CueFate(StrEnum):
    """What became of a planned cue."""

    SPOKEN = "spoken"
    SHORTENED = "shortened"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class LapRow:
    """One lap; `why_not` names why it does not count, empty when it is clean."""

    number: int
    lap_time_s: float | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One thing that was worked on. Losses are means per lap in this corner; `gain_s` is before minus after with its 95 % interval.

    `done`: whether the driver does what was asked for; None where that cannot be told.
    """

    corner_name: str
    words: str
    times_said: int
    laps_before: int
    laps_after: int
    before_s: float
    after_s: float | None = None
    gain_s: float | None = None
    gain_low_s: float | None = None
    gain_high_s: float | None = None
    taken_back: bool = False
    done: Done | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether the interval excludes zero, and on which side; laps on which the car was lost are in no interval."""
        if self.taken_back:
            return Verdict.TAKEN_BACK
        if self.gain_low_s is None or self.gain_high_s is None or self.gain_low_s <= 0 <= self.gain_high_s:
            return Verdict.UNSHOWN
        return Verdict.HELPED if self.gain_low_s > 0 else Verdict.WORSE


@dataclass(frozen=True, slots=True)
class CornerRow:
    """What a corner costs against the reference: the mean loss per lap over the newest comparable ones, with its 95 % interval."""

    name: str
    lost_s: float
    low_s: float
    high_s: float
    laps: int


@dataclass(frozen=True, slots=True)
class CueRow:
    """One cue and what became of it; `reason` says why it was dropped or shortened."""

    lap: int
    corner: str
    text: str
    fate: CueFate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A moment that the driver marked; `corner` empty where the corners were not known."""

    lap: int
    station_m: float
    corner: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """The best lap against its reference at equal station, shape (n,) each; pedals 0..1, speeds m/s, delta + = slower."""

    title: str
    station_m: Samples
    delta_s: Samples
    speed_mps: Samples
    reference_speed_mps: Samples
    brake_frac: Samples
    throttle_frac: Samples
    reference_brake_frac: Samples
    reference_throttle_frac: Samples
    corners: tuple[tuple[str, float], ...] = ()  # turn number, station of its apex


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One session in one car on one layout. `scatter_s` is the robust standard deviation of the clean lap times, None below three."""

    car: str
    track: str
    date: str
    laps: tuple[LapRow, ...]
    scatter_s: float | None = None
    reference: str = ""
    corners: tuple[CornerRow, ...] = ()  # CORNERS_TOLD at most, the dearest first; none before enough laps tell of it
    corners_against: str = ""
    topics: tuple[TopicRow, ...] = ()
    cues: tuple[CueRow, ...] = ()
    marks: tuple[MarkRow, ...] = ()
    next_time: tuple[str, ...] = ()  # NEXT_TIME at most, the dearest first; fewer where no more is true
    came_in: tuple[str, ...] = ()  # corners that are not among them because what was worked on there came in
    review: Review | None = None
    simulated: bool = False

    @property
    def clean(self) -> tuple[LapRow, ...]:
        """Laps that count."""
        return tuple(lap for lap in self.laps if not lap.why_not and lap.lap_time_s is not None)

    @property
    def best_s(self) -> float | None:
        """The best clean lap."""
        return min((lap.lap_time_s for lap in self.clean if lap.lap_time_s is not None), default=None)

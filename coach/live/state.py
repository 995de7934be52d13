"""The state of one live session, and events made of it. It decides nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from coach.cues.arbiter import Arbiter
from coach.cues.candidate import Candidate
from coach.cues.plan import Plan
from coach.cues.road import Road
from coach.cues.settings import CueSettings
from coach.cues.tones import TonePlan
from coach.cues.topics import Topics
from coach.events import Event, EventKind
from coach.live.delta import RunningReference
from coach.live.place import Place
from coach.live.recorder import Recorder
from coach.live.report import LapReport
from coach.live.silence import Silence
from coach.live.watch import Watch
from coach.telemetry.recording import Recording, SessionInfo
from coach.track.map import Corner


@dataclass(frozen=True, slots=True)
class LapDone:
    """A complete lap, to be stored and to be analyzed; the report goes back through `take`."""

    recording: Recording


Output = Event | LapDone


@dataclass(slots=True)
class State:
    """One session under way. What a display shows is read here after each step; nothing else may change it.

    `delta_s` + slower, NaN without a reference or a seen start of the lap. `silent`: why the coach may not speak now.
    `clips_s`: measured lengths of clips by their text, filled in by whoever renders them. `corner_losses_s`: of this lap's
    corners so far, by number.
    """

    settings: CueSettings
    session: SessionInfo
    place: Place = field(default_factory=Place)
    recorder: Recorder = field(default_factory=Recorder)
    watch: Watch = field(default_factory=Watch)
    silence: Silence = field(init=False)
    topics: Topics = field(init=False)
    arbiter: Arbiter = field(init=False)
    tones: list[TonePlan] = field(default_factory=list)  # of the passages to come, next first
    clips_s: dict[str, float] = field(default_factory=dict)
    heard_after_s: float = (
        0.0  # from the decision to speak to the first sample in the driver's ear: device and headset; told by whoever speaks
    )
    lap: int = 0
    delta_s: float = math.nan
    predicted_s: float = math.nan
    best_s: float = math.nan
    last_s: float = math.nan
    lateral_mps2: float = 0.0  # low-passed, + left
    silent: str = "waiting"
    corner_losses_s: dict[int, float] = field(default_factory=dict)
    report: LapReport | None = None  # of the newest lap that was analyzed
    corner_index: int = 0  # of the window that the car is in, or that comes next
    delta_at_corner_s: float = math.nan  # where that window began
    lap_is_due: bool = False  # a lap has ended and is not given out yet
    off_ticks: int = 0  # running, off the track
    jumped_last: bool = False  # on the tick before: a car that stands outside the world jumps on every tick
    corrections: int = 0  # spoken on this lap
    remarks: int = 0
    said: Plan | None = None  # what was said last

    def __post_init__(self) -> None:
        self.silence = Silence(self.settings)
        self.topics = Topics(self.settings)
        self.arbiter = Arbiter(self.settings)

    @property
    def running(self) -> RunningReference | None:
        """The lap of the running delta."""
        return self.report.running if self.report else None

    @property
    def road(self) -> Road | None:
        """When there is time to speak."""
        return self.report.road if self.report else None

    @property
    def corners(self) -> tuple[Corner, ...]:
        """The corners of the track, empty until they are known."""
        return self.report.track.corners if self.report and self.report.track else ()


def event_about(kind: EventKind, state: State, candidate: Candidate, *, state_word: str, **words: Any) -> Event:
    """An event about a candidate, with its evidence unless other figures are given."""
    evidence: dict[str, Any] = {"gain_s": candidate.gain_s, "interval_s": candidate.interval_s, "n": candidate.n}
    return event_now(
        kind, state, corner=candidate.topic.corner, cause=candidate.topic.cause.value, state=state_word, **{**evidence, **words}
    )


def event_now(kind: EventKind, at: State, /, **words: Any) -> Event:
    """An event here and now."""
    return Event(kind, at.place.t_s, at.lap, words.pop("station_m", at.place.station_m), **words)


def corner_number_at(state: State, station_m: float) -> int:
    """The corner whose window holds a station; 0 for none."""
    corner = state.report.track.corner_at(station_m) if state.report and state.report.track else None
    return corner.number if corner else 0

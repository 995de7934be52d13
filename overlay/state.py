"""What is on screen at one instant: an immutable snapshot that widgets read and compare. It holds no Qt and decides nothing.

The pipeline makes a new `Snapshot` from the engine's events (`dataclasses.replace` on the last one keeps it short); a part that did
not change stays the same object, so that a widget knows at once that it has nothing to paint. None means "not known": a widget then
shows its waiting state.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt


class Mode(StrEnum):
    """What the coach is doing."""

    WAITING_SIMULATOR = "waiting for the simulator"
    WAITING_CAR = "waiting for the driver"
    WAITING_LAP = "waiting for clean laps"
    LISTENING = "listening"  # a reference is there, nothing to say yet
    COACHING = "coaching"
    SILENT = "silent"  # could speak, but must not: `why_silent` says so
    OFF = "off"


class CueState(StrEnum):
    """Where a cue is on its way to the driver."""

    SPEAKING = "speaking"
    SHOWN = "shown"
    REMINDER = "reminder"  # once more, on the approach to its corner


class Progress(StrEnum):
    """Where the car is, seen from a corner."""

    DONE = "done"
    CURRENT = "current"
    AHEAD = "ahead"


SIMULATOR, DEMO = "iRacing", "the demo"  # what may be waited for


@dataclass(frozen=True, slots=True)
class Status:
    """What the coach is doing, and why it is silent.

    `clean_laps` of `clean_laps_needed` counts towards the first topic; `notice` is one line about trouble, empty when there is none.
    """

    mode: Mode = Mode.WAITING_SIMULATOR
    why_silent: str = ""
    simulator: str = SIMULATOR
    clean_laps: int = 0
    clean_laps_needed: int = 2
    notice: str = ""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """The lap that the delta is measured against: `kind` is the rule that chose it ("own best", "session best", "file", ...)."""

    name: str
    kind: str
    lap_time_s: float | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """Time against the reference at equal station, + = slower; the trend is its slope over time, + = losing now."""

    delta_s: float
    trend_s_per_s: float = 0.0
    predicted_lap_s: float | None = None


@dataclass(frozen=True, slots=True)
class CueLine:
    """What the coach says, for the eye: goes away at `until_s` (the snapshot's clock)."""

    text: str
    turn_number: str = ""
    corner_name: str = ""
    state: CueState = CueState.SHOWN
    until_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class CornerLoss:
    """Time lost in one corner this lap, + = slower; None where this lap has not been, or where nothing can be said."""

    turn_number: str
    name: str
    time_lost_s: float | None = None
    progress: Progress = Progress.AHEAD


@dataclass(frozen=True, slots=True, eq=False)
class ReferencePedals:
    """The reference lap's pedals, shape (n,) each, 0..1: sample i at station i * `step_m`, and after the last one comes the first again.

    Compared by identity: what is drawn of a lap is made once.
    """

    step_m: float
    brake_frac: npt.NDArray[np.float32]
    throttle_frac: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Traces:
    """The driver's pedals up to the car, float32 arrays, 0..1, NaN where there is nothing, and the reference lap's.

    `station_m`: of the car, in [0, L); `first_m`: of the first own sample relative to it (negative); `step_m`: the spacing. Compared by
    identity: the maker gives a new object when the content is new.
    """

    station_m: float
    first_m: float
    step_m: float
    own_brake_frac: npt.NDArray[np.float32]
    own_throttle_frac: npt.NDArray[np.float32]
    reference: ReferencePedals | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """The driver's pedals now, 0..1, and their traces."""

    brake_frac: float
    throttle_frac: float
    traces: Traces | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrackShape:
    """The reference line seen from above: closed, equally spaced in station from the line on, x east and y north, metres.

    Made once per track and shared by all snapshots.
    """

    x_m: tuple[float, ...]
    y_m: tuple[float, ...]

    @classmethod
    def from_line(cls, x_m: npt.NDArray[np.float64], y_m: npt.NDArray[np.float64], at_most: int = 400) -> TrackShape:
        """From a track map's line, shape (n,) each, closed and equally spaced; thinned to what a small map can show."""
        kept = np.linspace(0, x_m.size, min(at_most, x_m.size), endpoint=False).astype(int)
        return cls(tuple(x_m[kept].tolist()), tuple(y_m[kept].tolist()))


@dataclass(frozen=True, slots=True)
class MapMark:
    """A corner marked on the map."""

    turn_number: str
    lap_dist_frac: float


@dataclass(frozen=True, slots=True)
class MiniMap:
    """The track, time lost per metre in equal pieces of it (None where not driven), the worst corners, the car."""

    shape: TrackShape
    lap_dist_frac: float
    loss_s_per_m: tuple[float | None, ...] = ()
    marks: tuple[MapMark, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything on screen at `time_s`, the session's clock."""

    time_s: float = 0.0
    in_car: bool = False
    status: Status = Status()
    reference: Reference | None = None
    delta: Delta | None = None
    cue: CueLine | None = None
    corners: tuple[CornerLoss, ...] = ()
    inputs: Inputs | None = None
    minimap: MiniMap | None = None
    lap_number: int | None = None
    last_lap_s: float | None = None
    best_lap_s: float | None = None

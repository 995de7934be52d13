"""What an examined session leaves behind: every single answer beside its truth, small enough to be sent between processes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum

from coach.compare.cause import Cause


class Form(StrEnum):
    """How mistakes were put to the engine; each form has its own marks."""

    SINGLE = "single"  # one mistake on a lap without scatter, against a clean lap of the same session
    MULTIPLE = "multiple"  # two or three on one lap, the costliest of the corner is asked for
    SCATTER = "scatter"  # one mistake on a lap of a driver with scatter, against his best clean lap
    SEVEN = "seven"  # the same mistake on seven laps with scatter, against an external fast lap


@dataclass(frozen=True, slots=True)
class EventReading:
    """One measured action of one corner of one lap. `error` is measured minus true, m or m/s; NaN: not found, or found where nothing was."""

    cluster: str
    what: str  # "brake_on", "v_min" or "full_throttle"
    lap: int
    corner: int
    error: float


@dataclass(frozen=True, slots=True)
class LapReading:
    """Errors of one lap: of its time, and root mean square of its delta to the session's reference lap; s, NaN for the reference itself."""

    cluster: str
    lap: int
    lap_time_error_s: float
    delta_rms_s: float


@dataclass(frozen=True, slots=True)
class CauseAnswer:
    """What the engine said about one known mistake, in the window that was judged."""

    cluster: str
    form: Form
    kind: str  # the mistake's own name
    corner: str
    size: float  # in the unit of its kind
    lap: int
    true_loss_s: float  # by driving the same lap without it
    answers: frozenset[Cause]
    time_lost_s: float  # measured in that window
    said: tuple[tuple[Cause, float], ...]  # ranked, with prices in s
    by_method: tuple[Cause, ...]  # each method's first cause
    confident: bool
    in_place: bool  # the window is that of the mistake's corner

    def right_within(self, rank: int) -> bool:
        """One of the first `rank` causes is an accepted answer, and it was said at the right corner."""
        return self.in_place and any(cause in self.answers for cause, _ in self.said[:rank])

    @property
    def exact(self) -> bool:
        """The first cause is the mistake's own name, no neighbour's."""
        return self.in_place and bool(self.said) and self.said[0][0].value == self.kind

    @property
    def parts_sum(self) -> bool:
        """The named causes' prices sum to the measured loss within 10 % or 20 ms (coaching.md 4.3)."""
        named = sum(price for cause, price in self.said if cause is not Cause.UNEXPLAINED)
        return abs(named - self.time_lost_s) <= max(0.1 * abs(self.time_lost_s), 0.02)

    @property
    def price_error_s(self) -> float:
        """Price of the first accepted answer minus the true cost; of nothing when it was not named."""
        return next((price for cause, price in self.said if cause in self.answers), 0.0) - self.true_loss_s

    def __str__(self) -> str:
        mark = " " if self.right_within(1) else "2" if self.right_within(2) else "X"
        sure = "sure" if self.confident else "    "
        where = "" if self.in_place else " [another corner]"
        said = ", ".join(f"{cause} {price:.3f}" for cause, price in self.said[:4])
        methods = "/".join(self.by_method)
        return (
            f"{mark} {sure} {self.form:8} {self.cluster:40} lap {self.lap:2d} {self.kind:14} {self.size:5.1f} {self.corner:4} "
            f"true {self.true_loss_s:6.3f} s, measured {self.time_lost_s:6.3f} s: {said} ({methods}){where}"
        )


@dataclass(frozen=True, slots=True)
class DetectionCount:
    """One lap, one kind of event. `asked`: events that happened; `found` of them; `false`: calls without one. `clean`: a lap without any event."""

    cluster: str
    what: str
    lap: int
    asked: int
    found: int
    false: int
    clean: bool


@dataclass(frozen=True, slots=True)
class CueReading:
    """One cue that was said. Gains are of the mean lap, s, by driving the same laps again with the cue followed; + faster.

    `claim`: how much was claimed; `promised_s`: the gain that was stated. `led_off`, `kept_on`: the driver who follows it
    leaves the track on more laps, or on fewer, where that is felt and since the cue was said; `off_anywhere`: on more laps of all,
    wherever. `left_s`: from the end of the clip to the driver's next action.
    """

    cluster: str
    lap: int
    corner: int
    cause: str
    claim: str
    promised_s: float
    half_gain_s: float
    gain_s: float
    led_off: bool
    kept_on: bool
    off_anywhere: bool
    left_s: float

    def __str__(self) -> str:
        return (
            f"{'X' if self.gain_s <= 0.0 else ' '} {self.cluster:40} lap {self.lap:2d} T{self.corner:<2d} {self.cause:14} {self.claim:16} "
            f"promised {self.promised_s:+.3f} s, half {self.half_gain_s:+.3f}, full {self.gain_s:+.3f}{', off the track' if self.led_off else ''}, "
            f"{self.left_s:.1f} s left"
        )


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything that one session, or several, left behind.

    `undriven`: faults that could not be driven, in words. `ends`: what stopped each session, empty for one that was finished.
    """

    events: tuple[EventReading, ...] = ()
    laps: tuple[LapReading, ...] = ()
    answers: tuple[CauseAnswer, ...] = ()
    detections: tuple[DetectionCount, ...] = ()
    cues: tuple[CueReading, ...] = ()
    undriven: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()


def bundle(papers: Iterable[Paper]) -> Paper:
    """All papers as one, in their order."""
    sheets = list(papers)
    return Paper(*(tuple(entry for paper in sheets for entry in getattr(paper, field.name)) for field in fields(Paper)))

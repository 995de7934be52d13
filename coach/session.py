"""The live loop: `step(frame, state)` takes one tick and says what follows from it. Live, replay and exam use this function.

It reads no clock, opens no file and sleeps never: time comes in the frame, finished laps go out as recordings, and what their
analysis gives comes back through `take`. Faulty data makes the coach quiet; no exception leaves `step` for what is in a frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from coach.cues.arbiter import Arbiter, Decision, Moment
from coach.cues.candidate import Candidate
from coach.cues.plan import Plan, plan_cue, plan_remark
from coach.cues.road import STEADY_S, Road
from coach.cues.settings import CueSettings
from coach.cues.topic import Topic
from coach.cues.topics import Change, Topics
from coach.events import CueState, Event, EventKind
from coach.live.analyst import LapReport
from coach.live.delta import RunningReference
from coach.live.place import Moved, Place
from coach.live.recorder import Recorder
from coach.live.silence import NO_POSITION, Silence
from coach.telemetry.frame import Frame
from coach.telemetry.recording import Recording, SessionInfo
from coach.track.map import Corner
from coach.wording import clock
from coach.wording.spoken import best_lap, effect

LOST_FOR_S = 1.0  # without a position for this long it is not known where the car is; single lost ticks are usual
WAITING = "waiting for clean laps"
SEEN_FROM_START_M = 10.0  # a window entered further in than this was not seen from its start
BRAKING = 0.05  # of the pedal: coaching.md 2.4's onset
LATERAL_LAG_S = STEADY_S / 2  # a low pass with this lag smooths as the mean over STEADY_S does
AFTER_LINE_S = 2.0  # a lap is taken this long after its end: its official time and late incident points are there by then
TICK_HZ = 60


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
    silence: Silence = field(init=False)
    topics: Topics = field(init=False)
    arbiter: Arbiter = field(init=False)
    clips_s: dict[str, float] = field(default_factory=dict)
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
    jumped_last: bool = False  # on the tick before: a car that stands outside the world jumps on every tick
    corrections: int = 0  # spoken on this lap
    remarks: int = 0

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


def new_session(session: SessionInfo, state: State) -> tuple[State, list[Event]]:
    """What follows when the simulator tells of another session: the state to go on with, and what became of the plans.

    With the same car on the same track (practice, then the race) topics, reference and corners stay; else all begins anew, and the
    caller needs a new analyst, too. Reports of the old car or track that still come are left aside by `take`.
    """
    if same_drive(session, state.session):
        state.session = session
        return state, []
    out: list[Event] = []
    for plan in state.arbiter.clear():
        _log(plan, CueState.DROPPED, "another car or track", state, out)
    return State(state.settings, session, clips_s=state.clips_s), out


def same_drive(one: SessionInfo, other: SessionInfo) -> bool:
    """Whether two sessions are of one car on one track configuration."""
    return all(getattr(one, name) == getattr(other, name) for name in ("source", "car_id", "car_name", "track_id", "track_config"))


def step(frame: Frame, state: State) -> list[Output]:
    """One tick. Empty most of the time."""
    out: list[Output] = []
    before_s = state.place.t_s
    moved = state.place.move(frame)
    if moved is Moved.LOST:
        _lost(frame, state, out)
        return out
    if moved is Moved.JUMPED:
        _jumped(state, out)
    state.jumped_last = moved is Moved.JUMPED
    state.recorder.add(frame)
    if moved is Moved.CROSSED:
        _crossed(frame, state, out)
    _feel(frame, state, before_s)
    _run(state, out)
    _silence(frame, state, out)
    _speak(frame, state, out)
    if state.lap_is_due and state.place.t_s >= state.place.line_s + AFTER_LINE_S:
        state.lap_is_due = False
        out.append(LapDone(state.recorder.take(state.session, round(AFTER_LINE_S * TICK_HZ))))
    return out


def foresee(report: LapReport, state: State) -> list[Event]:
    """What `Analyst.before_laps` gives: a reference for the delta of the first lap. It changes nothing once a lap was analyzed."""
    if state.report is not None or report.running is None or report.track is None:
        return [_event(EventKind.REFERENCE, state, state="not used", reason=report.note)] if report.note else []
    state.report = report
    state.place.know_length(report.track.length_m)
    _find_corner(state)
    return [_event(EventKind.REFERENCE, state, text=clock(report.running.lap_time_s), reason=report.rule)]


def take(report: LapReport, state: State) -> list[Event]:
    """What a lap's analysis changes: reference, topics, plans of the coming lap, words about what has helped."""
    out: list[Event] = []
    if not same_drive(report.recording.session, state.session):
        return out  # of the car or track before: it comes too late
    lap = report.lap
    if lap is None or not lap.clean:
        why = report.note or (", ".join(reason.value for reason in lap.reasons) if lap else "no complete lap")
        out.append(_event(EventKind.LAP, state, text=clock(lap.lap_time_s) if lap else "", state="not counted", reason=why))
        if lap is not None:
            state.last_s = lap.lap_time_s
        return out
    state.last_s = lap.lap_time_s
    state.best_s = lap.lap_time_s if math.isnan(state.best_s) else min(state.best_s, lap.lap_time_s)
    out.append(_event(EventKind.LAP, state, text=clock(lap.lap_time_s), state="best" if report.is_best else "clean"))
    before, state.report = state.report, report
    if report.track is not None:
        state.place.know_length(report.track.length_m)
    if report.note:
        out.append(_event(EventKind.REFERENCE, state, state="not used", reason=report.note))
    if report.rule != (before.rule if before else ""):
        lap_time_s = report.running.lap_time_s if report.running else math.nan
        out.append(_event(EventKind.REFERENCE, state, text=clock(lap_time_s), reason=report.rule))
    out.extend(
        _event(EventKind.DETECTION, state, station_m=one.start_m, cause=one.kind.value, corner=_corner_at(state, one.start_m))
        for one in report.detections
    )
    _changes(state.topics.after_lap(report.seen, report.found), state, out)
    _plan(state, out)
    _remark(state, out)
    _renew_corner(before, state)
    return out


def _lost(frame: Frame, state: State, out: list[Output]) -> None:
    """No position in this tick. Nothing is decided without one; a plan whose place goes by meanwhile is dropped afterwards."""
    since_s = frame["session_time_s"] - state.place.t_s
    if since_s > LOST_FOR_S or math.isnan(state.place.t_s):
        _mode(NO_POSITION, state, out)


def _jumped(state: State, out: list[Output]) -> None:
    """The car was put somewhere else, or the session has just begun."""
    if not state.jumped_last:
        out.append(_event(EventKind.JUMP, state))
    state.silence.jumped()
    state.arbiter.free_at_s = -math.inf  # the clock may have gone back; nothing is said on the lap that follows anyway
    state.recorder.forget()
    state.lap_is_due = False
    state.delta_s = state.predicted_s = state.delta_at_corner_s = math.nan
    state.corner_losses_s.clear()
    for plan in state.arbiter.clear():
        _log(plan, CueState.DROPPED, "the car was moved", state, out)
    _find_corner(state)


def _crossed(frame: Frame, state: State, out: list[Output]) -> None:
    """Over the line: a lap begins, and the one before ends if its own beginning was seen."""
    _end_corner(state, out)  # the last window belongs to the lap that ends
    number = frame["lap_number"]
    state.lap = int(number) if math.isfinite(number) else state.lap + 1
    state.silence.lap_started()
    state.lap_is_due = math.isfinite(state.place.last_line_s)
    state.corrections = state.remarks = 0
    state.corner_losses_s.clear()
    state.corner_index, state.delta_at_corner_s = 0, math.nan
    state.arbiter.shift(-state.place.length_m)


def _feel(frame: Frame, state: State, before_s: float) -> None:
    """Lateral acceleration without the trembling of the hands: a first-order low pass."""
    lateral_mps2 = frame["speed_mps"] * frame["yaw_rate_radps"]
    if math.isfinite(lateral_mps2):
        weight = min(max(state.place.t_s - before_s, 0.0) / LATERAL_LAG_S, 1.0) if math.isfinite(before_s) else 1.0
        state.lateral_mps2 += weight * (lateral_mps2 - state.lateral_mps2)


def _run(state: State, out: list[Output]) -> None:
    """Running delta, predicted lap time, and the corner windows that end."""
    reference, place = state.running, state.place
    if reference is None:
        return
    state.delta_s = reference.delta_at(place.station_m, place.t_s - place.line_s)
    state.predicted_s = reference.lap_time_s + state.delta_s
    corners = state.corners
    if state.corner_index >= len(corners):
        return
    corner = corners[state.corner_index]
    if place.station_m >= corner.end_m:
        _end_corner(state, out)
    elif math.isnan(state.delta_at_corner_s) and place.station_m >= corner.start_m:
        # Seen from its start only: after a jump into the middle of a window its loss is not known.
        state.delta_at_corner_s = state.delta_s if place.station_m - corner.start_m < SEEN_FROM_START_M else math.inf


def _end_corner(state: State, out: list[Output]) -> None:
    """The window is over; at the line the last one is."""
    if state.corner_index >= len(state.corners):
        return
    corner = state.corners[state.corner_index]
    reference = state.running
    at_end_s = state.delta_s
    if reference is not None and state.place.station_m < corner.start_m:  # the line was crossed: the delta of the whole lap
        at_end_s = state.place.line_s - state.place.last_line_s - reference.lap_time_s
    lost_s = at_end_s - state.delta_at_corner_s
    if math.isfinite(lost_s):
        state.corner_losses_s[corner.number] = lost_s
        out.append(_event(EventKind.CORNER, state, corner=corner.number, time_lost_s=lost_s))
    state.corner_index += 1
    state.delta_at_corner_s = at_end_s


def _renew_corner(before: LapReport | None, state: State) -> None:
    """A report comes when the first window may have begun: what was measured of it goes on where corners and reference allow."""
    reference = state.running
    old = before.running if before else None
    if before is None or before.track is None or old is None or reference is None or before.track.corners != state.corners:
        _find_corner(state)
    elif state.corner_index < len(state.corners):
        start_m = state.corners[state.corner_index].start_m
        state.delta_at_corner_s += reference.delta_at(start_m, 0.0) - old.delta_at(start_m, 0.0)


def _find_corner(state: State) -> None:
    """The window that the car is in, or the next one; its beginning was not seen."""
    ends = [corner.end_m for corner in state.corners]
    state.corner_index = sum(end <= state.place.station_m for end in ends)
    state.delta_at_corner_s = math.nan


def _silence(frame: Frame, state: State, out: list[Output]) -> None:
    """The coach's mode, said when it changes."""
    reason = state.silence.reason(frame)
    if not reason and state.report is None:
        reason = WAITING
    _mode(reason, state, out)


def _mode(reason: str, state: State, out: list[Output]) -> None:
    if reason != state.silent:
        state.silent = reason
        out.append(_event(EventKind.STATUS, state, state="silent" if reason else "coaching", reason=reason))


def _speak(frame: Frame, state: State, out: list[Output]) -> None:
    """Decide the plan that is due."""
    road, place = state.road, state.place
    if road is None or place.station_m < state.arbiter.next_m:
        return
    busy = frame["brake_frac"] > BRAKING or frame["brake_raw_frac"] > BRAKING or abs(state.lateral_mps2) > state.settings.turning_mps2
    while state.arbiter.plans:
        used_up = state.corrections >= state.settings.corrections_per_lap and state.arbiter.plans[0].entry is not None
        silent = state.silent or (f"at most {state.settings.corrections_per_lap} corrections a lap" if used_up else "")
        decision = state.arbiter.decide(Moment(place.t_s, place.station_m, place.speed_mps, busy, silent), road)
        if decision is None:
            return
        _settle(decision, state, out)


def _settle(decision: Decision, state: State, out: list[Output]) -> None:
    plan = decision.plan
    if decision.state is not CueState.DROPPED:
        if plan.entry is None:
            state.remarks += 1
        else:
            state.corrections += 1
            plan.entry.spoken += 1
    _log(plan, decision.state, decision.reason, state, out, text=decision.form.text, spoken_s=decision.form.spoken_s)


def _plan(state: State, out: list[Event]) -> None:
    """Plan the topics' cues for the passages that come; a topic for which there is no time to speak makes room for another."""
    road, report = state.road, state.report
    if road is None or report is None:
        return
    for old in state.arbiter.clear(topics_only=True):
        _log(old, CueState.DROPPED, "planned anew after the lap", state, out)
    asked: list[Topic] = []
    while waiting := [entry for entry in state.topics.to_cue() if entry.topic not in asked]:
        entry = waiting[0]
        asked.append(entry.topic)
        if sum(plan.entry is not None for plan in state.arbiter.plans) >= state.settings.corrections_per_lap:
            reason = f"at most {state.settings.corrections_per_lap} corrections a lap"
            out.append(_about(EventKind.CUE, state, entry.candidate, state_word=CueState.DROPPED.value, reason=reason))
            continue
        plan = plan_cue(entry, road, state.place.station_m, state.settings, state.clips_s)
        if isinstance(plan, Plan):
            state.arbiter.add(plan)
            _log(plan, CueState.PLANNED, "", state, out)
            continue
        out.append(_about(EventKind.CUE, state, entry.candidate, state_word=CueState.DROPPED.value, reason=plan))
        _changes((state.topics.give_way(entry, plan), *state.topics.take_up(report.seen, report.found)), state, out)


def _changes(changes: Iterable[Change], state: State, out: list[Event]) -> None:
    """Topics that were taken up, rested, came back or were closed."""
    out.extend(_about(EventKind.TOPIC, state, change.candidate, state_word=change.state, reason=change.reason) for change in changes)


def _remark(state: State, out: list[Event]) -> None:
    """Praise of a best lap; else what a topic has brought, when that stands above the noise."""
    report, road = state.report, state.road
    if report is None or road is None or report.lap is None:
        return
    effects = [(entry, shown) for entry in state.topics.entries if (shown := state.topics.effect_of(entry)) is not None]
    for entry, shown in effects:
        gained = shown.before_s - shown.after_s
        text = effect(entry.candidate.corner.name, gained, shown.interval_s)
        out.append(
            _about(
                EventKind.EFFECT,
                state,
                entry.candidate,
                state_word=entry.state.value,
                text=text,
                gain_s=gained,
                interval_s=shown.interval_s,
                n=shown.n_after,
            )
        )
    told = [
        (entry, shown) for entry, shown in effects if shown.interval_s[0] > 0.0 and entry.state.value == "resting" and not entry.praised
    ]
    if report.is_best:
        text, corner = best_lap(report.lap.lap_time_s), 0
    elif told:
        entry, shown = told[0]
        entry.praised = True
        text, corner = effect(entry.candidate.corner.name, shown.before_s - shown.after_s, shown.interval_s), entry.topic.corner
    else:
        return
    if state.remarks >= state.settings.remarks_per_lap:
        out.append(
            _event(EventKind.CUE, state, corner=corner, text=text, state=CueState.DROPPED.value, reason="no more remarks on this lap")
        )
        return
    plan = plan_remark(text, corner, road, state.place.station_m, state.settings, state.clips_s)
    if isinstance(plan, str):
        out.append(_event(EventKind.CUE, state, corner=corner, text=text, state=CueState.DROPPED.value, reason=plan))
        return
    form = plan.forms[0]
    busy_s = form.spoken_s + state.settings.gap_s
    if any(
        other.first_m >= form.start_m and road.time_at(other.first_m) - road.time_at(form.start_m) < busy_s for other in state.arbiter.plans
    ):
        out.append(_event(EventKind.CUE, state, corner=corner, text=text, state=CueState.DROPPED.value, reason="a cue comes first"))
        return
    state.arbiter.add(plan)
    _log(plan, CueState.PLANNED, "", state, out)


def _log(plan: Plan, cue: CueState, reason: str, state: State, out: list[Any], *, text: str = "", spoken_s: float = math.nan) -> None:
    """A cue's fate as an event."""
    form = plan.forms[0]
    length_m = state.place.length_m
    words: dict[str, object] = {
        "text": text or form.text,
        "start_m": form.start_m % length_m,
        "deadline_m": plan.last_m % length_m,
        "spoken_s": form.spoken_s if math.isnan(spoken_s) else spoken_s,
    }
    if plan.entry is None:
        out.append(_event(EventKind.CUE, state, corner=plan.corner, state=cue.value, reason=reason, **words))
    else:
        out.append(_about(EventKind.CUE, state, plan.entry.candidate, state_word=cue.value, reason=reason, **words))


def _about(kind: EventKind, state: State, candidate: Candidate, *, state_word: str, **words: Any) -> Event:
    """An event about a candidate, with its evidence unless other figures are given."""
    evidence: dict[str, Any] = {"gain_s": candidate.gain_s, "interval_s": candidate.interval_s, "n": candidate.n}
    return _event(kind, state, corner=candidate.topic.corner, cause=candidate.topic.cause.value, state=state_word, **{**evidence, **words})


def _event(kind: EventKind, at: State, /, **words: Any) -> Event:
    """An event here and now."""
    return Event(kind, at.place.t_s, at.lap, words.pop("station_m", at.place.station_m), **words)


def _corner_at(state: State, station_m: float) -> int:
    corner = state.report.track.corner_at(station_m) if state.report and state.report.track else None
    return corner.number if corner else 0

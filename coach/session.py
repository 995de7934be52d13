"""The live loop: `step(frame, state)` takes one tick and says what follows from it. Live, replay and exam use this function.

It reads no clock, opens no file and sleeps never: time comes in the frame, finished laps go out as recordings, and what their
analysis gives comes back through `take`. Faulty data makes the coach quiet; no exception leaves `step` for what is in a frame.
"""

from __future__ import annotations

import math
from dataclasses import replace

from coach.cues.candidate import Candidate
from coach.detect.detect import AT_LAPS_END
from coach.events import SAID, CueState, Event, EventKind
from coach.live.corner_end import watch
from coach.live.driving import crossed, feel, find_corner, hand_out, jumped, lost, renew_corner, run_on
from coach.live.lost_car import note_off
from coach.live.place import Moved
from coach.live.report import LapReport
from coach.live.speaking import WAITING, log_cue, note_silence, plan_cues, plan_remarks, speak, tell_changes, unsay
from coach.live.state import LapDone, Output, State, corner_number_at, event_now
from coach.live.toning import drop_tones, plan_tones, sound
from coach.telemetry.frame import Frame
from coach.telemetry.recording import SessionInfo
from coach.wording import clock

__all__ = [
    "WAITING",
    "LapDone",
    "Output",
    "State",
    "another_voice",
    "asked_for",
    "foresee",
    "gone",
    "missed",
    "new_session",
    "same_drive",
    "step",
    "take",
]

AFTER_LINE_S = 2.0  # a lap is taken this long after its end: its official time and late incident points are there by then


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
        log_cue(plan, CueState.DROPPED, "another car or track", state, out)
    drop_tones("another car or track", state, out)
    return State(state.settings, session, clips_s=state.clips_s), out


def another_voice(state: State) -> list[Event]:
    """What follows when another voice speaks: lengths of the old one's clips count no more, and plans made with them are dropped."""
    state.clips_s = {}  # anew: who still renders for the old voice writes into the old ones
    out: list[Event] = []
    for plan in state.arbiter.clear():
        log_cue(plan, CueState.DROPPED, "another voice", state, out)
    return out


def asked_for(event: Event, state: State) -> Candidate | None:
    """What a cue that is being said asks for; None for all other events, also for a call, which tells what has happened."""
    if event.kind is not EventKind.CUE or event.state not in SAID or math.isnan(event.gain_s):
        return None
    named = event.corner, event.cause
    return next((one.candidate for one in state.topics.entries if (one.topic.corner, one.topic.cause.value) == named), None)


def missed(cue: Event, why: str, state: State) -> Event:
    """What became of a cue, said in this tick, that reached the driver neither by ear nor by eye: dropped, and it counts as not said."""
    unsay(state)
    return replace(cue, state=CueState.DROPPED.value, reason=why)


def same_drive(one: SessionInfo, other: SessionInfo) -> bool:
    """Whether two sessions are of one car on one track configuration."""
    return all(getattr(one, name) == getattr(other, name) for name in ("source", "car_id", "car_name", "track_id", "track_config"))


def step(frame: Frame, state: State) -> list[Output]:
    """One tick. Empty most of the time."""
    out: list[Output] = []
    before_s = state.place.t_s
    moved = state.place.move(frame)
    if moved is Moved.LOST:
        lost(frame, state, out)
        return out
    if moved is Moved.JUMPED:
        jumped(state, out)
    state.jumped_last = moved is Moved.JUMPED
    state.recorder.add(frame)
    if moved is Moved.CROSSED:
        crossed(frame, state, out)
    feel(frame, state, before_s)
    run_on(state, out)
    note_silence(frame, state, out)
    note_off(frame, state, out)
    watch(frame, state, out)
    speak(frame, state, out)
    sound(frame, state, out)
    if state.lap_is_due and state.place.t_s >= state.place.line_s + AFTER_LINE_S:
        hand_out(state, out)
    return out


def gone(state: State) -> list[LapDone]:
    """The simulator has gone: the lap that still waited to be given out."""
    out: list[Output] = []
    hand_out(state, out)
    return [one for one in out if isinstance(one, LapDone)]


def foresee(report: LapReport, state: State) -> list[Event]:
    """What `Analyst.before_next_lap` gives: a reference for the delta from now on. What was found against the one before stays until the next lap."""
    if report.running is None or report.track is None:
        return [event_now(EventKind.REFERENCE, state, state="not used", reason=report.note)] if report.note else []
    before = state.report
    if before is None or before.lap is None:
        state.report = report
        state.place.know_length(report.track.length_m)
        find_corner(state)
    else:
        state.report = replace(before, running=report.running, rule=report.rule)
        renew_corner(before, state)
    return [event_now(EventKind.REFERENCE, state, text=clock(report.running.lap_time_s), reason=report.rule)]


def take(report: LapReport, state: State) -> list[Event]:
    """What a lap's analysis changes: reference, topics, plans of the coming lap, words about what has helped."""
    out: list[Event] = []
    if not same_drive(report.recording.session, state.session):
        return out  # of the car or track before: it comes too late
    lap = report.lap
    if lap is None or not lap.clean:
        why = report.note or (", ".join(reason.value for reason in lap.reasons) if lap else "no complete lap")
        out.append(event_now(EventKind.LAP, state, text=clock(lap.lap_time_s) if lap else "", state="not counted", reason=why))
        if lap is not None:
            state.last_s = lap.lap_time_s
        return out
    state.last_s = lap.lap_time_s
    state.best_s = lap.lap_time_s if math.isnan(state.best_s) else min(state.best_s, lap.lap_time_s)
    out.append(event_now(EventKind.LAP, state, text=clock(lap.lap_time_s), state="best" if report.is_best else "clean"))
    before, state.report = state.report, report
    if report.track is not None:
        state.place.know_length(report.track.length_m)
    if report.note:
        out.append(event_now(EventKind.REFERENCE, state, state="not used", reason=report.note))
    if report.rule != (before.rule if before else ""):
        lap_time_s = report.running.lap_time_s if report.running else math.nan
        limited = "limited" if report.caveat else ""
        out.append(event_now(EventKind.REFERENCE, state, text=clock(lap_time_s), state=limited, reason=report.rule))
    out.extend(
        event_now(EventKind.DETECTION, state, station_m=one.start_m, cause=one.kind.value, corner=corner_number_at(state, one.start_m))
        for one in report.detections
        if one.kind in AT_LAPS_END or not state.watch.saw(lap.start_s + one.start_s)
    )
    tell_changes(state.topics.after_lap(report.seen, report.found), state, out)
    plan_cues(state, out)
    plan_tones(state, out)
    plan_remarks(state, out)
    renew_corner(before, state)
    return out

"""Calls: a few words right after a corner, on the straight, about what has just happened there.

A mistake is called when it cost time beyond the driver's own scatter, or comes lap after lap; a topic's corner when this passage
proves that it has become better, or worse. Everything else stays unsaid, and the detection says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import Cause
from coach.compare.causes.agreement import MIN_LOSS_S
from coach.cues.plan import PROGRESS, Straight, plan_call
from coach.cues.road import Road
from coach.cues.topics import TopicState
from coach.detect.detection import Detection
from coach.events import CueState, Event, EventKind
from coach.live.recorder import CLOCK
from coach.live.speaking import at_most, coming_first, log_cue
from coach.live.state import Output, State, event_now
from coach.live.usual import Passage, beside
from coach.live.watch import stations_of
from coach.track.map import Corner
from coach.wording import cause_name
from coach.wording.spoken import call, progress

BACK_S = 60.0  # of driving looked at for the beginning of a corner


@dataclass(frozen=True, slots=True)
class Call:
    """What could be called. `about`: the kind of detection, or progress; `passage`: what proves it."""

    about: str
    text: str
    passage: Passage | None


@dataclass(frozen=True, slots=True)
class _Driven:
    """The passage of a corner, from the first action for it to where the car is, or to the line. `on_course`: for his best lap."""

    from_m: float
    to_m: float
    time_s: float
    on_course: bool

    def beside(self, usual: FloatArray) -> Passage:
        return beside(self.time_s, usual)


def call_after(corner: Corner, lap: int, found: Sequence[Detection], state: State, out: list[Output]) -> dict[str, str]:
    """Plan the call that the passage of a corner on a lap deserves, if any. Gives, by kind of detection found, why it is not called."""
    kinds = sorted({one.kind.value for one in found}, key=lambda kind: -_priority(kind, state))
    for kind in kinds:
        state.watch.note(corner.number, kind, lap)
    if state.silent:
        return dict.fromkeys(kinds, state.silent)
    driven = _driven(corner, lap, state) if kinds or _cued_topic(corner, state) else None
    reasons = {kind: _refusal(kind, corner, lap, driven, state) for kind in kinds}
    chosen = [Call(kind, call(kind), _lost(driven, corner, state)) for kind in kinds if not reasons[kind]]
    brought = _progress(corner, lap, driven, state)
    options = sorted([*chosen, *brought], key=lambda one: -_priority(one.about, state))
    if options:
        _plan(options[0], corner, lap, state, out)
        reasons |= {one.about: _comes_first(options[0].about) for one in options[1:] if one.about in reasons}
    return reasons


def _priority(about: str, state: State) -> int:
    return int(getattr(state.settings, f"call_{about}", 0))


def _refusal(kind: str, corner: Corner, lap: int, driven: _Driven | None, state: State) -> str:
    """Why a detection is not called; empty when it is."""
    if not _priority(kind, state):
        return "no call for it"
    if _rests(corner, kind, lap, state):
        return f"called there within the last {state.settings.call_rest_laps} laps"
    if driven is not None and driven.on_course:
        return "on course for your best lap"
    passage = _lost(driven, corner, state)
    costs = passage is not None and passage.lost_s > max(passage.noise_s, state.settings.least_loss_s)
    if costs or state.watch.repeated(corner.number, kind, lap, state.settings.call_repeats):
        return ""
    return f"it cost nothing beyond your own noise, and did not come on {state.settings.call_repeats} laps running"


def _comes_first(about: str) -> str:
    return f"{'how the corner has changed' if about == PROGRESS else cause_name(Cause(about))} comes first"


def _rests(corner: Corner, about: str, lap: int, state: State) -> bool:
    called = state.watch.called.get((corner.number, about))
    return called is not None and 0 <= lap - called <= state.settings.call_rest_laps


def _lost(driven: _Driven | None, corner: Corner, state: State) -> Passage | None:
    """Against his newest laps on which nothing happened there; None where there are too few."""
    usual = state.report.usual if state.report else None
    if driven is None or usual is None:
        return None
    whole = ~np.isin(usual.numbers, list(state.watch.spoilt(corner.number)))
    return driven.beside(usual.passages_s(driven.from_m, driven.to_m)[whole]) if whole.sum() >= state.settings.laps_needed else None


def _cued_topic(corner: Corner, state: State) -> bool:
    return any(
        one.topic.corner == corner.number and one.first_cued is not None and one.state is not TopicState.CLOSED
        for one in state.topics.entries
    )


def _progress(corner: Corner, lap: int, driven: _Driven | None, state: State) -> list[Call]:
    """The topic of this corner against the laps before its first cue, where this passage alone proves that something has changed."""
    usual = state.report.usual if state.report else None
    if driven is None or usual is None or not state.settings.call_progress or _rests(corner, PROGRESS, lap, state):
        return []
    for entry in state.topics.entries:
        if entry.topic.corner != corner.number or entry.first_cued is None or entry.state is TopicState.CLOSED:
            continue
        before = np.array(usual.numbers) < entry.first_cued
        if before.sum() < state.settings.laps_needed:
            continue
        flattered_s = entry.flattered_s / max(1, len(entry.before_s))
        passage = _without_flattery(driven.beside(usual.passages_s(driven.from_m, driven.to_m)[before]), flattered_s)
        worse = passage.lost_s > 0.0
        if abs(passage.lost_s) > max(passage.noise_s, MIN_LOSS_S) and not (worse and driven.on_course):
            return [Call(PROGRESS, progress(-passage.lost_s), passage)]
    return []


def _without_flattery(passage: Passage, flattered_s: float) -> Passage:
    """What of a gain remains when the laps before look slow by so much because they were chosen (`coach/cues/effect.py`).

    That figure is of the whole window; of the passage, a part of it, it is at most as much. So all of it is taken off a gain and none added
    to a loss: either way the lesser is said.
    """
    return replace(passage, lost_s=min(passage.lost_s + flattered_s, 0.0)) if passage.lost_s < 0.0 else passage


def _driven(corner: Corner, lap: int, state: State) -> _Driven | None:
    """The passage as the ticks show it; None where its beginning was not recorded."""
    report, place, road = state.report, state.place, state.road
    if report is None or report.usual is None or road is None:
        return None
    over = lap != state.lap  # the line was crossed since
    to_m = place.length_m if over else place.station_m
    from_m = max(corner.start_m, road.action_m.get(corner.number, corner.start_m))
    ticks = state.recorder.since(place.t_s - BACK_S)
    station = stations_of(ticks, place.station_m + (place.length_m if over else 0.0), place.length_m)
    if not station[0] <= from_m < to_m <= station[-1]:
        return None
    begin_s, end_s = np.interp([from_m, to_m], np.maximum.accumulate(station), ticks[:, CLOCK])
    start_s = place.last_line_s if over else place.line_s
    on_course = bool(float(end_s) - start_s < np.min(report.usual.passages_s(0.0, to_m)))
    return _Driven(from_m, to_m, float(end_s - begin_s), on_course)


def _plan(wanted: Call, corner: Corner, lap: int, state: State, out: list[Output]) -> None:
    """On the straight that begins now, or dropped with the reason."""
    road = state.road
    if state.remarks >= state.settings.remarks_per_lap:
        planned = at_most(state.settings.remarks_per_lap, "remark")
    elif road is None:
        planned = "no lap to plan on yet"
    else:
        driven_s = state.place.t_s - state.watch.quiet_s
        straight = Straight(state.place.station_m, _next_action_m(corner, lap, road, state), driven_s)
        plan = plan_call(wanted.text, wanted.about, corner.number, road, straight, state.settings, state.clips_s)
        if not isinstance(plan, str) and not coming_first(plan.forms[0], state, road):
            state.arbiter.add(plan)
            log_cue(plan, CueState.PLANNED, "", state, out, **_evidence(wanted))
            return
        planned = plan if isinstance(plan, str) else "a cue comes first"
    cause = "" if wanted.about == PROGRESS else wanted.about
    out.append(_dropped(wanted, corner, cause, planned, state))


def _next_action_m(corner: Corner, lap: int, road: Road, state: State) -> float:
    """Where he acts for the corner after this one, on the stations of the lap under way; negative or behind the car when that is past."""
    corners, length_m = state.corners, state.place.length_m
    following = (corners.index(corner) + 1) % len(corners)
    over_line = (0.0 if following else length_m) - (0.0 if lap == state.lap else length_m)
    return road.action_m[corners[following].number] + over_line


def _dropped(wanted: Call, corner: Corner, cause: str, reason: str, state: State) -> Event:
    return event_now(
        EventKind.CUE,
        state,
        corner=corner.number,
        cause=cause,
        text=wanted.text,
        state=CueState.DROPPED.value,
        reason=reason,
        **_evidence(wanted),
    )


def _evidence(wanted: Call) -> dict[str, Any]:
    passage = wanted.passage
    return {} if passage is None else {"time_lost_s": passage.lost_s, "interval_s": passage.interval_s, "n": passage.n}

"""What follows when a corner is over: what happened to the car there is told, and a call may follow. It looks at no whole lap."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from coach.detect.detection import Detection, DetectionKind
from coach.events import EventKind
from coach.live.calling import call_after
from coach.live.lost_car import lost_at
from coach.live.recorder import POSITION
from coach.live.silence import NOT_DRIVING, REPLAY
from coach.live.speaking import is_busy
from coach.live.state import Output, State, corner_number_at, event_now
from coach.live.watch import SETTLED_S
from coach.telemetry.frame import Frame

NOT_WATCHED = frozenset({REPLAY, NOT_DRIVING})  # what the channels say then is not the car's
TOO_LATE = "too late for a call"  # another corner has followed, or the straight is under way


def watch(frame: Frame, state: State, out: list[Output]) -> None:
    """Look when a corner's turn-out is passed and the car runs straight, at a window's end, and at the line; then tell what was found."""
    watched, place = state.watch, state.place
    if state.report is None or state.report.baseline is None or state.silent in NOT_WATCHED:
        if state.silent == NOT_DRIVING:
            last_look(state, out)
        watched.forget()
        return
    if math.isnan(watched.judged_s):
        watched.begin(place.t_s)
    if is_busy(frame, state):
        watched.quiet_s = math.nan
    elif math.isnan(watched.quiet_s):
        watched.quiet_s = place.t_s
    here = (state.lap, state.corner_index)
    if here != watched.window:
        watched.window = here
        _look(state, out)
    _pass_corner(state, out)
    if watched.corner is not None and place.t_s >= watched.quiet_s + SETTLED_S:
        _look(state, out)
        planned: list[Output] = []
        reasons = call_after(watched.corner, watched.passed[0], watched.found, state, planned)
        _tell(reasons, state, out)
        out.extend(planned)
        watched.corner = None


def _pass_corner(state: State, out: list[Output]) -> None:
    """A turn-out that is passed now makes its corner the one that waits for the straight."""
    watched, index = state.watch, state.corner_index
    if index >= len(state.corners) or watched.passed == watched.window or state.place.station_m < state.corners[index].turn_out_m:
        return
    _tell({}, state, out)
    watched.passed, watched.corner = watched.window, state.corners[index]


def last_look(state: State, out: list[Output]) -> None:
    """The drive is broken: what has not settled by now never will. Who has lost the car and gives up is seen here only."""
    ticks = state.recorder.since(-math.inf)
    if len(ticks) and math.isfinite(state.watch.judged_s):
        _look(state, out, at_m=float(ticks[-1, POSITION]) * state.place.length_m, is_last=True)
    _tell({}, state, out)


def _look(state: State, out: list[Output], *, at_m: float = math.nan, is_last: bool = False) -> None:
    """What belongs to the corner that waits is told with it. `at_m`: where the car was in the last tick, if it is not there now."""
    report, place, watched = state.report, state.place, state.watch
    if report is None or report.baseline is None:
        return
    station_m = place.station_m if math.isnan(at_m) else at_m
    for one in watched.look(state.recorder, station_m, place.length_m, report.baseline, is_last=is_last):
        if one.kind is DetectionKind.SPIN:
            lost_at(one.start_m % place.length_m, _lap_of(one, state), state, out)
        number = corner_number_at(state, one.start_m % place.length_m) or state.corners[-1].number  # corner 0 is the last one's tail
        if watched.corner is not None and number == watched.corner.number:
            watched.found.append(one)
        else:
            out.append(_told(one, TOO_LATE, state))


def _tell(reasons: Mapping[str, str], state: State, out: list[Output]) -> None:
    """What was found in the corner that waited, each with why it is not called."""
    out.extend(_told(one, reasons.get(one.kind.value, TOO_LATE), state) for one in state.watch.found)
    state.watch.found.clear()


def _told(one: Detection, reason: str, state: State) -> Output:
    """A detection as an event, with the corner and lap that it began in."""
    length_m = state.place.length_m
    corner = corner_number_at(state, one.start_m % length_m)
    event = event_now(EventKind.DETECTION, state, station_m=one.start_m % length_m, cause=one.kind.value, corner=corner, reason=reason)
    return replace(event, lap=_lap_of(one, state))


def _lap_of(one: Detection, state: State) -> int:
    """The lap that it began in."""
    return state.lap - (one.start_s < state.place.line_s)

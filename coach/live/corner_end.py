"""What follows when a corner is over: what happened to the car there is told. It looks at no whole lap."""

from __future__ import annotations

import math
from dataclasses import replace

from coach.detect.detection import Detection
from coach.events import EventKind
from coach.live.silence import NOT_DRIVING, REPLAY
from coach.live.speaking import is_busy
from coach.live.state import Output, State, corner_number_at, event_now
from coach.live.watch import SETTLED_S
from coach.telemetry.frame import Frame

NOT_WATCHED = frozenset({REPLAY, NOT_DRIVING})  # what the channels say then is not the car's


def watch(frame: Frame, state: State, out: list[Output]) -> None:
    """Look when a corner's turn-out is passed and the car runs straight, at a window's end, and at the line; then tell what was found."""
    watched, place = state.watch, state.place
    if state.report is None or state.report.baseline is None or state.silent in NOT_WATCHED:
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
    _pass_corner(state)
    if watched.corner is not None and place.t_s >= watched.quiet_s + SETTLED_S:
        _look(state, out)
        watched.corner = None


def _pass_corner(state: State) -> None:
    """A turn-out that is passed now makes its corner the one that waits for the straight."""
    watched, index = state.watch, state.corner_index
    if index >= len(state.corners) or watched.passed == watched.window or state.place.station_m < state.corners[index].turn_out_m:
        return
    watched.passed, watched.corner = watched.window, state.corners[index]


def _look(state: State, out: list[Output]) -> None:
    report, place = state.report, state.place
    if report is None or report.baseline is None:
        return
    out.extend(_told(one, state) for one in state.watch.look(state.recorder, place.station_m, place.length_m, report.baseline))


def _told(one: Detection, state: State) -> Output:
    """A detection as an event, with the corner and lap that it began in."""
    station_m = one.start_m % state.place.length_m
    event = event_now(EventKind.DETECTION, state, station_m=station_m, cause=one.kind.value, corner=corner_number_at(state, station_m))
    return replace(event, lap=event.lap - 1) if one.start_s < state.place.line_s else event

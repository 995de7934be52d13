"""What a tick means for the lap under way: its beginning and end, the running delta, the corner windows. It says no cue."""

from __future__ import annotations

import math

import numpy as np

from coach.cues.road import STEADY_S
from coach.events import CueState, EventKind
from coach.live.corner_end import last_look
from coach.live.recorder import CLOCK, POSITION
from coach.live.report import LapReport
from coach.live.silence import NO_POSITION
from coach.live.speaking import change_mode, log_cue
from coach.live.state import LapDone, Output, State, event_now
from coach.live.toning import drop_tones
from coach.telemetry.frame import Frame

LOST_FOR_S = 1.0  # without a position for this long it is not known where the car is; single lost ticks are usual
SEEN_FROM_START_M = 10.0  # a window entered further in than this was not seen from its start
LATERAL_LAG_S = STEADY_S / 2  # a low pass with this lag smooths as the mean over STEADY_S does


def lost(frame: Frame, state: State, out: list[Output]) -> None:
    """No position in this tick. Nothing is decided without one; a plan whose place goes by meanwhile is dropped afterwards."""
    since_s = frame["session_time_s"] - state.place.t_s
    if since_s > LOST_FOR_S or math.isnan(state.place.t_s):
        change_mode(NO_POSITION, state, out)


def jumped(state: State, out: list[Output]) -> None:
    """The car was put somewhere else, or the session has just begun."""
    if not state.jumped_last:
        last_look(state, out)
        out.append(event_now(EventKind.JUMP, state))
    hand_out(state, out)
    state.silence.jumped()
    state.arbiter.free_at_s = -math.inf  # the clock may have gone back; nothing is said on the lap that follows anyway
    state.recorder.forget()
    state.watch.forget()
    state.delta_s = state.predicted_s = state.delta_at_corner_s = math.nan
    state.corner_losses_s.clear()
    for plan in state.arbiter.clear():
        log_cue(plan, CueState.DROPPED, "the car was moved", state, out)
    drop_tones("the car was moved", state, out)
    find_corner(state)


def hand_out(state: State, out: list[Output]) -> None:
    """The lap that has ended, if it waits to be given out: who leaves the car right after the line keeps his lap."""
    if state.lap_is_due:
        state.lap_is_due = False
        out.append(LapDone(state.recorder.take(state.session, len(state.recorder.since(state.place.line_s)))))


def crossed(frame: Frame, state: State, out: list[Output]) -> None:
    """Over the line: a lap begins, and the one before ends if its own beginning was seen."""
    _end_corner(state, out)  # the last window belongs to the lap that ends
    number = frame["lap_number"]
    before, state.lap = state.lap, int(number) if math.isfinite(number) else state.lap + 1
    if state.lap < before:
        state.topics.count_anew(before + 2 - state.lap)  # a cue may be about the lap after; it, too, was before this one
    state.silence.lap_started()
    state.lap_is_due = math.isfinite(state.place.last_line_s)
    state.corrections = state.remarks = 0
    state.corner_losses_s.clear()
    state.corner_index, state.delta_at_corner_s = 0, math.nan
    state.arbiter.shift(-state.place.length_m)
    for tones in state.tones:
        tones.brake_m -= state.place.length_m


def feel(frame: Frame, state: State, before_s: float) -> None:
    """Lateral acceleration without the trembling of the hands: a first-order low pass."""
    lateral_mps2 = frame["speed_mps"] * frame["yaw_rate_radps"]
    if math.isfinite(lateral_mps2):
        weight = min(max(state.place.t_s - before_s, 0.0) / LATERAL_LAG_S, 1.0) if math.isfinite(before_s) else 1.0
        state.lateral_mps2 += weight * (lateral_mps2 - state.lateral_mps2)


def run_on(state: State, out: list[Output]) -> None:
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
        out.append(event_now(EventKind.CORNER, state, corner=corner.number, time_lost_s=lost_s))
    state.corner_index += 1
    state.delta_at_corner_s = at_end_s


def renew_corner(before: LapReport | None, state: State) -> None:
    """A report comes when the first window may have begun: what was measured of it goes on, or is measured again where corners moved."""
    reference = state.running
    old = before.running if before else None
    if before is None or before.track is None or old is None or reference is None or before.track.corners != state.corners:
        find_corner(state)
        if reference is not None and state.corner_index < len(state.corners):
            start_m = state.corners[state.corner_index].start_m
            if 0.0 <= start_m <= state.place.station_m:
                time_s = _time_at(start_m, state)
                state.delta_at_corner_s = reference.delta_at(start_m, time_s) if math.isfinite(time_s) else math.inf
    elif state.corner_index < len(state.corners):
        start_m = state.corners[state.corner_index].start_m
        state.delta_at_corner_s += reference.delta_at(start_m, 0.0) - old.delta_at(start_m, 0.0)


def _time_at(station_m: float, state: State) -> float:
    """Time of this lap at a station behind the car, s since the line, between the ticks kept of it; NaN where they leave a gap."""
    ticks = state.recorder.since(state.place.line_s)
    seen_m = np.concatenate(([0.0], ticks[:, POSITION] * state.place.length_m))
    since_s = np.concatenate(([0.0], ticks[:, CLOCK] - state.place.line_s))
    beyond = np.flatnonzero(seen_m >= station_m)
    last = max(int(beyond[0]), 1) if beyond.size else 0
    if last == 0 or not 0.0 <= seen_m[last] - seen_m[last - 1] <= SEEN_FROM_START_M:
        return math.nan
    return float(np.interp(station_m, seen_m[last - 1 : last + 1], since_s[last - 1 : last + 1]))


def find_corner(state: State) -> None:
    """The window that the car is in, or the next one; its beginning was not seen."""
    ends = [corner.end_m for corner in state.corners]
    state.corner_index = sum(end <= state.place.station_m for end in ends)
    state.delta_at_corner_s = math.nan

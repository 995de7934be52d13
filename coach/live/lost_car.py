"""The car lost at a corner that was spoken about, spun or off the track: what was asked for there is taken back.

A gain is worth nothing to a driver who loses the lap by it. Such laps count for no comparison, so no figure of a topic's effect
would ever show this.
"""

from __future__ import annotations

from coach.cues.topics import LOST_CAR
from coach.events import CueState, Event
from coach.laps.validity import OFF_TRACK_TICKS
from coach.live.silence import NOT_DRIVING, OFF_TRACK, REPLAY
from coach.live.speaking import log_cue, tell_changes
from coach.live.state import Output, State, corner_number_at
from coach.live.toning import drop_tones
from coach.telemetry.frame import Frame


def note_off(frame: Frame, state: State, out: list[Output]) -> None:
    """Off the track: once per excursion, when it has lasted longer than a faulty tick. Known at once, also to who is towed from there."""
    if frame["track_surface"] != OFF_TRACK or state.silent in {NOT_DRIVING, REPLAY}:
        state.off_ticks = 0
        return
    state.off_ticks += 1
    if state.off_ticks == OFF_TRACK_TICKS:
        lost_at(state.place.station_m, state.lap, state, out)


def lost_at(station_m: float, lap: int, state: State, out: list[Output]) -> None:
    """The car was lost there, on that lap; the straight after a corner belongs to it."""
    if not state.corners:
        return
    number = corner_number_at(state, station_m)
    if number == 0:  # before the first window: the tail of the last one, and of the lap before
        number, lap = state.corners[-1].number, lap - 1
    complex_id = next(corner.complex_id for corner in state.corners if corner.number == number)
    linked = {corner.number for corner in state.corners if corner.complex_id == complex_id} if complex_id else {number}
    told: list[Event] = []
    tell_changes(state.topics.take_back(linked, lap), state, told)
    for plan in [plan for plan in state.arbiter.plans if plan.entry is not None and plan.entry.taken_back]:
        state.arbiter.forget(plan)
        log_cue(plan, CueState.DROPPED, LOST_CAR, state, told)
    drop_tones(LOST_CAR, state, told, lambda plan: plan.entry.taken_back)
    out.extend(told)

"""A sitting of part A5: a driver with his own habits and scatter drives under the live coach, and every cue is put to the test.

The truth of a cue is what the same laps would have been had the driver followed it: driven again, same scatter, with that one
habit changed as the cue says. The coach is the live one, tick by tick, on the recording as iRacing would have given it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.cues.candidate import said_figures
from coach.cues.road import steady_lateral
from coach.cues.settings import settings_for
from coach.cues.topics import Entry
from coach.events import CueState, Event, EventKind
from coach.exam.obeyed import obeyed
from coach.exam.papers import CueReading
from coach.exam.world import Place, as_recorded
from coach.live.analyst import Analyst
from coach.replay import frames_of, replay
from coach.session import State
from coach.sim.drive import Run
from coach.sim.habits import lasting_habit
from coach.sim.plan import Habit
from coach.telemetry.recording import Recording

LAPS = 14  # long enough for the first topic to be proven, cued and to come to rest
REFERENCE_LAPS = 2
BRAKING = 0.05  # coaching.md 2.4's onset
TURNING_MPS2 = 3.0  # coaching.md 0: 0.3 g


@dataclass(frozen=True, slots=True)
class _Session:
    """A coached drive: what was said, and the topics behind it."""

    place: Place
    run: Run
    recording: Recording
    events: tuple[Event, ...]
    entries: tuple[Entry, ...]


def coached(cluster: str, place: Place, *, external: bool) -> tuple[CueReading, ...]:
    """All cues of one coached drive. `external`: against a tidy expert's lap; else the driver's own laps are all there is."""
    session = _drive(place, external=external)
    readings = []
    for entry in session.entries:
        spoken = list(_spoken(session.events, entry))
        if spoken:
            half, full = (_gain(session, entry, share) for share in (0.5, 1.0))
            readings += [_reading(cluster, session, entry, cue, half, full) for cue in spoken]
    return tuple(readings)


def _drive(place: Place, *, external: bool) -> _Session:
    run = place.drive((), LAPS)
    recording = as_recorded(place, run).recording
    tidy = replace(place, skill=replace(place.skill, habit_scale=0.0, pace_frac=1.0), scatter=0.0)
    given = (as_recorded(tidy, tidy.drive((), REFERENCE_LAPS)),) if external else ()
    settings = settings_for()
    state = State(settings, recording.session)
    events = tuple(replay(frames_of(recording), state, Analyst(settings, given=given)))
    return _Session(place, run, recording, events, tuple(state.topics.entries))


def _spoken(events: Sequence[Event], entry: Entry) -> Iterator[Event]:
    """Cues about the topic that were said; a call, which tells what has happened, asks for nothing that could be followed."""
    said = {CueState.SPOKEN.value, CueState.SHORTENED.value}
    cues = (e for e in events if e.kind is EventKind.CUE and e.state in said and np.isfinite(e.gain_s))
    return (e for e in cues if (e.corner, e.cause) == (entry.topic.corner, entry.topic.cause.value))


def _gain(session: _Session, entry: Entry, share: float) -> tuple[float, bool]:
    """(mean lap time gained by following, s; whether it led off the track where he had not been)."""
    place, corner = session.place, entry.candidate.corner
    number = next((one.number for one in place.circuit.corners if one.start_m <= corner.apex_m <= one.end_m), None)
    if number is None:
        return 0.0, False  # a corner that the circuit does not have: following it changes nothing
    has = lasting_habit(place.skill, place.seed, number)
    change = obeyed(entry.topic.cause, said_figures(entry.candidate), has, _slowest_mps(session, corner.start_m, corner.end_m), share)
    if change == Habit():
        return 0.0, False
    again = replace(place, habits={number: change}).drive((), LAPS)
    usual, followed = dict(session.run.lap_times_s), dict(again.lap_times_s)
    laps = [lap for lap in usual if lap in followed and lap not in session.run.left_track | again.left_track]
    gained = float(np.mean([usual[lap] - followed[lap] for lap in laps])) if laps else 0.0
    return gained, len(again.left_track) > len(session.run.left_track)


def _slowest_mps(session: _Session, start_m: float, end_m: float) -> float:
    """His usual minimum speed in a window: the median over the laps."""
    station, speed, lap = (session.recording.column(name) for name in ("lap_dist_m", "speed_mps", "lap_number"))
    inside = (station >= start_m) & (station <= end_m)
    return float(np.median([speed[inside & (lap == number)].min() for number, _ in session.run.lap_times_s]))


def _reading(cluster: str, session: _Session, entry: Entry, cue: Event, half: tuple[float, bool], full: tuple[float, bool]) -> CueReading:
    return CueReading(
        cluster=cluster,
        lap=cue.lap,
        corner=cue.corner,
        cause=cue.cause,
        claim=entry.candidate.claim.value,
        promised_s=cue.gain_s,
        half_gain_s=half[0],
        gain_s=full[0],
        led_off=full[1],
        left_s=_time_left(session.recording, cue),
    )


def _time_left(recording: Recording, cue: Event) -> float:
    """From the end of the clip to the first touch of the brake or turn of the car after it, s: by what really happened."""
    time = recording.column("session_time_s")
    lateral = steady_lateral(recording.column("speed_mps") * recording.column("yaw_rate_radps"), time)
    busy = (recording.column("brake_raw_frac") > BRAKING) | (np.abs(lateral) > TURNING_MPS2)
    after = np.flatnonzero(busy & (time >= cue.t_s))
    return float(time[after[0]] - cue.t_s - cue.spoken_s) if after.size else float("inf")

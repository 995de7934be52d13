"""A sitting of part A5: a driver with his own habits and scatter drives under the live coach, and every cue is put to the test.

The truth of a cue is what the same laps would have been had the driver followed it: driven again, same scatter, with that one
habit changed as the cue says. The coach is the live one, tick by tick, on the recording as iRacing would have given it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from coach.compare.cause import Cause
from coach.cues.candidate import Candidate, said_figures
from coach.cues.plan import texts_of
from coach.cues.road import steady_lateral
from coach.cues.settings import settings_for
from coach.cues.topic import Topic
from coach.events import Event
from coach.exam.papers import CueReading
from coach.exam.world import Place, as_recorded
from coach.live.analyst import Analyst
from coach.replay import frames_of, replay
from coach.session import State, asked_for
from coach.sim.circuit import Circuit, CircuitCorner
from coach.sim.drive import Run
from coach.sim.habits import lasting_habit
from coach.sim.happened import LEFT_TRACK, RunEvent
from coach.sim.obeyed import obeyed
from coach.sim.plan import Habit
from coach.telemetry.recording import Recording
from coach.track.map import Corner

LAPS = 14  # long enough for the first topic to be proven, cued and to come to rest
REFERENCE_LAPS = 2
OF_THE_BRAKE = frozenset({Cause.BRAKE_EARLY, Cause.BRAKE_LATE, Cause.BRAKE_SOFT, Cause.LOCKUP})
BRAKING = 0.05  # coaching.md 2.4's onset
TURNING_MPS2 = 3.0  # coaching.md 0: 0.3 g


@dataclass(frozen=True, slots=True)
class _Session:
    """A coached drive: what was said, each with the candidate as it was when it was said."""

    place: Place
    run: Run
    recording: Recording
    said: tuple[tuple[Event, Candidate], ...]


def coached(cluster: str, place: Place, *, external: bool) -> tuple[CueReading, ...]:
    """All cues of one coached drive. `external`: against a tidy expert's lap; else the driver's own laps are all there is."""
    session = _drive(place, external=external)
    gains: dict[tuple[Topic, str], tuple[Followed, Followed]] = {}
    readings = []
    for cue, candidate in session.said:
        asked = candidate.topic, texts_of(candidate)[0]  # cues of one wording ask for the same, and are driven once
        if asked not in gains:
            gains[asked] = _follow(session, candidate, 0.5), _follow(session, candidate, 1.0)
        readings.append(_reading(cluster, session, candidate, cue, *gains[asked]))
    return tuple(readings)


def _drive(place: Place, *, external: bool) -> _Session:
    run = place.drive((), LAPS)
    recording = as_recorded(place, run).recording
    tidy = replace(place, skill=replace(place.skill, habit_scale=0.0, pace_frac=1.0), scatter=0.0)
    given = (as_recorded(tidy, tidy.drive((), REFERENCE_LAPS)),) if external else ()
    settings = settings_for()
    state = State(settings, recording.session)
    events = replay(frames_of(recording), state, Analyst(settings, given=given))
    said = tuple((event, candidate) for event in events if (candidate := asked_for(event, state)) is not None)
    return _Session(place, run, recording, said)


@dataclass(frozen=True, slots=True)
class Followed:
    """Mean lap time gained by following on all laps, s; the laps left where that is felt, followed and as usual; how many more anywhere."""

    gain_s: float
    left: frozenset[int] = frozenset()
    usually_left: frozenset[int] = frozenset()
    more_anywhere: int = 0

    def more_left(self, from_lap: int) -> int:
        """On how many laps more he left the track, of those since the cue was said: no earlier one can be its doing. Below 0: on fewer."""
        now, usually = (sum(lap >= from_lap for lap in laps) for laps in (self.left, self.usually_left))
        return now - usually


_NOTHING = Followed(0.0)


def _follow(session: _Session, candidate: Candidate, share: float) -> Followed:
    place = session.place
    slowest_at_m, slowest_mps = _slowest(session, candidate.corner)
    brakes_at_m = _brakes(session, candidate.corner) if candidate.topic.cause in OF_THE_BRAKE else None
    number = circuit_corner_of(place.circuit.corners, candidate.corner, slowest_at_m, brakes_at_m)
    if number is None:
        return _NOTHING  # a corner that the circuit does not have: following it changes nothing
    has = lasting_habit(place.skill, place.seed, number)
    change = obeyed(candidate.topic.cause, said_figures(candidate), has, slowest_mps, share)
    if change == Habit():
        return _NOTHING
    again = replace(place, habits={number: change}).drive((), LAPS)
    usual, followed = dict(session.run.lap_times_s), dict(again.lap_times_s)
    laps = [lap for lap in usual if lap in followed and lap not in session.run.left_track | again.left_track]
    gained = float(np.mean([usual[lap] - followed[lap] for lap in laps])) if laps else 0.0
    left, usually_left = (left_where_felt(run.events, place.circuit, number) for run in (again, session.run))
    return Followed(gained, left, usually_left, len(again.left_track) - len(session.run.left_track))


def _slowest(session: _Session, corner: Corner) -> tuple[float, float]:
    """Where he usually is slowest in a corner, m, and his speed there, m/s: medians over the laps."""
    station, speed, lap = (session.recording.column(name) for name in ("lap_dist_m", "speed_mps", "lap_number"))
    inside = (station >= corner.turn_in_m) & (station <= corner.turn_out_m)
    laps = [np.flatnonzero(inside & (lap == number)) for number, _ in session.run.lap_times_s]
    slowest = [ticks[speed[ticks].argmin()] for ticks in laps if ticks.size]
    return float(np.median(station[slowest])), float(np.median(speed[slowest]))


def _brakes(session: _Session, corner: Corner) -> float | None:
    """Where he usually begins to brake for a corner, m: median over the laps on which he does; None where he never does."""
    station, brake, lap = (session.recording.column(name) for name in ("lap_dist_m", "brake_raw_frac", "lap_number"))
    braking = (station >= min(corner.start_m, corner.turn_in_m)) & (station <= corner.turn_out_m) & (brake > BRAKING)
    laps = [np.flatnonzero(braking & (lap == number)) for number, _ in session.run.lap_times_s]
    begun = [station[ticks[0]] for ticks in laps if ticks.size]
    return float(np.median(begun)) if begun else None


def circuit_corner_of(
    circuit: Sequence[CircuitCorner], corner: Corner, slowest_at_m: float, brakes_at_m: float | None = None
) -> int | None:
    """The circuit's corner that a cue about the engine's corner is obeyed at; None where the circuit has none.

    One turn to the engine can be several to the circuit, and its apex then lies between them: the driver acts at the one where he
    is slowest, and with the brake (`brakes_at_m`) at the first whose middle he has not passed yet when he begins.
    """
    there = [one for one in circuit if one.start_m < corner.turn_out_m and one.end_m > corner.turn_in_m]
    if brakes_at_m is not None and (to_come := [one for one in there if 0.5 * (one.start_m + one.end_m) > brakes_at_m]):
        return to_come[0].number
    return min(there, key=lambda one: max(one.start_m - slowest_at_m, slowest_at_m - one.end_m, 0.0)).number if there else None


def left_where_felt(events: Sequence[RunEvent], circuit: Circuit, corner: int) -> frozenset[int]:
    """The laps on which the car left the track or spun where a change at this corner is felt.

    From the end of the corner before to the start of the second one after it: by then his speed is again what it would have been
    (docs/exam.md), and a driver at his limit leaves the track, or stays on it, by a centimetre a second.
    """
    corners = circuit.corners
    k = next(i for i, one in enumerate(corners) if one.number == corner)
    first_m, last_m = corners[k - 1].end_m, corners[(k + 2) % len(corners)].start_m
    stretch_m = (last_m - first_m) % circuit.length_m
    return frozenset(one.lap for one in events if one.kind in LEFT_TRACK and (one.station_m - first_m) % circuit.length_m <= stretch_m)


def _reading(cluster: str, session: _Session, candidate: Candidate, cue: Event, half: Followed, full: Followed) -> CueReading:
    return CueReading(
        cluster=cluster,
        lap=cue.lap,
        corner=cue.corner,
        cause=cue.cause,
        claim=candidate.claim.value,
        promised_s=cue.gain_s,
        half_gain_s=half.gain_s,
        gain_s=full.gain_s,
        led_off=full.more_left(cue.lap) > 0,
        kept_on=full.more_left(cue.lap) < 0,
        off_anywhere=full.more_anywhere > 0,
        left_s=_time_left(session.recording, cue),
    )


def _time_left(recording: Recording, cue: Event) -> float:
    """From the end of the clip to the first touch of the brake or turn of the car after it, s: by what really happened."""
    time = recording.column("session_time_s")
    lateral = steady_lateral(recording.column("speed_mps") * recording.column("yaw_rate_radps"), time)
    busy = (recording.column("brake_raw_frac") > BRAKING) | (np.abs(lateral) > TURNING_MPS2)
    after = np.flatnonzero(busy & (time >= cue.t_s))
    return float(time[after[0]] - cue.t_s - cue.spoken_s) if after.size else float("inf")

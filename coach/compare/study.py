"""Laps of one car on one track, made ready to be compared: traces, paths, track map, phases, car, scatter.

It opens no file and chooses no reference; it takes recordings that are open already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from coach.compare.find_phases import phases_of_lap
from coach.compare.pair import Scatter
from coach.compare.phases import CornerPhases
from coach.compare.scatter import PRIOR, PRIOR_BETWEEN, measure_scatter
from coach.errors import Incomparable, LapNotFound, NoCompleteLap
from coach.laps.crossings import find_laps
from coach.laps.lap import Lap, LapKind
from coach.laps.length import track_length_of
from coach.laps.resample import trace_lap, trace_laps
from coach.laps.trace import LapTrace
from coach.physics.car import CarModel
from coach.physics.envelope import learn_car
from coach.physics.potential import potential_lap
from coach.telemetry.recording import Recording
from coach.track.align import with_offset
from coach.track.build import build_track_map
from coach.track.map import TrackMap
from coach.track.path import LapPath
from coach.track.reckon import path_of

# Learning gains nothing visible from more laps than this and costs time on a three-hour recording: scatter of a median over 12
# laps is known to about 20 %.
LEARNING_LAPS = 12
# iRacing states lengths to 10 m, and streams know theirs to a few metres; other configurations differ by far more.
SAME_LENGTH = 0.02


@dataclass(frozen=True, slots=True)
class Drive:
    """A recording with its laps."""

    recording: Recording
    laps: tuple[Lap, ...]

    @property
    def timed(self) -> tuple[Lap, ...]:
        """Laps with a time, clean or not."""
        return tuple(lap for lap in self.laps if lap.kind is LapKind.TIMED)

    @property
    def clean(self) -> tuple[Lap, ...]:
        """Laps that count and have nothing against them."""
        return tuple(lap for lap in self.laps if lap.clean)

    def lap(self, number: int) -> Lap:
        """The timed lap with the simulator's number. LapNotFound: it is not there, or has no time."""
        for lap in self.timed:
            if lap.number == number:
                return lap
        have = ", ".join(str(lap.number) for lap in self.timed) or "none"
        raise LapNotFound(f"{self.recording.path}: no complete lap {number}; complete laps: {have}. `racing-coach laps` lists them all.")


def open_drive(recording: Recording) -> Drive:
    """Find the laps of a recording."""
    return Drive(recording, find_laps(recording))


@dataclass(frozen=True, slots=True)
class StudyLap:
    """A lap with everything measured on it. `file` is where it comes from."""

    file: str
    trace: LapTrace = field(repr=False)
    path: LapPath = field(repr=False)
    phases: tuple[CornerPhases, ...] = field(repr=False)

    @property
    def lap(self) -> Lap:
        """The lap itself."""
        return self.trace.lap


@dataclass(slots=True)
class Study:
    """One car on one track: what was learned from the learning laps, and any lap of the drives on demand."""

    drives: tuple[Drive, ...]
    track: TrackMap
    car: CarModel
    _laps: dict[tuple[int, int], tuple[Drive, StudyLap]] = field(default_factory=dict, repr=False)

    def lap(self, drive: Drive, lap: Lap) -> StudyLap:
        """The measured lap; kept, because a reference is asked for again and again."""
        key = (id(drive), lap.first)
        if key not in self._laps:
            self._laps[key] = (drive, self.measured(drive, lap))  # with the drive itself: an id is given again once its object is gone
        return self._laps[key][1]

    def measured(self, drive: Drive, lap: Lap) -> StudyLap:
        """The same for a lap that is asked for once: it is not kept."""
        trace = trace_lap(drive.recording, lap, self.track.length_m)
        path = with_offset(path_of(trace), trace, self.track)
        return StudyLap(str(drive.recording.path), trace, path, phases_of_lap(trace, path, self.track.corners))

    def potential(self, drive: Drive) -> StudyLap:
        """The potential lap of this drive's learning laps; its file is "potential"."""
        return self.potential_of([self.lap(drive, lap) for lap in learning_laps(drive)])

    def potential_of(self, laps: Sequence[StudyLap]) -> StudyLap:
        """The potential lap of one driver's laps; its file is "potential"."""
        made = potential_lap([lap.trace for lap in laps], [lap.path for lap in laps], self.track, self.car)
        return StudyLap("potential", made.trace, made.path, phases_of_lap(made.trace, made.path, self.track.corners))

    def scatter(self, laps: Sequence[StudyLap]) -> Scatter:
        """Scatter of a set of laps; laps of several recordings are taken for laps of several drivers."""
        prior = PRIOR if len({lap.file for lap in laps}) <= 1 else PRIOR_BETWEEN
        return measure_scatter(
            [lap.trace for lap in laps], [lap.path for lap in laps], [lap.phases for lap in laps], self.track.corners, prior
        )


def learning_laps(drive: Drive) -> tuple[Lap, ...]:
    """The laps to learn from: clean ones, else timed ones; the fastest, because they tell most about car and track."""
    laps = drive.clean or drive.timed
    return tuple(sorted(laps, key=lambda lap: lap.lap_time_s)[:LEARNING_LAPS])


def prepare(drives: Sequence[Drive], track: TrackMap | None = None) -> Study:
    """Learn track and car from the drives; a given map fixes the corners and the length.

    Raises NoCompleteLap when no drive has a timed lap, Incomparable when they are not one car on one track.
    """
    traces = _learning_traces(drives, track)
    track = track or build_track_map(traces)
    paths = [with_offset(path_of(trace), trace, track) for trace in traces]
    return Study(tuple(drives), track, learn_car(traces, paths, track=track))


def map_from(drives: Sequence[Drive], previous: TrackMap | None) -> TrackMap:
    """The track map these drives give, or what they make of a previous one. Errors as of `prepare`."""
    return build_track_map(_learning_traces(drives, previous), previous)


def _learning_traces(drives: Sequence[Drive], track: TrackMap | None) -> list[LapTrace]:
    """Traces of all learning laps on one station grid."""
    usable = [drive for drive in drives if drive.timed]
    if not usable:
        raise NoCompleteLap(_no_lap(drives))
    check_same(usable)
    length_m = track.length_m if track else track_length_of(usable[0].recording)
    return [trace for drive in usable for trace in trace_laps(drive.recording, learning_laps(drive), length_m)]


def _no_lap(drives: Sequence[Drive]) -> str:
    paths = ", ".join(str(drive.recording.path) for drive in drives)
    found = ", ".join(f"{lap.kind} lap {lap.number}" for drive in drives for lap in drive.laps) or "nothing"
    return f"{paths}: no complete lap from line to line (found: {found}). Drive at least one full lap, or give another recording."


def check_same(drives: Sequence[Drive], called: str = "") -> None:
    """Same car, same track and configuration, as far as the files say. Incomparable: they are not; the first is `called` so, else by its file."""
    first = drives[0].recording
    first_name = called or str(first.path)
    length_m = track_length_of(first)
    for drive in drives[1:]:
        other = drive.recording
        for what, name in (("car", "car_id"), ("car", "car_name"), ("track", "track_id"), ("track configuration", "track_config")):
            mine, theirs = getattr(first.session, name), getattr(other.session, name)
            if mine and theirs and mine != theirs and first.session.source == other.session.source:
                raise Incomparable(f"{other.path}: {what} is {theirs!r}, but {first_name} has {mine!r}. Compare laps of one {what}.")
        theirs_m = track_length_of(other)
        if np.isfinite(theirs_m) and abs(theirs_m / length_m - 1.0) > SAME_LENGTH:
            raise Incomparable(
                f"{other.path}: the track is {theirs_m:.0f} m long, but {length_m:.0f} m in {first_name}. Compare laps of one track configuration."
            )

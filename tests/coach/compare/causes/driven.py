"""Pairs of laps made from the sets of the other simulator, through our own reader and everything between it and a pair."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from coach.compare.pair import LapPair, Scatter
from coach.compare.study import Drive, Study, StudyLap, open_drive, prepare
from coach.laps.lap import Lap
from coach.telemetry.sources import open_recording
from tests.coach.compare.causes.judging import Case
from tests.othersim_sets import BASE_FILE, SINGLE_FILE, clean_laps, ibt_path, single_mistakes, typical_clean_lap


@cache
def drive_of(set_name: str, file: str) -> Drive:
    """The recording with its laps."""
    return open_drive(open_recording(ibt_path(set_name, file)))


@cache
def study_of(set_name: str, *files: str) -> Study:
    """Track and car, learned from the files."""
    return prepare([drive_of(set_name, file) for file in files])


def pair_of(study: Study, own: StudyLap, reference: StudyLap, scatter: Scatter) -> LapPair:
    """Two laps of a study beside each other."""
    corners = study.track.corners
    return LapPair(
        own.trace, reference.trace, own.path, reference.path, study.track, corners, own.phases, reference.phases, study.car, scatter
    )


@cache
def single_cases(set_name: str) -> tuple[Case, ...]:
    """Every lap with one mistake beside the most typical clean lap of its session."""
    drive, study = drive_of(set_name, SINGLE_FILE), study_of(set_name, SINGLE_FILE)
    laps = {number: study.lap(drive, drive.lap(number)) for number in _numbers(drive)}
    scatter = study.scatter([laps[number] for number in clean_laps(set_name) if number in laps])
    reference = laps[typical_clean_lap(set_name)]
    return tuple(
        Case(mistake, pair_of(study, laps[mistake.lap], reference, scatter)) for mistake in single_mistakes(set_name) if mistake.lap in laps
    )


@cache
def habit_pairs(set_name: str, file: str) -> tuple[LapPair, ...]:
    """Every complete lap of a noisy driver beside the external reference: the fastest lap of the baseline run."""
    study = study_of(set_name, file, BASE_FILE)
    drive, base = drive_of(set_name, file), drive_of(set_name, BASE_FILE)
    laps = [study.lap(drive, lap) for lap in drive.timed]
    reference = study.lap(base, fastest(base.timed))
    return tuple(pair_of(study, lap, reference, study.scatter(laps)) for lap in laps)


def fastest(laps: Sequence[Lap]) -> Lap:
    """The lap with the shortest time."""
    return min(laps, key=lambda lap: lap.lap_time_s)


def _numbers(drive: Drive) -> tuple[int, ...]:
    return tuple(lap.number for lap in drive.timed)

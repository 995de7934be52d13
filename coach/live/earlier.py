"""Laps of earlier sessions: what the driver showed there is known before he has shown it again.

A habit that cost time on the last laps of the day before, and on the first lap of today, need not be proven anew by three laps of
today. Earlier laps count only as laps of the same driver in the same conditions; what is said still needs the newest lap to show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from coach.compare.study import Drive, StudyLap, check_same
from coach.errors import RacingCoachError
from coach.laps.comparable import conditions_of
from coach.laps.comparable import differences as unlike
from coach.laps.length import track_length_of
from coach.laps.resample import trace_lap


def before_this_session(drives: Sequence[Drive]) -> list[Drive]:
    """The same laps, one in each drive, oldest first, with numbers below 0 (the newest is -1): none of them is a lap of this session."""
    count = len(drives)
    return [Drive(one.recording, (replace(one.timed[0], number=k - count),)) for k, one in enumerate(drives)]


def comparable_earlier(earlier: Sequence[Drive], newest: Drive, at_most: int) -> list[Drive]:
    """Those of the same car and track, driven in the newest lap's conditions, the newest `at_most` of them, oldest first.

    A lap that cannot be read as one is left out: it is nobody's reference, and its absence costs no more than some laps of proof.
    """
    if not earlier or at_most <= 0:
        return []
    length_m = track_length_of(newest.recording)
    now = conditions_of(trace_lap(newest.recording, newest.timed[-1], length_m))
    found: list[Drive] = []
    for one in reversed(earlier):
        try:
            check_same([newest, one])
            alike = not unlike(conditions_of(trace_lap(one.recording, one.timed[0], length_m)), now)
        except (RacingCoachError, ArithmeticError, LookupError, ValueError):
            continue
        if alike:
            found.append(one)
        if len(found) == at_most:
            break
    return found[::-1]


def same_lap(one: StudyLap, other: StudyLap) -> bool:
    """Whether they are one lap, though read from two files."""
    return (one.lap.start_s, one.lap.end_s) == (other.lap.start_s, other.lap.end_s)

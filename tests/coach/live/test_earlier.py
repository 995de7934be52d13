"""Laps of earlier sessions as proof: the demonstration session's first laps are the day before, its last ones today."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from coach.compare.cause import Cause
from coach.compare.comparison import ReferenceKind
from coach.compare.study import Drive, open_drive
from coach.cues.topic import Topic
from coach.live.analyst import Analyst
from coach.live.earlier import before_this_session, comparable_earlier
from coach.live.kept import MAP_LAPS, NEWEST_KEPT
from coach.telemetry.recording import Recording
from tests.coach.live.test_analyst import SETTINGS, altered, changed, laps

pytestmark = pytest.mark.xdist_group("session")


@cache
def clean() -> tuple[Recording, ...]:
    return tuple(lap for lap in laps() if open_drive(lap).timed[-1].clean)


def as_drive(lap: Recording) -> Drive:
    return Drive(lap, (open_drive(lap).timed[-1],))


def knowing(*yesterday: Recording) -> Analyst:
    analyst = Analyst(SETTINGS)
    analyst.recall([as_drive(lap) for lap in yesterday])
    return analyst


def test_the_first_lap_says_what_three_laps_would_have_had_to_prove():
    reference, *yesterday, today = clean()[0], *clean()[3:7]  # he brakes early for the third corner from his fourth lap on
    throughout, knows, alone = Analyst(SETTINGS), knowing(*yesterday), Analyst(SETTINGS)
    for analyst in (throughout, knows, alone):
        analyst.given = (as_drive(reference),)
    for lap in yesterday:
        throughout.add(lap)
    told, expected = knows.add(today), throughout.add(today).found
    assert [lap.number for lap in told.seen[ReferenceKind.EXTERNAL]] == [-3, -2, -1, told.lap.number]
    assert [lap.earlier for lap in told.seen[ReferenceKind.EXTERNAL]] == [True] * 3 + [False]
    assert Topic(3, Cause.BRAKE_EARLY) in [one.topic for one in expected]
    assert [(one.topic, one.claim, one.n) for one in told.found] == [(one.topic, one.claim, one.n) for one in expected]
    assert {one.n_earlier for one in told.found} == {3}
    assert alone.add(today).found == ()


def test_the_reference_of_this_session_is_a_lap_of_this_session():
    fast, *rest = sorted(clean(), key=lambda lap: open_drive(lap).timed[-1].lap_time_s)
    analyst = knowing(fast)
    first, second = analyst.add(rest[0]), analyst.add(rest[1])
    assert list(first.seen) == [ReferenceKind.POTENTIAL]
    assert second.rule == f"your best clean lap of this session, lap {first.lap.number}"
    assert not first.is_best


def test_a_lap_that_is_the_reference_is_not_held_against_itself():
    fast, slow, today = clean()[:3]
    analyst = knowing(fast, slow)
    analyst.given, analyst.given_is_own = (as_drive(fast),), True
    seen = analyst.add(today).seen[ReferenceKind.OWN]
    best = min((fast, slow, today), key=lambda lap: open_drive(lap).timed[-1].lap_time_s)
    assert best is fast
    assert [lap.number for lap in seen] == [-1, open_drive(today).timed[-1].number]


def test_other_conditions_or_another_track_prove_nothing():
    one, hot, elsewhere, today = clean()[:4]
    hot = altered(hot, track_temp_c=hot.column("track_temp_c") + 25.0)
    yesterday = before_this_session([Drive(lap, as_drive(one).laps) for lap in (one, hot, changed(elsewhere, track_id="elsewhere"))])
    found = comparable_earlier(yesterday, as_drive(today), NEWEST_KEPT)
    assert [drive.timed[0].number for drive in found] == [-3]


def test_an_earlier_lap_that_cannot_be_analyzed_spoils_nothing():
    broken = altered(clean()[0], speed_mps=np.full(clean()[0].n_ticks, np.nan))
    analyst = Analyst(SETTINGS)
    analyst.recall([Drive(broken, as_drive(clean()[0]).laps)])
    report = analyst.add(clean()[1])
    assert report.note == ""
    assert [lap.number for lap in report.seen[ReferenceKind.POTENTIAL]] == [report.lap.number]


def test_new_laps_take_the_place_of_earlier_ones():
    analyst = knowing(*clean()[:3])
    reports = [analyst.add(lap) for lap in clean()[3:]]
    numbers = [[lap.number for lap in report.seen[ReferenceKind.POTENTIAL]] for report in reports]
    assert [sum(number < 0 for number in one) for one in numbers] == [max(0, min(3, NEWEST_KEPT - k)) for k in range(1, len(reports) + 1)]


def test_corners_stay_as_they_are_from_the_first_lap_on_when_enough_is_known():
    analyst = knowing(*clean()[: MAP_LAPS - 1])
    first, second = (analyst.add(lap) for lap in clean()[3:5])
    assert first.map_fixed
    assert second.track is first.track

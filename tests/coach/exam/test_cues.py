"""Part A5 in its small form: what the live coach says on two drives of the proving ground is true, useful and in time."""

from __future__ import annotations

import pytest

from coach.compare.cause import Cause
from coach.exam.cue_sitting import coached
from coach.exam.obeyed import obeyed
from coach.exam.papers import CueReading
from coach.exam.world import place_of
from coach.sim.plan import Habit

pytestmark = pytest.mark.xdist_group("exam")


@pytest.fixture(scope="module", params=[True, False], ids=["external reference", "own laps only"])
def cues(request: pytest.FixtureRequest) -> tuple[CueReading, ...]:
    return coached("tsukuba skip-barber intermediate", place_of("tsukuba", "skip-barber", "intermediate", 1.0, 14), external=request.param)


def test_a_driver_with_habits_is_spoken_to(cues: tuple[CueReading, ...]) -> None:
    assert 2 <= len(cues) <= 14  # at most one correction a lap


def test_cues_gain_time_when_followed(cues: tuple[CueReading, ...]) -> None:
    assert sum(cue.gain_s > 0.0 for cue in cues) >= 0.9 * len(cues)
    assert not any(cue.led_off for cue in cues)


def test_cues_end_before_the_driver_acts(cues: tuple[CueReading, ...]) -> None:
    assert all(cue.left_s >= 1.0 for cue in cues)


def test_a_cue_about_what_he_does_not_do_gains_nothing() -> None:
    assert obeyed(Cause.LINE, {}, Habit(), 20.0, 1.0) == Habit()
    assert obeyed(Cause.BRAKE_EARLY, {"brake_on_earlier_m": -4.0}, Habit(), 20.0, 1.0) == Habit()


def test_half_followed_is_half_the_change() -> None:
    full, half = (obeyed(Cause.BRAKE_EARLY, {"brake_on_earlier_m": 12.0}, Habit(), 20.0, share) for share in (1.0, 0.5))
    assert (full.brake_shift_m, half.brake_shift_m) == (12.0, 6.0)

"""Part A5 in its small form: what the live coach says on two drives of the proving ground is true, useful and in time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coach.compare.cause import Cause
from coach.exam.cue_sitting import Followed, circuit_corner_of, coached, left_where_felt
from coach.exam.papers import CueReading
from coach.exam.world import place_of
from coach.sim.circuit import CircuitCorner, load_circuit
from coach.sim.happened import RunEvent
from coach.sim.obeyed import obeyed
from coach.sim.plan import Habit
from coach.track.map import Corner

pytestmark = pytest.mark.xdist_group("exam")


@pytest.fixture(scope="module", params=[True, False], ids=["external reference", "own laps only"])
def cues(request: pytest.FixtureRequest) -> tuple[CueReading, ...]:
    return coached("tsukuba skip-barber intermediate", place_of("tsukuba", "skip-barber", "intermediate", 1.0, 14), external=request.param)


def test_a_driver_with_habits_is_spoken_to(cues: tuple[CueReading, ...]) -> None:
    assert 2 <= len(cues) <= 14  # at most one correction a lap


def test_cues_gain_time_when_followed(cues: tuple[CueReading, ...]) -> None:
    assert sum(cue.gain_s > 0.0 for cue in cues) >= 0.9 * len(cues)
    assert not any(cue.led_off or cue.off_anywhere for cue in cues)


def test_cues_end_before_the_driver_acts(cues: tuple[CueReading, ...]) -> None:
    assert all(cue.left_s >= 1.0 for cue in cues)


@pytest.mark.parametrize(
    ("corner", "station_m", "felt"),
    [
        (2, 450.0, True),  # braking for it
        (2, 690.0, True),
        (2, 880.0, True),  # on the way out of the next
        (2, 150.0, False),
        (2, 950.0, False),  # in the second one after it
        (4, 150.0, True),  # over the line
        (4, 650.0, False),
        (1, 1050.0, True),  # braking for it begins on the lap before
    ],
)
def test_an_excursion_counts_for_a_cue_where_it_is_felt(corner: int, station_m: float, felt: bool) -> None:
    circuit = load_circuit("tsukuba")
    corners = tuple(CircuitCorner(k, "", 1, at, at + 50.0, at + 100.0) for k, at in ((1, 100.0), (2, 500.0), (3, 700.0), (4, 900.0)))
    circuit = replace(circuit, corners=corners, length_m=1200.0)
    events = [RunEvent("spin", 3, station_m, 0.0, 0.0, 0.0), RunEvent("lockup", 5, 500.0, 0.0, 0.0, 0.0)]
    assert left_where_felt(events, circuit, corner) == ({3} if felt else set())


def test_no_lap_before_a_cue_is_its_doing() -> None:
    followed = Followed(0.05, left=frozenset({3, 9}), usually_left=frozenset({4}))
    assert [followed.more_left(lap) for lap in (1, 4, 5, 9, 10)] == [1, 0, 1, 1, 0]


def test_a_cue_about_what_he_does_not_do_gains_nothing() -> None:
    assert obeyed(Cause.LINE, {}, Habit(), 20.0, 1.0) == Habit()
    assert obeyed(Cause.BRAKE_EARLY, {"brake_on_earlier_m": -4.0}, Habit(), 20.0, 1.0) == Habit()


def test_who_stays_on_the_throttle_carries_the_speed_that_he_lifted_off() -> None:
    assert obeyed(Cause.LIFT, {}, Habit(v_min_frac=0.8), 20.0, 1.0).v_min_frac == pytest.approx(1.25)
    assert obeyed(Cause.LIFT, {}, Habit(), 20.0, 1.0) == Habit()


def turn(turn_in_m: float, turn_out_m: float) -> Corner:
    return Corner(1, "Turn 1", 1, turn_in_m - 100.0, turn_in_m, 0.5 * (turn_in_m + turn_out_m), turn_out_m, turn_out_m + 100.0)


@pytest.mark.parametrize(("slowest_at_m", "number"), [(560.0, 2), (640.0, 2), (660.0, 3), (760.0, 3)])
def test_of_several_corners_in_one_turn_the_cue_is_obeyed_where_he_is_slowest(slowest_at_m: float, number: int) -> None:
    """The apex of the whole turn, 650 m, lies in neither: such cues used to count as about a corner that does not exist."""
    circuit = [CircuitCorner(k, "", 1, start, start + 50.0, start + 100.0) for k, start in ((1, 100.0), (2, 500.0), (3, 700.0))]
    assert circuit_corner_of(circuit, turn(540.0, 760.0), slowest_at_m) == number
    assert circuit_corner_of(circuit, turn(240.0, 400.0), 300.0) is None


@pytest.mark.parametrize(("brakes_at_m", "number"), [(450.0, 2), (540.0, 2), (560.0, 3), (710.0, 3), (780.0, 3), (None, 3)])
def test_a_cue_about_the_brake_is_obeyed_at_the_corner_that_is_braked_for(brakes_at_m: float | None, number: int) -> None:
    """Braked for the first of two, slowest in the second: "brake later" used to change nothing and to count as wrong."""
    circuit = [CircuitCorner(k, "", 1, start, start + 50.0, start + 100.0) for k, start in ((1, 100.0), (2, 500.0), (3, 700.0))]
    assert circuit_corner_of(circuit, turn(540.0, 760.0), 720.0, brakes_at_m) == number


def test_half_followed_is_half_the_change() -> None:
    full, half = (obeyed(Cause.BRAKE_EARLY, {"brake_on_earlier_m": 12.0}, Habit(), 20.0, share) for share in (1.0, 0.5))
    assert (full.brake_shift_m, half.brake_shift_m) == (12.0, 6.0)

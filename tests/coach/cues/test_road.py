from __future__ import annotations

import numpy as np
import pytest

from coach.compare.phases import CornerPhases
from coach.cues.action import action_of
from coach.cues.road import STEADY_S, road_of, steady_lateral
from coach.laps.crossings import find_laps
from coach.laps.resample import trace_lap
from tests.coach.cues.made import LENGTH_M, corner, road
from tests.coach.laps.drives import LENGTH_M as DRIVE_M
from tests.coach.laps.drives import drive, lap_time, recording


def test_times_go_on_over_the_line():
    on = road(50.0)
    assert on.time_at(LENGTH_M + 100.0) == pytest.approx(on.time_at(100.0) + LENGTH_M / 50.0)
    assert on.station_at(on.time_at(1234.5)) == pytest.approx(1234.5)


def test_quiet_runs_come_latest_first_and_are_cut_to_the_span():
    on = road(50.0)
    runs = on.quiet_runs(on.time_at(100.0), on.time_at(900.0))
    assert [(round(begin * 50), round(end * 50)) for begin, end in runs] == [(420, 799), (100, 299)]


def made_road(brake=None, brake_raw=None, yaw=None):
    columns = drive(laps=2.5)
    station = columns["lap_dist_m"]
    for name, where in (("brake_frac", brake), ("brake_raw_frac", brake_raw), ("yaw_rate_radps", yaw)):
        if where is not None:
            columns[name] = np.where((station >= where[0]) & (station < where[1]), 0.5, 0.0)
    recorded = recording(columns)
    lap = next(one for one in find_laps(recorded) if one.clean)
    return road_of([trace_lap(recorded, lap, DRIVE_M)], [], [], 3.0)


def test_a_lap_gives_three_laps_of_its_own_times():
    on = made_road()
    assert on.time_s[-1] == pytest.approx(3 * lap_time(), abs=1e-3)
    assert np.all(np.diff(on.time_s) > 0.0)
    assert on.quiet.all()
    assert on.time_s.shape == on.speed_mps.shape == on.quiet.shape


@pytest.mark.parametrize("channel", ["brake", "brake_raw", "yaw"])
def test_braking_and_turning_are_not_quiet(channel):
    on = made_road(**{channel: (500.0, 600.0)})
    busy = np.flatnonzero(~on.quiet[: round(DRIVE_M / on.step_m)]) * on.step_m
    reach_m = 3.0 if channel != "yaw" else STEADY_S / 2 * 60.0  # turning is told from a mean over half a second
    assert busy[0] == pytest.approx(500.0, abs=reach_m)
    assert busy[-1] == pytest.approx(600.0, abs=reach_m)


def bends(lateral_mps2, n=8, sd_mps2=0.0, seed=1):
    """n laps of a circuit that is straight but for a long bend from 500 to 900 m, turned with this lateral acceleration on average."""
    rng, made = np.random.default_rng(seed), []
    for _ in range(n):
        columns = drive(laps=2.5)
        station, speed = columns["lap_dist_m"], columns["speed_mps"]
        inside = (station >= 500.0) & (station < 900.0)
        columns["yaw_rate_radps"] = np.where(inside, lateral_mps2 + sd_mps2 * rng.standard_normal(), 0.0) / np.maximum(speed, 1.0)
        recorded = recording(columns)
        made.append(trace_lap(recorded, next(one for one in find_laps(recorded) if one.clean), DRIVE_M))
    return made


def quiet_in_the_bend(traces):
    on = road_of(traces, [], [[] for _ in traces], 3.0)
    at = np.arange(on.quiet.size) * on.step_m
    return bool(on.quiet[(at > 550.0) & (at < 850.0)].all())


def test_a_bend_in_which_the_next_lap_may_turn_is_not_quiet():
    """On none of the eight laps he turns there, at 2.7 of 3 m/s2; with a spread of 0.2 the next one will at times."""
    assert quiet_in_the_bend(bends(2.7))
    assert quiet_in_the_bend(bends(1.5, sd_mps2=0.2))
    assert not quiet_in_the_bend(bends(2.7, sd_mps2=0.2))
    assert quiet_in_the_bend(bends(2.7, n=1))


def test_of_many_next_laps_hardly_one_turns_where_it_is_quiet():
    turned = told = 0
    for seed in range(60):
        *laps, following = bends(2.2, n=6, sd_mps2=0.25, seed=seed)
        if quiet_in_the_bend(laps):
            told += 1
            turned += not quiet_in_the_bend([following])
    assert told > 30
    assert turned <= 0.03 * told


def wobbles(length_m, sd_mps2, n=4, bent_mps2=0.0, elsewhere_mps2=0.0):
    """n laps of a straight circuit; at 700 m the hands differ from lap to lap by this, over that length, around a bend of `bent_mps2`."""
    made = []
    for k in range(n):
        columns = drive(laps=2.5)
        station, speed = columns["lap_dist_m"], columns["speed_mps"]
        inside = (station >= 700.0) & (station < 700.0 + length_m)
        sign = (-1.0) ** k
        columns["yaw_rate_radps"] = np.where(inside, bent_mps2 + sd_mps2 * sign, elsewhere_mps2 * sign) / np.maximum(speed, 1.0)
        recorded = recording(columns)
        made.append(trace_lap(recorded, next(one for one in find_laps(recorded) if one.clean), DRIVE_M))
    return made


def test_a_spot_where_hands_differ_parts_no_straight_but_a_stretch_does():
    """Drivers whose hands tremble, novices, had no straight left to be spoken to on."""
    for length_m, whole in ((20.0, True), (90.0, False)):
        on = road_of(wobbles(length_m, 2.0), [], [[]] * 4, 3.0)
        at = np.arange(on.quiet.size) * on.step_m
        assert bool(on.quiet[(at > 500.0) & (at < 1000.0)].all()) is whole, length_m


def test_a_spot_that_is_a_bend_parts_a_straight_when_hands_like_his_may_turn_there():
    """A kink at 2.2 of 3 m/s2: no lap turned there yet, but his hands differ by half of that limit everywhere."""
    for elsewhere_mps2, whole in ((0.1, True), (0.7, False)):
        on = road_of(wobbles(12.0, 0.7, bent_mps2=2.2, elsewhere_mps2=elsewhere_mps2), [], [[]] * 4, 3.0)
        at = np.arange(on.quiet.size) * on.step_m
        assert bool(on.quiet[(at > 690.0) & (at < 730.0)].all()) is whole, elsewhere_mps2


def test_a_spot_in_which_one_lap_turned_is_not_quiet():
    on = road_of(wobbles(20.0, 14.0), [], [[]] * 4, 3.0)
    at = np.arange(on.quiet.size) * on.step_m
    assert not on.quiet[(at > 690.0) & (at < 730.0)].all()


def test_trembling_hands_turn_nothing():
    time = np.arange(0.0, 10.0, 1 / 60)
    assert np.abs(steady_lateral(8.0 * np.sin(2 * np.pi * 2.0 * time), time)[30:-30]).max() < 1.0
    assert steady_lateral(np.full(time.size, 4.0), time) == pytest.approx(4.0)


def test_a_driver_acts_before_his_first_movement_on_one_lap_of_a_hundred():
    drawn = np.random.default_rng(1).normal(300.0, 4.0, 400)
    laps = [CornerPhases(lift_m=360.0, brake_on_m=float(at), turn_in_m=350.0) for at in drawn]
    assert np.mean(drawn < action_of(corner(1), laps)) == pytest.approx(0.01, abs=0.01)
    odd = [*laps[:8], CornerPhases(brake_on_m=100.0)]  # one lap on which he did something else
    assert action_of(corner(1), odd) > 280.0
    assert action_of(corner(1), [CornerPhases(turn_in_m=350.0)]) == 350.0
    assert action_of(corner(1), [CornerPhases()]) == corner(1).turn_in_m


@pytest.mark.parametrize(("n", "at_most"), [(4, 0.05), (6, 0.045), (8, 0.04)])
def test_of_few_laps_the_next_action_is_hardly_ever_earlier(n, at_most):
    """With the normal quantile instead of Student's it was 12, 8 and 6 of a hundred."""
    drawn = np.random.default_rng(n).normal(300.0, 4.0, (2000, n + 1))
    earlier = [row[-1] < action_of(corner(1), [CornerPhases(brake_on_m=float(at)) for at in row[:-1]]) for row in drawn]
    assert np.mean(earlier) <= at_most

"""The potential lap: what a driver's own laps say he could do."""

from __future__ import annotations

import numpy as np
import pytest

from coach.demo import demo_session
from coach.laps.crossings import find_laps
from coach.laps.resample import trace_laps
from coach.physics.envelope import learn_car
from coach.physics.potential import potential_lap
from coach.physics.quasi_steady import quasi_steady_lap, time_of
from coach.track.path import PathSource
from coach.track.reckon import path_of
from tests.coach.physics.synthetic import CAR, LENGTH, circuit, lap_at, lap_at_limit


def potential_of(*laps):
    traces, paths = [trace for trace, _ in laps], [path for _, path in laps]
    return potential_lap(traces, paths, None, learn_car(traces, paths))


def with_a_slow_corner(kappa, share=0.93):
    """A lap at the limit but for the corner around station 1000, taken at this share of the speed it allows."""
    v = quasi_steady_lap(kappa, 1.0, CAR)
    cap = np.where(np.abs(np.arange(LENGTH) - 1000) < 100, share * v, np.nan)
    return lap_at(quasi_steady_lap(kappa, 1.0, CAR, v_cap_mps=cap), kappa)


def inside(trace, name):
    return trace.grid[name][trace.start : trace.stop]


def test_it_is_never_slower_than_the_lap_whose_line_it_takes():
    lap = with_a_slow_corner(circuit())
    potential = potential_of(lap)
    assert np.all(inside(potential.trace, "speed_mps") >= inside(lap[0], "speed_mps"))
    assert potential.trace.lap.lap_time_s <= lap[0].lap.lap_time_s


def test_the_corner_driven_badly_holds_the_gain():
    kappa = circuit()
    lap = with_a_slow_corner(kappa)
    gained = inside(lap[0], "time_s") - inside(potential_of(lap).trace, "time_s")
    lost = lap[0].lap.lap_time_s - time_of(quasi_steady_lap(kappa, 1.0, CAR), 1.0)
    there = gained[1200] - gained[800]
    assert there == pytest.approx(lost, rel=0.3)
    assert there > 0.6 * gained[-1]


def test_a_corner_taken_far_too_slowly_is_asked_for_a_tenth_more_and_no_further():
    kappa = circuit()
    lap = with_a_slow_corner(kappa, share=0.6)
    own, asked = inside(lap[0], "speed_mps"), inside(potential_of(lap).trace, "speed_mps")
    at = 950 + np.argmin(own[950:1050])
    assert asked[at] == pytest.approx(1.1 * own[at], rel=1e-6)


def test_a_lap_at_the_limit_has_hardly_any_potential_left():
    lap = lap_at_limit(circuit())
    time = lap[0].lap.lap_time_s
    assert 0.99 * time <= potential_of(lap).trace.lap.lap_time_s <= time


def test_it_takes_the_better_of_two_lines():
    wide, tight = circuit(), 1.1 * circuit()
    laps = [lap_at_limit(tight, number=1), lap_at_limit(wide, number=2)]
    assert potential_of(*laps).line_of == 1


def test_it_claims_no_more_than_the_car_can_do_on_that_line():
    kappa = circuit()
    traces, paths = zip(*(lap_at_limit(kappa, share=share) for share in (0.9, 0.95, 1.0)), strict=True)
    car = learn_car(traces, paths)
    qss_s = time_of(quasi_steady_lap(kappa, 1.0, car), 1.0)
    assert potential_lap(traces, paths, None, car).trace.lap.lap_time_s > 0.99 * qss_s


def test_one_lap_alone_shows_which_corner_was_driven_badly():
    recording, truth = demo_session(1)
    lap = next(lap for lap in find_laps(recording) if lap.number == 4)
    worst = max((mistake for mistake in truth.mistakes if mistake.lap == 4), key=lambda mistake: mistake.time_lost_s)
    trace = trace_laps(recording, [lap])[0]
    gained = trace.grid["time_s"] - potential_of((trace, path_of(trace))).trace.grid["time_s"]
    edges = np.concatenate([[0.0], 0.5 * (np.array(truth.apex_m[1:]) + np.array(truth.apex_m[:-1])), [truth.length_m]])
    by_corner = np.diff(np.interp(edges, trace.grid["station_m"], gained))
    assert np.argmax(by_corner) == worst.corner - 1
    assert by_corner.max() == pytest.approx(worst.time_lost_s, rel=0.3)


def test_its_pedals_say_what_its_speed_does():
    trace = potential_of(lap_at_limit(circuit())).trace
    v, throttle, brake = (inside(trace, name) for name in ("speed_mps", "throttle_frac", "brake_frac"))
    change = np.roll(v, -1) - v
    assert np.all(brake[change > 0.0] == 0.0)
    assert np.all(throttle[change < -0.2] == 0.0)
    assert np.mean(throttle > 0.95) > 0.3
    assert not np.any((throttle > 0.05) & (brake > 0.05))


def test_it_stands_on_the_stations_and_the_clock_of_a_lap():
    lap, _ = lap_at_limit(circuit())
    trace = potential_of(lap_at_limit(circuit())).trace
    assert np.array_equal(trace.grid["station_m"], lap.grid["station_m"])
    assert trace.grid["time_s"][trace.start] == 0.0
    assert trace.grid["time_s"][trace.stop] == pytest.approx(trace.lap.lap_time_s)
    assert np.all(np.diff(trace.ticks["time_s"]) == pytest.approx(1 / 60))
    assert np.all(np.diff(trace.ticks["station_m"]) > 0.0)
    assert {len(column) for column in trace.ticks.values()} == {trace.lap.ticks}


def test_it_says_that_nobody_drove_it():
    session = potential_of(lap_at_limit(circuit())).trace.session
    assert session.simulated
    assert session.source == "potential"


@pytest.mark.parametrize("source", [PathSource.STEERING, PathSource.NONE])
def test_without_a_path_it_is_the_best_of_the_laps_at_every_station(source):
    kappa = circuit()
    good_first, good_second = (np.where((np.arange(LENGTH) < LENGTH / 2) == first, 1.0, 0.94) for first in (True, False))
    v = quasi_steady_lap(kappa, 1.0, CAR)
    laps = [lap_at(quasi_steady_lap(kappa, 1.0, CAR, v_cap_mps=share * v), kappa, source=source) for share in (good_first, good_second)]
    best = min(trace.lap.lap_time_s for trace, _ in laps)
    assert time_of(v, 1.0) - 0.01 <= potential_of(*laps).trace.lap.lap_time_s < best


def test_without_a_path_one_lap_is_its_own_potential():
    lap = lap_at_limit(circuit(), source=PathSource.STEERING)
    assert potential_of(lap).trace.lap.lap_time_s == pytest.approx(lap[0].lap.lap_time_s, abs=0.02)


def test_no_lap_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        potential_lap([], [], None, CAR)

"""Timings of the physics: medians of many runs after a warm-up, against the budgets of issue 2."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pytest

from coach.demo import write_demo_session
from coach.physics.envelope import learn_car
from coach.physics.potential import potential_lap
from coach.physics.quasi_steady import quasi_steady_lap
from tests.coach.physics.synthetic import CAR, circuit, lap_at_limit

pytestmark = pytest.mark.bench


def median_ms(work: Callable[[], object], runs: int) -> float:
    """Median time of a call in milliseconds, the first one left out."""
    work()
    taken = []
    for _ in range(runs):
        begin = perf_counter()
        work()
        taken.append(perf_counter() - begin)
    return 1000.0 * float(np.median(taken))


def silverstone_sized() -> np.ndarray:
    """A lap of 5,799 stations of 1 m with 18 bends."""
    s = np.arange(5799.0)
    rng = np.random.default_rng(1)
    bends = zip(np.linspace(200.0, 5600.0, 18), rng.uniform(20.0, 150.0, 18), rng.choice([-1.0, 1.0], 18), strict=True)
    return np.sum([sign / radius * np.exp(-(((s - at) / 45.0) ** 2)) for at, radius, sign in bends], axis=0)


def test_a_lap_is_solved_within_three_milliseconds():
    kappa = silverstone_sized()
    taken = median_ms(lambda: quasi_steady_lap(kappa, 1.0, CAR), 50)
    print(f"quasi-steady lap, 5,799 stations: {taken:.2f} ms")
    assert taken < 3.0


def test_a_corner_is_solved_in_a_fraction_of_that():
    kappa = silverstone_sized()[1000:1400]
    taken = median_ms(lambda: quasi_steady_lap(kappa, 1.0, CAR, closed=False, v_start_mps=40.0), 50)
    print(f"quasi-steady corner, 400 stations: {taken:.2f} ms")
    assert taken < 0.6


def test_the_envelope_of_ten_laps_is_learned_within_a_quarter_second():
    laps = [lap_at_limit(circuit(), share=share) for share in np.linspace(0.9, 1.0, 10)]
    traces, paths = [trace for trace, _ in laps], [path for _, path in laps]
    taken = median_ms(lambda: learn_car(traces, paths), 5)
    print(f"envelope of 10 laps of 2.4 km: {taken:.0f} ms")
    assert taken < 250.0
    car = learn_car(traces, paths)
    taken = median_ms(lambda: potential_lap(traces, paths, None, car), 5)
    print(f"potential lap from 10 laps: {taken:.0f} ms")
    assert taken < 400.0


def test_the_demonstration_is_written_within_two_seconds(tmp_path):
    taken = median_ms(lambda: write_demo_session(tmp_path / "demo.ibt"), 3)
    print(f"demonstration session: {taken:.0f} ms")
    assert taken < 2000.0

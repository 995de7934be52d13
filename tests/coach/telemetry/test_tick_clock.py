from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.telemetry.tick_clock import rebuild_clock

TICK = 1.0 / 60.0


def arrivals(ticks, seed, scatter_s=0.008):
    late = np.random.default_rng(seed).uniform(0.0, scatter_s, len(ticks))
    return np.maximum.accumulate(ticks * TICK + late)


def test_known_steps_give_the_exact_clock():
    steps = np.random.default_rng(1).integers(1, 4, 500)
    ticks = np.concatenate([[0], np.cumsum(steps)])

    clock = rebuild_clock(arrivals(ticks, 2), steps.astype(float), TICK)

    np.testing.assert_allclose(clock, ticks * TICK, atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 1000), gap=st.integers(1, 600), at=st.integers(60, 340))
def test_an_unknown_step_is_bridged_by_the_arrival_times(seed, gap, at):
    steps = np.full(400, 2.0)
    steps[at] = gap
    ticks = np.concatenate([[0], np.cumsum(steps)])
    known = steps.copy()
    known[at] = np.nan

    clock = rebuild_clock(arrivals(ticks, seed), known, TICK)

    np.testing.assert_allclose(clock, ticks * TICK, atol=1e-9)


def test_a_clock_without_any_known_step_follows_the_arrivals_and_runs_forward():
    ticks = np.arange(0, 300, 3)
    arrival = arrivals(ticks, 5)

    clock = rebuild_clock(arrival, np.full(99, np.nan), TICK)

    assert (np.diff(clock) > 0.0).all()
    assert np.abs(clock - (arrival - arrival[0])).max() < 2 * TICK


def test_two_samples_are_enough():
    assert rebuild_clock(np.array([0.0, 0.05]), np.array([np.nan]), TICK).tolist() == [0.0, 3 * TICK]

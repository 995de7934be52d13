from __future__ import annotations

import numpy as np
import pytest

from coach.live.usual import UsualLaps, beside
from coach.live.watch import LAPS_REMEMBERED, Watch


def test_passages_are_the_time_between_two_stations_on_each_lap():
    laps = UsualLaps((3, 4), 2.0, np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 2.0, 4.0, 6.0]]))
    np.testing.assert_allclose(laps.passages_s(1.0, 5.0), [2.0, 4.0])
    np.testing.assert_allclose(laps.passages_s(0.0, 6.0), [3.0, 6.0])


def test_one_passage_beside_others_differs_by_more_than_they_scatter_on_one_of_twenty():
    """The interval of a single new observation, by trying: 5 % of passages that are like the others lie outside."""
    rng = np.random.default_rng(1)
    outside = [abs((one := beside(rng.normal(10.0, 0.1), rng.normal(10.0, 0.1, 5))).lost_s) > one.noise_s for _ in range(4000)]
    assert np.mean(outside) == pytest.approx(0.05, abs=0.011)  # three standard errors


def test_one_usual_passage_shows_no_scatter():
    assert beside(10.0, np.array([9.0])).noise_s == np.inf
    assert np.isnan(beside(10.0, np.empty(0)).lost_s)


def test_the_same_on_laps_running_is_repeated_and_a_lap_without_breaks_it():
    watch = Watch()
    for lap in (3, 4, 6, 7):
        watch.note(1, "lockup", lap)
    assert watch.repeated(1, "lockup", 4, 2)
    assert not watch.repeated(1, "lockup", 7, 3)
    watch.note(1, "lockup", 8)
    assert watch.repeated(1, "lockup", 8, 3)
    assert not watch.repeated(2, "lockup", 8, 1)
    assert watch.spoilt(1) == {3, 4, 6, 7, 8}


def test_what_was_seen_long_ago_is_forgotten():
    watch = Watch()
    for lap in range(1000):
        watch.note(1, "oversteer", lap)
    assert len(watch.spoilt(1)) == LAPS_REMEMBERED

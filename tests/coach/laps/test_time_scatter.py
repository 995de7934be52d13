"""How evenly somebody laps, robustly."""

from __future__ import annotations

import numpy as np
import pytest

from coach.laps.time_scatter import time_scatter_s


def test_it_is_the_standard_deviation_of_normal_scatter() -> None:
    assert time_scatter_s(np.random.default_rng(1).normal(80.0, 0.3, 4000).tolist()) == pytest.approx(0.3, rel=0.05)


def test_one_bad_lap_does_not_widen_it() -> None:
    times = [80.0, 80.1, 80.2, 80.3, 80.4]
    assert time_scatter_s([*times, 85.0]) == pytest.approx(time_scatter_s(times), abs=0.08)


def test_two_laps_do_not_scatter() -> None:
    assert time_scatter_s([80.0, 80.1]) is None

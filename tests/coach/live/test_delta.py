from __future__ import annotations

import math

import numpy as np
import pytest

from coach.live.delta import RunningReference

# A hundred metres at 10 m/s, then a hundred at 20 m/s.
UNKNOWN = np.full(5, np.nan)
REFERENCE = RunningReference(200.0, 50.0, np.array([0.0, 5.0, 10.0, 12.5, 15.0]), 15.0, UNKNOWN, UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(("station_m", "usual_s"), [(0.0, 0.0), (25.0, 2.5), (50.0, 5.0), (110.0, 10.5), (199.0, 14.95)])
def test_delta_is_own_time_minus_the_references_at_equal_station(station_m, usual_s):
    assert REFERENCE.delta_at(station_m, usual_s + 0.3) == pytest.approx(0.3)
    assert REFERENCE.delta_at(station_m, usual_s - 0.3) == pytest.approx(-0.3)


@pytest.mark.parametrize("station_m", [-0.1, 200.0, 5000.0, math.nan, math.inf, -math.inf])
def test_outside_the_lap_there_is_no_delta(station_m):
    assert math.isnan(REFERENCE.delta_at(station_m, 1.0))


def test_without_the_time_of_the_line_there_is_no_delta():
    assert math.isnan(REFERENCE.delta_at(50.0, math.nan))

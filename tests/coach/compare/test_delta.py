from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach.compare.delta import delta_s, time_lost
from coach.errors import Incomparable
from tests.coach.compare.cornering import LENGTH_M, Truth, lap

OTHER = replace(lap()[2], number=2, start_m=1500.0, turn_in_m=1600.0, apex_m=1650.0, turn_out_m=1700.0)


def test_a_lap_loses_nothing_to_itself():
    trace, _, _ = lap()
    delta = delta_s(trace, trace)
    assert np.nanmax(np.abs(delta)) == 0.0
    assert time_lost(delta, trace.grid["station_m"], (OTHER,), LENGTH_M).total_s == 0.0


def test_a_slower_corner_loses_where_it_is_and_the_parts_sum_to_the_lap():
    trace, _, corner = lap(Truth(v_min_mps=23.0))
    reference, _, _ = lap()
    delta = delta_s(trace, reference)
    corners = (replace(corner, end_m=1500.0), OTHER)
    lost = time_lost(delta, trace.grid["station_m"], corners, LENGTH_M)
    assert lost.total_s == pytest.approx(trace.lap.lap_time_s - reference.lap.lap_time_s, abs=1e-9)
    assert lost.before_s == pytest.approx(0.0, abs=2e-4)
    assert lost.corners_s[0] > 0.2
    assert 0.0 < lost.corners_s[1] < 0.2 * lost.corners_s[0]


def test_exchanging_the_laps_changes_the_sign():
    one, other = lap()[0], lap(Truth(brake_m=880.0))[0]
    assert np.array_equal(delta_s(one, other), -delta_s(other, one), equal_nan=True)
    assert delta_s(other, one)[other.stop] > 0.0


def test_without_corners_all_is_lost_before_the_first():
    one, other = lap()[0], lap(Truth(brake_m=880.0))[0]
    lost = time_lost(delta_s(other, one), one.grid["station_m"], (), LENGTH_M)
    assert lost.before_s == pytest.approx(other.lap.lap_time_s - one.lap.lap_time_s)
    assert lost.corners_s == ()


def test_laps_on_different_grids_are_refused():
    one = lap()[0]
    with pytest.raises(Incomparable, match="track map"):
        delta_s(one, replace(one, track_length_m=1999.0))

from __future__ import annotations

import numpy as np
import pytest

from coach.errors import NoCompleteLap
from coach.laps.length import track_length_of
from tests.coach.laps.drives import LENGTH_M, drive, recording


def only(columns, *names):
    return {name: columns[name] for name in names}


def test_length_comes_from_station_over_fraction_not_from_the_rounded_statement():
    assert track_length_of(recording(drive(), track_length_stated_m=2010.0)) == pytest.approx(LENGTH_M, abs=1e-6)


def test_length_comes_from_the_station_at_the_line():
    columns = only(drive(), "lap_dist_m", "speed_mps", "session_time_s")
    assert track_length_of(recording(columns)) == pytest.approx(LENGTH_M, abs=0.02)


def test_a_reset_to_zero_is_not_the_line():
    columns = only(drive(laps=0.9, begin=0.0), "lap_dist_m", "speed_mps", "session_time_s")
    columns["lap_dist_m"][-5:] = 0.0
    columns["speed_mps"][-5:] = 0.0
    assert track_length_of(recording(columns, track_length_stated_m=2010.0)) == 2010.0


def test_length_comes_from_the_speed_when_nothing_else_is_there():
    columns = only(drive(), "lap_dist_frac", "speed_mps", "session_time_s")
    assert track_length_of(recording(columns)) == pytest.approx(LENGTH_M, rel=1e-4)


def test_no_length_is_said_in_one_sentence():
    columns = only(drive(), "lap_dist_frac", "session_time_s")
    with pytest.raises(NoCompleteLap, match="track length"):
        track_length_of(recording(columns))
    columns["speed_mps"] = np.full(columns["session_time_s"].size, np.nan)
    with pytest.raises(NoCompleteLap, match="track length"):
        track_length_of(recording(columns))

from __future__ import annotations

import numpy as np
import pytest

from coach.laps.comparable import comparable_to, conditions_of, differences
from coach.laps.resample import trace_laps
from tests.coach.laps.drives import drive, recording


def laps_with(name, values):
    """Three laps, numbers 8 to 10, with one channel constant per lap."""
    columns = drive()
    columns[name] = np.interp(columns["lap_number"], [7, 8, 9, 10, 11], [values[0], *values, values[2]])
    return trace_laps(recording(columns))


@pytest.mark.parametrize(
    ("name", "values", "word"),
    [
        ("fuel_l", (50.0, 41.0, 30.0), "fuel"),
        ("track_temp_c", (30.0, 32.0, 34.0), "track temperature"),
        ("wind_speed_mps", (1.0, 2.5, 4.0), "wind"),
        ("track_wetness", (1.0, 1.0, 2.0), "wetness"),
    ],
)
def test_conditions_too_far_apart_are_named(name, values, word):
    first, near, far = laps_with(name, values)
    assert comparable_to(first, (near, far)) == (near,)
    (words,) = differences(conditions_of(first), conditions_of(far))
    assert words.startswith(word)


def test_wind_that_turns_round_is_another_wind():
    columns = drive()
    columns["wind_speed_mps"] = np.full(columns["speed_mps"].size, 3.0)
    columns["wind_dir_rad"] = np.where(columns["lap_number"] > 8, np.pi, 0.0)
    first, second, _ = trace_laps(recording(columns))
    assert differences(conditions_of(first), conditions_of(second)) == ("wind differs by 6 m/s",)


def test_unknown_conditions_keep_no_laps_apart():
    traces = trace_laps(recording(drive()))
    assert comparable_to(traces[0], traces[1:]) == traces[1:]

from __future__ import annotations

import numpy as np
import pytest

from coach.laps.crossings import find_laps
from coach.laps.lap import LapKind
from tests.coach.laps.drives import drive, lap_time, recording, tick_at


def timed_laps(columns, **session):
    return [lap for lap in find_laps(recording(columns, **session)) if lap.kind is LapKind.TIMED]


def shown(columns, times, late=150):
    """The channel, turning `late` ticks after the line to each lap's time."""
    column = np.full(columns["session_time_s"].size, -1.0)
    for lap, time_s in times.items():
        column[tick_at(columns, lap + 1, 0.0) + late :] = time_s
    return column


def test_the_time_shown_late_is_that_of_the_lap_before():
    columns = drive(laps=4.0)
    true = lap_time()
    columns["lap_last_time_s"] = shown(columns, {7: 44.0, 8: true + 0.001, 9: true + 0.002, 10: true + 0.003})
    assert [lap.official_lap_time_s - true for lap in timed_laps(columns)] == pytest.approx([0.001, 0.002, 0.003])
    assert timed_laps(columns)[0].integrity.official_difference_s == pytest.approx(-0.001, abs=5e-5)


def test_a_time_not_yet_shown_when_the_recording_ends_is_unknown():
    columns = drive(laps=3.51)
    columns["lap_last_time_s"] = shown(columns, {7: lap_time(), 8: lap_time(), 9: lap_time()})
    laps = timed_laps(columns)
    assert np.isnan(laps[-1].official_lap_time_s)
    assert laps[-1].clean


def test_a_stated_time_counts_for_its_own_lap_only():
    columns = drive()
    laps = timed_laps(columns, official_lap_times_s=((9, lap_time() + 0.002), (10, lap_time() - 3.0)))
    assert [lap.official_lap_time_s for lap in laps] == pytest.approx([np.nan, lap_time() + 0.002, np.nan], nan_ok=True)


def test_times_of_another_session_with_the_same_clock_are_not_taken():
    first = drive(laps=3.7)
    first["lap_last_time_s"] = shown(first, {7: 44.0, 8: lap_time() + 0.001, 9: lap_time() + 0.002})
    second = {name: column.copy() for name, column in first.items()}
    second["lap_last_time_s"] = shown(second, {7: 44.0, 8: lap_time() + 0.003, 9: lap_time() + 0.004})
    both = {name: np.concatenate((first[name], second[name])) for name in first}
    both["session_num"] = np.repeat([0.0, 1.0], first["session_time_s"].size)
    official = [lap.official_lap_time_s - lap_time() for lap in timed_laps(both)]
    assert official == pytest.approx([0.001, 0.002, np.nan, 0.003, 0.004, np.nan], nan_ok=True, abs=1e-6)

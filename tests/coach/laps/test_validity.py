from __future__ import annotations

import numpy as np
import pytest

from coach.laps.crossings import find_laps
from coach.laps.lap import LapKind, Reason
from tests.coach.laps.drives import drive, recording, tick_at, without


def reasons_by_lap(columns, **session):
    return {lap.number: set(lap.reasons) for lap in find_laps(recording(columns, **session)) if lap.kind is LapKind.TIMED}


def constant(columns, value):
    return np.full(columns["session_time_s"].size, value)


def test_two_ticks_beside_the_track_speak_against_the_lap_and_one_does_not():
    columns = drive()
    columns["track_surface"][tick_at(columns, 8, 0.5)] = 0.0
    at = tick_at(columns, 9, 0.5)
    columns["track_surface"][at : at + 2] = 0.0
    assert reasons_by_lap(columns) == {8: set(), 9: {Reason.OFF_TRACK}, 10: set()}


@pytest.mark.parametrize(("frac", "lap"), [(0.001, 8), (0.5, 9)])
def test_an_incident_counted_just_after_the_line_belongs_to_the_lap_before(frac, lap):
    columns = drive()
    columns["incident_count"] = constant(columns, 3.0)
    columns["incident_count"][tick_at(columns, 9, frac) :] = 4.0
    found = reasons_by_lap(columns)
    assert found.pop(lap) == {Reason.INCIDENT}
    assert not any(found.values())


def test_a_tow_a_yellow_and_a_change_of_wetness_are_named():
    columns = drive()
    columns["tow_time_s"], columns["session_flags"], columns["track_wetness"] = (constant(columns, v) for v in (0.0, 4.0, 1.0))
    at = tick_at(columns, 8, 0.5)
    columns["tow_time_s"][at : at + 10] = 5.0
    at = tick_at(columns, 9, 0.5)
    columns["session_flags"][at : at + 100] = float(0x4000 | 0x4)
    columns["track_wetness"][tick_at(columns, 10, 0.3) :] = 2.0
    assert reasons_by_lap(columns) == {8: {Reason.TOW}, 9: {Reason.YELLOW}, 10: {Reason.WET_CHANGE}}


def test_only_a_car_that_stays_ahead_is_traffic():
    columns = drive()
    columns["dist_ahead_m"] = constant(columns, 500_000.0)
    at = tick_at(columns, 8, 0.5)
    columns["dist_ahead_m"][at : at + 60] = 15.0
    at = tick_at(columns, 9, 0.3)
    columns["dist_ahead_m"][at : at + 900] = 15.0
    assert reasons_by_lap(columns) == {8: set(), 9: {Reason.TRAFFIC}, 10: set()}


def test_a_second_without_data_is_a_dropout_and_scattered_lost_ticks_are_not():
    columns = drive()
    at = tick_at(columns, 9, 0.5)
    holed = without(columns, at, at + 60)
    keep = np.ones(holed["session_time_s"].size, dtype=bool)
    keep[::8] = False
    scattered = {name: column[keep] for name, column in holed.items()}
    assert reasons_by_lap(holed) == reasons_by_lap(scattered) == {8: set(), 9: {Reason.DROPOUT}, 10: set()}


def test_the_dropout_limit_follows_the_rate_of_the_recording():
    columns = drive(hz=10.0)
    at = tick_at(columns, 9, 0.5)
    assert reasons_by_lap(without(columns, at, at + 7))[9] == set()
    assert reasons_by_lap(without(columns, at, at + 20))[9] == {Reason.DROPOUT}


def test_speeds_that_do_not_fit_the_distance_are_implausible():
    columns = drive()
    columns["speed_mps"] = columns["speed_mps"] * 0.9
    assert all(reasons == {Reason.IMPLAUSIBLE} for reasons in reasons_by_lap(columns).values())


def test_a_lap_the_simulator_refused_is_not_clean():
    columns = drive(laps=3.9)
    columns["lap_last_time_s"] = constant(columns, 50.0)
    columns["lap_last_time_s"][tick_at(columns, 9, 0.01) :] = -1.0
    found = reasons_by_lap(columns)
    assert found[8] == {Reason.NOT_COUNTED}


def test_a_pit_road_passed_inside_the_lap_is_named():
    columns = drive()
    at = tick_at(columns, 9, 0.5)
    columns["on_pit_road"][at : at + 100] = 1.0
    assert reasons_by_lap(columns)[9] == {Reason.PIT}


def test_channels_that_are_missing_give_no_reasons():
    columns = drive()
    for name in ("track_surface", "on_pit_road", "lap_number", "lap_dist_m"):
        del columns[name]
    laps = find_laps(recording(columns, track_length_stated_m=2000.0))
    assert [lap.clean for lap in laps] == [False, True, True, True]


def test_an_incident_of_another_session_at_the_same_clock_is_not_this_laps():
    columns = drive()
    columns["incident_count"] = constant(columns, 3.0)
    later = {name: column.copy() for name, column in columns.items()}
    later["incident_count"][tick_at(later, 9, 0.5) :] = 4.0
    both = {name: np.concatenate((columns[name], later[name])) for name in columns}
    both["session_num"] = np.repeat([0.0, 1.0], columns["session_time_s"].size)
    laps = [lap for lap in find_laps(recording(both)) if lap.kind is LapKind.TIMED]
    assert [(lap.number, Reason.INCIDENT in lap.reasons) for lap in laps] == [(8, False), (9, False), (8, False), (9, True), (10, False)]

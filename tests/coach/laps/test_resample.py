from __future__ import annotations

import time

import numpy as np
import pytest

from coach.errors import NoCompleteLap
from coach.laps.crossings import find_laps
from coach.laps.resample import trace_lap, trace_laps
from coach.laps.trace import MARGIN_M
from coach.telemetry.sources import open_recording
from tests.coach.laps.drives import LENGTH_M, drive, lap_time, recording, speed_at, tick_at
from tests.recordings import RECORDINGS, needs_recordings


def test_grid_time_is_zero_at_the_line_and_the_lap_time_at_the_next():
    for trace in trace_laps(recording(drive())):
        times = trace.grid["time_s"]
        assert times[trace.start] == 0.0
        assert times[trace.stop] == trace.lap.lap_time_s
        assert np.all(np.diff(times[trace.start : trace.stop + 1]) > 0.0)


def test_two_laps_share_their_stations_and_the_step_divides_the_length():
    one, other, _ = trace_laps(recording(drive()), track_length_m=2000.4)
    assert one.grid["station_m"].tolist() == other.grid["station_m"].tolist()
    assert one.step_m * 2000 == pytest.approx(2000.4)
    assert one.grid["station_m"][[one.start, one.stop]] == pytest.approx([0.0, 2000.4])


def test_continuous_channels_are_linear_between_samples():
    trace = trace_laps(recording(drive()))[0]
    assert trace.grid["speed_mps"] == pytest.approx(speed_at(trace.grid["station_m"]), abs=2e-3)


def test_margins_hold_the_neighbouring_laps():
    trace = trace_laps(recording(drive(laps=4.0, begin=0.5)))[1]
    station = trace.ticks["station_m"]
    assert -MARGIN_M - 1.0 < station[0] <= -MARGIN_M
    assert LENGTH_M + MARGIN_M <= station[-1] < LENGTH_M + MARGIN_M + 1.0
    assert np.all(np.diff(station) > 0.0)
    assert np.all(np.isfinite(trace.grid["speed_mps"]))
    assert trace.ticks["time_s"][station < 0.0].max() < 0.0


def test_margins_end_where_the_recording_does():
    trace = trace_laps(recording(drive(laps=1.2, begin=0.9)))[0]
    speed, station = trace.grid["speed_mps"], trace.grid["station_m"]
    assert np.all(np.isnan(speed[station < -202.0]))
    assert np.all(np.isfinite(speed[(station > -199.0) & (station < LENGTH_M + 190.0)]))
    assert np.isnan(trace.grid["time_s"][0])


def test_held_channels_keep_their_value_until_the_next_sample():
    columns = drive()
    at = tick_at(columns, 8, 0.5)
    columns["gear"] = np.where(np.arange(columns["speed_mps"].size) < at, 3.0, 4.0)
    trace = trace_laps(recording(columns))[0]
    shift = float(trace.ticks["station_m"][trace.ticks["gear"] == 4.0][0])
    gear, station = trace.grid["gear"], trace.grid["station_m"]
    assert set(gear[np.isfinite(gear)]) == {3.0, 4.0}
    assert station[np.flatnonzero(gear == 4.0)[0]] == pytest.approx(shift, abs=1.0)
    assert station[np.flatnonzero(gear == 4.0)[0]] >= shift


def test_angles_are_interpolated_across_their_wrap():
    columns = drive()
    columns["yaw_rad"] = np.angle(np.exp(1j * 2.0 * np.pi * columns["lap_dist_frac"]))
    trace = trace_laps(recording(columns))[0]
    expected = np.angle(np.exp(2j * np.pi * trace.grid["station_m"] / LENGTH_M))
    off = trace.grid["yaw_rad"] - expected
    assert np.nanmax(np.abs(off - 2.0 * np.pi * np.round(off / (2.0 * np.pi)))) < 1e-3
    assert np.nanmax(np.abs(trace.grid["yaw_rad"])) <= np.pi


def test_ticks_that_went_backwards_are_left_out():
    columns = drive()
    at = tick_at(columns, 8, 0.5)
    for name, scale in (("lap_dist_frac", LENGTH_M), ("lap_dist_m", 1.0)):
        columns[name][at : at + 6] -= np.array([0.0, 1.5, 3.0, 4.0, 3.0, 2.0]) / scale
    trace = trace_laps(recording(columns))[0]
    assert trace.lap.integrity.backwards_ticks >= 1
    assert np.all(np.diff(trace.ticks["station_m"]) > 0.0)
    assert np.all(np.diff(trace.grid["time_s"][trace.start : trace.stop + 1]) > 0.0)


def test_only_the_channels_asked_for_are_read():
    asked = []
    source = recording(drive() | {"rpm": drive()["speed_mps"] * 100.0, "gear": drive()["speed_mps"]})
    load = source.loader
    source.loader = lambda name: (asked.append(name), load(name))[1]
    trace = trace_laps(source)[0]
    assert trace.has("rpm")
    assert "rpm" not in asked
    assert trace.grid["rpm"].size
    assert "gear" not in asked


def test_a_missing_channel_is_not_in_the_trace_and_reads_as_nan():
    trace = trace_laps(recording(drive()))[0]
    assert not trace.has("brake_frac")
    assert np.all(np.isnan(trace.grid["brake_frac"]))
    with pytest.raises(KeyError):
        trace.grid["LapDistPct"]


def test_a_recording_without_a_complete_lap_says_so():
    with pytest.raises(NoCompleteLap, match="no complete lap"):
        trace_laps(recording(drive(laps=0.4, begin=0.2)))


def test_a_partial_lap_can_be_traced_and_counts_from_its_first_tick():
    source = recording(drive(laps=0.4, begin=0.2))
    (lap,) = find_laps(source)
    trace = trace_lap(source, lap)
    assert trace.ticks["time_s"][0] == 0.0
    assert trace.ticks["station_m"][0] == pytest.approx(0.2 * LENGTH_M, abs=0.1)
    assert np.isnan(trace.grid["speed_mps"][trace.start])


def test_lap_times_do_not_depend_on_where_the_recording_was_traced():
    source = recording(drive())
    for trace in trace_laps(source):
        assert trace.grid["time_s"][trace.stop] == pytest.approx(lap_time(), abs=2e-5)


def test_a_file_cut_at_the_line_covers_its_lap_to_both_ends():
    trace = trace_laps(recording(drive(laps=1.0, begin=0.0)))[0]
    assert np.all(np.isfinite(trace.grid["speed_mps"][trace.start : trace.stop + 1]))
    assert np.isnan(trace.grid["speed_mps"][trace.start - 1])


@needs_recordings
def test_a_real_lap_with_all_its_channels_takes_milliseconds():
    source = open_recording(RECORDINGS / "formula_vee_tsukuba_1k.ibt")
    for name in source.available:
        source.column(name)
    laps = find_laps(source)
    began = time.perf_counter()
    trace = trace_lap(source, laps[2])
    for name in trace.grid:
        assert trace.grid[name].size == trace.grid["station_m"].size
    assert time.perf_counter() - began < 0.05  # 4 ms on an idle core

from __future__ import annotations

import numpy as np
import pytest

from coach.laps.crossings import find_laps
from coach.laps.length import track_length_of
from coach.live.place import Moved, Place
from coach.replay import frames_of
from coach.telemetry.sources import open_recording
from tests.coach.laps.drives import HZ, LENGTH_M, drive, recording, tick_at, without
from tests.coach.live.frames import frame, frames, streamed_laps
from tests.recordings import COMPLETE_LAPS, RECORDINGS, needs_recordings


def lines_of(recorded) -> list[tuple[float, float]]:
    """Laps between two crossings that were both driven; one that the file cuts within two ticks of the line is extrapolated."""
    clock = recorded.column("session_time_s")
    inside = [lap for lap in find_laps(recorded) if np.isfinite(lap.lap_time_s)]
    return [(lap.start_s, lap.end_s) for lap in inside if lap.start_s > np.nanmin(clock) and lap.end_s <= np.nanmax(clock)]


@needs_recordings
@pytest.mark.parametrize("name", COMPLETE_LAPS)
def test_streaming_finds_the_laps_of_the_whole_file(name):
    recorded = open_recording(RECORDINGS / name)
    laps, place, _ = streamed_laps(frames_of(recorded))
    assert np.array(laps) == pytest.approx(np.array(lines_of(recorded)), abs=1e-6)
    if recorded.has("lap_dist_m"):
        assert place.length_m == pytest.approx(track_length_of(recorded), rel=1e-4)


@pytest.mark.parametrize("hz", [60.0, 10.0])
@pytest.mark.parametrize("begin", [0.0, 0.3, 0.97])
def test_laps_of_a_made_drive_are_those_of_the_whole_file(hz, begin):
    columns = drive(laps=3.5, begin=begin, hz=hz)
    laps, place, _ = streamed_laps(frames(columns))
    assert np.array(laps) == pytest.approx(np.array(lines_of(recording(columns))), abs=1e-9)
    assert place.length_m == pytest.approx(LENGTH_M)


def test_station_goes_on_from_tick_to_tick_and_restarts_at_the_line():
    place, before = Place(), 0.0
    for tick in frames(drive(laps=2.2, begin=0.2)):
        moved = place.move(tick)
        assert place.station_m == pytest.approx(tick["lap_dist_m"], abs=1e-6)
        assert place.station_m > before or moved is not Moved.ON
        before = place.station_m


def test_rolling_back_over_the_line_crosses_it_once():
    place, crossed = Place(), 0
    for i, metres in enumerate([1980.0, 1990.0, 1999.0, 2001.0, 1999.5, 1998.0, 2000.5, 2003.0, 2010.0]):
        moved = place.move(
            frame(session_time_s=100.0 + i, speed_mps=9.0, lap_dist_frac=metres % LENGTH_M / LENGTH_M, lap_dist_m=metres % LENGTH_M)
        )
        crossed += moved is Moved.CROSSED
        if metres == 1998.0:
            assert place.station_m == pytest.approx(-2.0)
    assert crossed == 1
    assert place.station_m == pytest.approx(10.0)


def test_lost_ticks_cost_no_lap():
    columns = drive()
    at = tick_at(columns, 9, 0.0)
    columns = without(columns, at - 10, at + 10)
    laps, _, _ = streamed_laps(frames(columns))
    assert np.array(laps) == pytest.approx(np.array(lines_of(recording(columns))), abs=1e-9)


@pytest.mark.parametrize("early", [3, 5, 9])
def test_one_tick_that_claims_the_line_too_early_does_not_cross_it(early):
    columns = drive()
    honest, _, _ = streamed_laps(frames(columns))
    columns["lap_dist_frac"] = columns["lap_dist_frac"].copy()
    columns["lap_dist_frac"][tick_at(columns, 9, 0.0) - early] = 0.0
    laps, _, _ = streamed_laps(frames(columns))
    assert np.array(laps) == pytest.approx(np.array(honest), abs=1e-9)


def test_a_step_over_the_line_that_is_driven_on_is_believed_a_tick_later():
    columns = drive()
    at = tick_at(columns, 9, 0.0) - 3
    columns["lap_dist_frac"][at:] = np.mod(columns["lap_dist_frac"][at:] + 6.0 / LENGTH_M, 1.0)
    columns["lap_dist_m"] = columns["lap_dist_frac"] * LENGTH_M
    laps, place, _ = streamed_laps(frames(columns))
    assert len(laps) == 3
    assert place.station_m == pytest.approx(columns["lap_dist_m"][-1])


def test_ticks_without_position_are_lost_and_cost_no_lap():
    columns = drive()
    at = tick_at(columns, 9, 0.5)
    columns["lap_dist_frac"][at : at + 12] = np.nan
    laps, _, moves = streamed_laps(frames(columns))
    assert moves.count(Moved.LOST) == 12
    assert np.array(laps) == pytest.approx(np.array(lines_of(recording(columns))), abs=1e-9)


@pytest.mark.parametrize(
    "breaks",
    [
        lambda columns, at: columns["lap_dist_frac"].__setitem__(slice(at, None), np.mod(columns["lap_dist_frac"][at:] + 0.3, 1.0)),
        lambda columns, at: columns["track_surface"].__setitem__(slice(at, at + 3), -1.0),
        lambda columns, at: columns["session_time_s"].__setitem__(slice(at, None), columns["session_time_s"][at:] - 50.0),
        lambda columns, at: columns["session_time_s"].__setitem__(slice(at, None), columns["session_time_s"][at:] + 300.0),
        lambda columns, at: columns["session_num"].__setitem__(slice(at, None), 1.0),
    ],
    ids=["reset", "out of the world", "clock back", "suspended for minutes", "another session"],
)
def test_a_broken_drive_breaks_the_lap(breaks):
    columns = drive(laps=3.5, begin=0.5) | {"session_num": np.zeros(drive(laps=3.5, begin=0.5)["speed_mps"].size)}
    at = tick_at(columns, 9, 0.5)
    breaks(columns, at)
    laps, _, moves = streamed_laps(frames(columns))
    assert moves[at] is Moved.JUMPED
    assert all(not start < columns["session_time_s"][at - 1] < end for start, end in laps)
    assert [end - start for start, end in laps] == pytest.approx([end - start for start, end in lines_of(recording(columns))], abs=1e-9)


def test_after_a_jump_the_start_of_the_lap_is_not_known():
    place = Place()
    for tick in frames(drive(laps=1.2, begin=0.9)):
        place.move(tick)
    assert np.isfinite(place.line_s)
    place.move(frame(session_time_s=place.t_s + 1 / HZ, lap_dist_frac=0.9, lap_dist_m=0.9 * LENGTH_M))
    assert np.isnan(place.line_s)
    assert place.station_m == pytest.approx(0.9 * LENGTH_M)


def test_one_false_station_does_not_set_the_length():
    place = Place()
    for i, dist_m in enumerate([1000.0, 1.0, np.inf, 1002.0, 1003.0, 1004.0]):
        place.move(frame(session_time_s=100.0 + i / HZ, lap_dist_frac=0.5 + i / LENGTH_M, lap_dist_m=dist_m))
    assert place.length_m == pytest.approx(LENGTH_M, rel=1e-3)


def test_without_stations_the_length_is_taken_from_whole_laps():
    place = Place()
    place.move(frame(lap_dist_m=np.nan, lap_dist_frac=0.25))
    assert np.isnan(place.station_m)
    place.know_length(LENGTH_M)
    assert place.station_m == pytest.approx(500.0)
    place.know_length(3000.0)
    assert place.length_m == LENGTH_M

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.laps.crossings import find_laps
from coach.laps.lap import Lap, LapKind, Reason
from coach.laps.stations import motion_of
from coach.telemetry.sources import open_recording
from tests.coach.laps.drives import HZ, LENGTH_M, drive, lap_time, recording, tick_at, without
from tests.recordings import RECORDINGS, needs_recordings


def timed(laps: tuple[Lap, ...]) -> list[Lap]:
    return [lap for lap in laps if lap.kind is LapKind.TIMED]


def test_a_plain_drive_gives_its_complete_laps_and_both_ends():
    laps = find_laps(recording(drive(laps=3.5, begin=0.5)))
    assert [lap.kind for lap in laps] == [LapKind.PARTIAL, LapKind.TIMED, LapKind.TIMED, LapKind.TIMED]
    assert [lap.number for lap in laps] == [7, 8, 9, 10]
    assert all(lap.clean for lap in laps[1:])
    assert laps[0].last == laps[1].first
    assert np.isnan(laps[0].lap_time_s)


@pytest.mark.parametrize(("hz", "error_s"), [(60.0, 2e-5), (10.0, 5e-4)])
def test_lap_time_is_interpolated_at_the_line(hz, error_s):
    for lap in timed(find_laps(recording(drive(hz=hz)))):
        assert lap.lap_time_s == pytest.approx(lap_time(), abs=error_s)


@pytest.mark.parametrize("clock", [1e15, 1e103, 1.7e308, np.inf])
def test_a_damaged_clock_costs_its_ticks_and_raises_nothing(clock):
    columns = drive()
    at = tick_at(columns, 9, 0.5)
    columns["session_time_s"][at : at + 3] = [clock, -clock, clock]
    laps = timed(find_laps(recording(columns)))
    assert [lap.lap_time_s for lap in laps] == [pytest.approx(lap_time(), abs=2e-5)] * len(laps)
    assert max(lap.integrity.missing_ticks for lap in laps) == 3


def test_a_clock_that_hardly_moves_costs_no_time_to_look_at():
    columns = drive()
    columns["session_time_s"] = columns["session_time_s"] * 1e-200
    began = time.perf_counter()
    assert all(lap.lap_time_s < 1.0 for lap in timed(find_laps(recording(columns))))
    assert time.perf_counter() - began < 5.0


def test_ticks_lost_over_the_line_cost_only_milliseconds():
    columns = drive()
    at = tick_at(columns, 9, 0.0)
    lap = timed(find_laps(recording(without(columns, at - 10, at + 10))))[0]
    assert lap.lap_time_s == pytest.approx(lap_time(), abs=3e-3)


def test_positions_just_below_zero_at_the_line_are_no_second_crossing():
    columns = drive()
    frac = columns["lap_dist_frac"]
    columns["lap_dist_frac"] = np.where(frac > 1.0 - 0.0005, frac - 1.0, frac)
    assert [lap.lap_time_s for lap in timed(find_laps(recording(columns)))] == pytest.approx([lap_time()] * 3, abs=2e-5)


def test_rolling_back_over_the_line_makes_no_lap():
    columns = drive(laps=1.0, begin=0.9)
    back = 0.02 * np.sin(np.linspace(0.0, np.pi, 400))
    at = tick_at(columns, 8, 0.01)
    frac = columns["lap_dist_frac"]
    halt = np.mod(frac[at] - back, 1.0)
    spun = {name: np.concatenate((c[:at], np.full(400, c[at]), c[at:])) for name, c in columns.items()}
    spun["lap_dist_frac"][at : at + 400] = halt
    spun["lap_dist_m"] = spun["lap_dist_frac"] * LENGTH_M
    spun["session_time_s"] = 100.0 + np.arange(spun["session_time_s"].size) / HZ
    laps = find_laps(recording(spun))
    assert [lap.kind for lap in laps] == [LapKind.PARTIAL, LapKind.PARTIAL]
    assert laps[1].integrity.backwards_ticks > 100


def test_a_reset_with_its_zero_sample_ends_the_lap_and_the_next_one_starts_in_the_pits():
    columns = drive(laps=3.0, begin=0.5)
    at = tick_at(columns, 8, 0.6)
    stall = 0.97
    for name, zero, after in (
        ("lap_dist_frac", 0.0, stall),
        ("speed_mps", 0.0, 0.0),
        ("lap_number", 0.0, 8.0),
        ("track_surface", -1.0, 1.0),
    ):
        columns[name][at] = zero
        columns[name][at + 1 : at + 200] = after
    columns["on_pit_road"][at + 1 : at + 260] = 1.0
    columns["speed_mps"][at + 200 : at + 260] = 10.0
    columns["lap_dist_frac"][at + 200 : at + 260] = stall + np.arange(60) * 10.0 / HZ / LENGTH_M
    end = at + 260
    columns = {name: column[:end] for name, column in columns.items()}
    columns["lap_dist_m"] = columns["lap_dist_frac"] * LENGTH_M
    laps = find_laps(recording(columns))
    assert [lap.kind for lap in laps] == [LapKind.PARTIAL, LapKind.PARTIAL, LapKind.OUT]
    assert Reason.RESET in laps[1].reasons
    assert laps[1].number == 8
    assert laps[1].last == at


def test_the_lap_counter_alone_makes_no_lap():
    columns = drive()
    columns["lap_number"] = columns["lap_number"] + (np.arange(columns["lap_number"].size) > 2000)
    assert len(timed(find_laps(recording(columns)))) == 3


def test_a_position_that_jumps_and_comes_back_is_left_out_and_marked():
    columns = drive()
    at = tick_at(columns, 9, 0.4)
    for name, scale in (("lap_dist_frac", 1.0), ("lap_dist_m", LENGTH_M)):
        columns[name][at : at + 5] = np.mod(columns[name][at : at + 5] / scale + 0.55, 1.0) * scale
    laps = timed(find_laps(recording(columns)))
    assert [lap.lap_time_s for lap in laps] == pytest.approx([lap_time()] * 3, abs=2e-5)
    assert [Reason.IMPLAUSIBLE in lap.reasons for lap in laps] == [False, True, False]


@pytest.mark.parametrize("value", [0.0, 0.999])
@pytest.mark.parametrize("long", [1, 4, 40])
@pytest.mark.parametrize("early", [1, 5, 9, 30])
def test_a_false_position_beside_the_line_moves_no_lap_time(value, long, early):
    columns = drive()
    at = tick_at(columns, 9, 0.0) - early
    columns["lap_dist_frac"][at : at + long] = value
    columns["lap_dist_m"] = columns["lap_dist_frac"] * LENGTH_M
    for lap in timed(find_laps(recording(columns))):
        assert lap.lap_time_s == pytest.approx(lap_time(), abs=5e-3)


@needs_recordings
@pytest.mark.parametrize("name", sorted(path.name for path in RECORDINGS.glob("*.ibt")))
def test_no_real_position_is_taken_for_a_false_one_at_the_line(name):
    assert motion_of(open_recording(RECORDINGS / name)).glitches.size == 0


def test_a_jump_forward_for_good_breaks_the_lap():
    columns = drive()
    at = tick_at(columns, 9, 0.4)
    columns["lap_dist_frac"][at:] = np.mod(columns["lap_dist_frac"][at:] + 0.3, 1.0)
    columns["lap_dist_m"] = columns["lap_dist_frac"] * LENGTH_M
    laps = find_laps(recording(columns))
    assert [lap.kind for lap in laps] == [
        LapKind.PARTIAL, LapKind.TIMED, LapKind.PARTIAL, LapKind.PARTIAL, LapKind.TIMED, LapKind.PARTIAL,
    ]  # fmt: skip


def test_a_new_session_is_not_driven_across():
    columns = drive()
    at = tick_at(columns, 9, 0.4)
    columns["session_time_s"][at:] -= 90.0
    columns["session_num"] = (np.arange(columns["session_time_s"].size) >= at).astype(float)
    laps = find_laps(recording(columns))
    assert [lap.number for lap in timed(laps)] == [8, 10]
    assert all(Reason.RESET not in lap.reasons for lap in laps)


def test_a_file_cut_at_the_line_is_a_complete_lap():
    columns = drive(laps=1.0, begin=0.0)
    (lap,) = find_laps(recording(columns))
    assert lap.kind is LapKind.TIMED
    assert lap.lap_time_s == pytest.approx(lap_time(), abs=2e-4)


def test_pit_road_at_the_lines_makes_out_and_in_laps():
    columns = drive(laps=3.0, begin=0.0)
    number, frac = columns["lap_number"], columns["lap_dist_frac"]
    columns["on_pit_road"] = (((number == 7) & (frac < 0.1)) | ((number == 9) & (frac > 0.9))).astype(float)
    laps = find_laps(recording(columns))
    assert [lap.kind for lap in laps] == [LapKind.OUT, LapKind.TIMED, LapKind.IN]
    assert [lap.clean for lap in laps] == [False, True, False]


def test_nan_positions_are_lost_ticks():
    columns = drive()
    at = tick_at(columns, 9, 0.4)
    columns["lap_dist_frac"][at : at + 3] = np.nan
    laps = timed(find_laps(recording(columns)))
    assert len(laps) == 3
    assert laps[1].integrity.missing_ticks == 3


def test_a_recording_without_driving_has_no_laps():
    columns = {name: column[:1].repeat(600) for name, column in drive().items()}
    columns["speed_mps"][:] = 0.0
    columns["session_time_s"] = np.arange(600) / HZ
    assert find_laps(recording(columns)) == ()


def test_an_hour_of_driving_takes_less_than_a_tenth_of_a_second():
    hour = recording(drive(laps=72.0))
    assert hour.n_ticks > 200_000
    began = time.perf_counter()
    assert len(find_laps(hour)) > 70
    assert time.perf_counter() - began < 0.3  # 50 ms on an idle core


OFFICIAL = {
    "formula_vee_tsukuba_1k.ibt": {1: 25.9145, 2: 23.9797},
    "silverado_bristol.ibt": {171: 15.2255, 172: 15.0667},
    "mx5_okayama_short_driver_a.csv.gz": {2: 63.2653, 5: 60.1182, 6: 60.1341, 14: 61.5192},
    "mx5_okayama_short_driver_b.csv.gz": {2: 74.3606, 5: 62.9318},
    "ferrari488_fuji_nochicane_driver_b.csv.gz": {2: 99.1006, 4: 97.0107, 9: 98.1929},
    "summit_point_10hz.jsonl": {6: 82.7567, 7: 82.3464},
}


@needs_recordings
@pytest.mark.parametrize("name", OFFICIAL)
def test_measured_times_are_within_5_ms_of_the_official_ones(name):
    laps = {lap.number: lap for lap in find_laps(open_recording(Path(RECORDINGS, name))) if lap.kind is LapKind.TIMED}
    for number, official in OFFICIAL[name].items():
        assert laps[number].official_lap_time_s == pytest.approx(official, abs=1e-4)
        assert laps[number].lap_time_s == pytest.approx(official, abs=5e-3)


@needs_recordings
def test_a_real_reset_is_no_crossing():
    (lap,) = find_laps(open_recording(RECORDINGS / "amg_gt4_sebring_partial.ibt"))
    assert lap.kind is LapKind.OUT
    assert Reason.RESET in lap.reasons


@needs_recordings
def test_a_lap_that_starts_on_the_pit_exit_is_not_clean_though_complete():
    laps = find_laps(open_recording(RECORDINGS / "formula_vee_tsukuba_1k.ibt"))
    assert [(lap.number, lap.kind, lap.clean) for lap in laps] == [
        (0, LapKind.OUT, False), (1, LapKind.TIMED, False), (2, LapKind.TIMED, True), (3, LapKind.PARTIAL, False),
    ]  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_whatever_happens_a_clean_lap_has_its_true_time(data):
    """Lost ticks, glitches of the position, lies of the counter: they may cost a lap, but never make a wrong clean one."""
    columns = drive(laps=4.2, begin=0.4)
    ticks = columns["session_time_s"].size
    for _ in range(data.draw(st.integers(0, 3))):
        at, long = data.draw(st.integers(1, ticks - 400)), data.draw(st.integers(1, 60))
        columns["lap_dist_frac"][at : at + long] = data.draw(st.sampled_from([0.0, 0.3, 0.999, np.nan]))
        columns["lap_number"][data.draw(st.integers(0, ticks - 1)) :] += 1.0
    first = data.draw(st.integers(1, ticks - 400))
    laps = find_laps(recording(without(columns, first, first + data.draw(st.integers(0, 300)))))
    assert len(timed(laps)) <= 3
    for lap in laps:
        if lap.clean:
            assert lap.lap_time_s == pytest.approx(lap_time(), abs=5e-3)

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach.compare.find_phases import find_phases, phases_of_lap
from coach.laps.trace import LapTrace
from tests.coach.compare.cornering import Truth, lap

TRUTH = Truth()


def with_ticks(trace: LapTrace, **changes) -> LapTrace:
    """The lap with some columns of its ticks replaced: functions of (station, column)."""
    ticks = {name: trace.ticks[name] for name in trace.ticks}
    for name, change in changes.items():
        ticks[name] = change(ticks["station_m"], ticks[name])
    return replace(trace, ticks=ticks)


def between(begin, end, value):
    return lambda station, column: np.where((station >= begin) & (station <= end), value, column)


def assert_found(found, truth, within=1.0):
    assert found.lift_m == pytest.approx(truth.lift_m, abs=within)
    assert found.brake_on_m == pytest.approx(truth.brake_m, abs=within)
    assert found.brake_peak == pytest.approx(truth.brake_peak, abs=0.01)
    assert found.brake_off_m == pytest.approx(truth.brake_off_m, abs=2.0 * within)
    assert found.v_min_mps == pytest.approx(truth.v_min_mps, abs=0.1)
    assert found.v_min_at_m == pytest.approx(truth.apex_m, abs=2.0)
    assert found.throttle_on_m == pytest.approx(truth.throttle_m, abs=2.0 * within)
    assert found.full_throttle_m == pytest.approx(truth.full_m, abs=2.0 * within)


@pytest.mark.parametrize("shift", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("ramp", [2.0, 6.0, 25.0])
def test_known_points_are_found_within_a_metre(shift, ramp):
    truth = replace(TRUTH, brake_m=901.3 + shift, lift_m=893.0 + shift, brake_ramp_m=ramp)
    assert_found(find_phases(*lap(truth)), truth)


def test_a_mirrored_corner_has_the_same_phases():
    assert find_phases(*lap(direction=-1)) == find_phases(*lap(direction=1))


def test_turn_in_is_where_the_curvature_leaves_the_straight_band():
    found = find_phases(*lap())
    assert found.turn_in_m == pytest.approx(990.0 + 0.2 * 60.0, abs=0.5)
    assert found.trail_m == pytest.approx(found.brake_off_m - found.turn_in_m)


@pytest.mark.parametrize("hz", [20.0, 33.0, 120.0])
def test_the_sample_rate_does_not_move_the_points(hz):
    assert_found(find_phases(*lap(hz=hz)), TRUTH, within=max(1.0, 0.35 * 60.0 / hz))


def test_a_slower_clock_moves_no_station():
    trace, path, corner = lap()
    slow = with_ticks(trace, time_s=lambda _, t: 1.1 * t, speed_mps=lambda _, v: v / 1.1)
    found, usual = find_phases(slow, path, corner), find_phases(trace, path, corner)
    for name in ("lift_m", "brake_on_m", "brake_off_m", "v_min_at_m", "throttle_on_m", "full_throttle_m"):
        assert getattr(found, name) == pytest.approx(getattr(usual, name), abs=0.3)


@pytest.mark.parametrize("seed", range(5))
def test_noise_on_the_pedals_moves_the_points_by_less_than_two_ticks(seed):
    found = find_phases(*lap(sigma=0.01, seed=seed))
    assert found.brake_on_m == pytest.approx(TRUTH.brake_m, abs=1.5)
    assert found.lift_m == pytest.approx(TRUTH.lift_m, abs=1.5)
    assert found.throttle_on_m == pytest.approx(TRUTH.throttle_m, abs=4.0)
    assert found.full_throttle_m == pytest.approx(TRUTH.full_m, abs=4.0)
    assert found.lifts == 0


def test_thresholds_follow_a_pedal_that_is_never_pressed_hard():
    trace, path, corner = lap()
    weak = with_ticks(trace, brake_raw_frac=lambda _, b: 0.15 * b, throttle_raw_frac=lambda _, t: 0.03 + 0.9 * t)
    found = find_phases(weak, path, corner)
    assert_found(replace(found, brake_peak=found.brake_peak / 0.15), TRUTH)


def test_a_tap_on_the_brake_is_not_the_braking_point():
    trace, path, corner = lap()
    tapped = with_ticks(trace, brake_raw_frac=between(860.0, 866.0, 0.3))
    assert find_phases(tapped, path, corner).brake_on_m == pytest.approx(TRUTH.brake_m, abs=1.0)


def test_a_short_release_in_the_braking_is_bridged():
    trace, path, corner = lap()
    slipped = with_ticks(trace, brake_raw_frac=between(940.0, 944.0, 0.0))
    found = find_phases(slipped, path, corner)
    assert (found.brake_on_m, found.brake_off_m) == pytest.approx((TRUTH.brake_m, TRUTH.brake_off_m), abs=2.0)


def test_a_blip_of_a_downshift_is_neither_lift_nor_application():
    trace, path, corner = lap()
    blipped = with_ticks(trace, throttle_raw_frac=between(938.0, 943.0, 1.0))
    assert find_phases(blipped, path, corner) == replace(
        find_phases(trace, path, corner), coasting_m=pytest.approx(find_phases(blipped, path, corner).coasting_m)
    )


def test_a_foot_resting_on_the_brake_before_is_not_the_braking_point():
    trace, path, corner = lap()
    resting = with_ticks(trace, brake_raw_frac=lambda s, b: np.where((s > 855.0) & (s < 1000.0), np.maximum(b, 0.1), b))
    assert find_phases(resting, path, corner).brake_on_m == pytest.approx(TRUTH.brake_m, abs=1.5)


def test_left_foot_braking_before_the_lift_is_found():
    truth = replace(TRUTH, lift_m=904.0)
    found = find_phases(*lap(truth))
    assert found.brake_on_m == pytest.approx(truth.brake_m, abs=1.0)
    assert found.lift_m == pytest.approx(truth.lift_m, abs=1.0)


def test_a_corner_taken_flat_has_no_lift_no_brake_and_no_application():
    trace, path, corner = lap()
    flat = with_ticks(trace, throttle_raw_frac=lambda _, t: np.ones_like(t), brake_raw_frac=lambda _, b: np.zeros_like(b))
    found = find_phases(flat, path, corner)
    assert np.isnan([found.lift_m, found.brake_on_m, found.brake_off_m, found.trail_m, found.throttle_on_m, found.full_throttle_m]).all()
    assert np.isfinite(found.turn_in_m)
    assert found.coasting_m == 0.0


def test_easing_off_is_a_lift_and_the_rise_after_it_the_application():
    trace, path, corner = lap()
    eased = with_ticks(
        trace,
        throttle_raw_frac=lambda s, _: np.interp(s, [950.0, 970.0, 1060.0, 1090.0], [1.0, 0.4, 0.4, 1.0]),
        brake_raw_frac=lambda _, b: np.zeros_like(b),
    )
    found = find_phases(eased, path, corner)
    assert found.lift_m == pytest.approx(950.0, abs=2.5)
    assert found.throttle_on_m == pytest.approx(1060.0, abs=4.0)
    assert found.full_throttle_m == pytest.approx(1090.0, abs=2.0)


def test_braking_that_began_before_the_window_is_followed_back():
    trace, path, corner = lap()
    late = replace(corner, start_m=915.0)
    found = find_phases(trace, path, late)
    assert found.brake_on_m == pytest.approx(TRUTH.brake_m, abs=1.0)
    assert found.lift_m == pytest.approx(TRUTH.lift_m, abs=1.0)


def test_braking_for_a_first_corner_may_begin_before_the_line():
    trace, path, corner = lap(
        Truth(lift_m=10.0, brake_m=20.0, release_m=80.0, brake_off_m=120.0, apex_m=130.0, throttle_m=140.0, full_m=200.0)
    )
    ticks = {name: trace.ticks[name] for name in trace.ticks}
    ticks["station_m"] = ticks["station_m"] - 60.0
    moved = replace(trace, ticks=ticks)
    first = replace(corner, start_m=0.0, turn_in_m=20.0, apex_m=70.0, turn_out_m=120.0, end_m=800.0)
    found = find_phases(moved, path, first)
    assert found.brake_on_m == pytest.approx(-40.0, abs=1.0)
    assert found.lift_m == pytest.approx(-50.0, abs=1.0)


def test_a_minimum_speed_just_before_the_usual_turn_in_is_found():
    trace, path, corner = lap()
    found = find_phases(trace, path, replace(corner, turn_in_m=1060.0, apex_m=1080.0))
    assert found.v_min_at_m == pytest.approx(TRUTH.apex_m, abs=2.0)


def test_speed_that_rises_through_the_whole_window_has_its_minimum_at_turn_in():
    trace, path, corner = lap()
    after = replace(corner, start_m=1150.0, turn_in_m=1300.0, apex_m=1350.0, turn_out_m=1400.0)
    found = find_phases(trace, path, after)
    assert found.v_min_at_m == pytest.approx(1300.0, abs=1.0)
    assert np.isnan(found.lift_m)


def test_coasting_counts_metres_and_seconds_on_neither_pedal():
    found = find_phases(*lap(replace(TRUTH, throttle_m=1080.0, full_m=1130.0)))
    # Between lift and brake 3 m at 60 m/s, between brake and throttle 40 m at about 25 m/s.
    assert found.coasting_m == pytest.approx(3.0 + 40.0, abs=4.0)
    assert found.coasting_s == pytest.approx(3.0 / 60.0 + 40.0 / 25.5, abs=0.15)


def test_lifts_after_the_application_are_counted_and_shift_cuts_are_not():
    trace, path, corner = lap()
    lifted = with_ticks(trace, throttle_raw_frac=between(1180.0, 1200.0, 0.4))
    cut = with_ticks(trace, throttle_raw_frac=between(1248.0, 1254.0, 0.0))
    assert find_phases(lifted, path, corner).lifts == 1
    assert find_phases(cut, path, corner).lifts == 0


def test_shifts_and_the_gear_at_the_minimum_speed():
    found = find_phases(*lap())
    assert found.gear_at_min == 2.0
    assert [gear for _, gear in found.shifts_m] == [3, 2, 3, 4]
    assert [station for station, _ in found.shifts_m] == pytest.approx([915.0, 940.0, 1150.0, 1250.0], abs=1.2)


def test_lost_ticks_move_the_braking_point_by_less_than_they_span():
    trace, path, corner = lap()
    at = int(np.searchsorted(trace.ticks["station_m"], TRUTH.brake_m))
    ticks = {name: np.delete(trace.ticks[name], [at - 1, at]) for name in trace.ticks}
    assert find_phases(replace(trace, ticks=ticks), path, corner).brake_on_m == pytest.approx(TRUTH.brake_m, abs=2.0)


def test_missing_pedals_give_nan_and_the_speeds_stay():
    trace, path, corner = lap()
    ticks = {name: trace.ticks[name] for name in trace.ticks if "raw" not in name}
    missing = np.full(ticks["station_m"].size, np.nan)
    found = find_phases(replace(trace, ticks={**ticks, "brake_frac": missing, "throttle_frac": missing}), path, corner)
    assert np.isnan([found.lift_m, found.brake_on_m, found.throttle_on_m, found.coasting_m]).all()
    assert found.v_min_mps == pytest.approx(25.0, abs=0.1)


def test_a_lap_has_phases_for_every_corner_in_order():
    trace, path, corner = lap()
    other = replace(corner, number=2, start_m=1500.0, turn_in_m=1600.0, apex_m=1650.0, turn_out_m=1700.0)
    first, second = phases_of_lap(trace, path, (replace(corner, end_m=1500.0), other))
    assert first.brake_on_m < 950.0
    assert np.isnan(second.brake_on_m)


def test_single_samples_left_out_by_the_source_change_little():
    trace, path, corner = lap()
    holed = with_ticks(trace, brake_raw_frac=lambda s, b: np.where((s > 950.0) & (s < 952.0), np.nan, b))
    assert find_phases(holed, path, corner).brake_on_m == pytest.approx(TRUTH.brake_m, abs=1.0)

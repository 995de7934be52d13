"""Each detector on a synthetic lap with one event of known place: found where it is, silent where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from coach.detect.baseline import learn_baseline
from coach.detect.detect import detect_lap
from coach.detect.detection import DetectionKind
from coach.detect.lockup import slip_limit as lock_limit
from coach.detect.signals import joined, runs, signals_of
from tests.coach.detect.synthetic import (
    BRAKE_PER_PEDAL,
    DRAG,
    FRONT_M,
    PEAK_SLIP,
    RATIOS,
    REAR_M,
    STEERING_RATIO,
    TICK_S,
    laps,
    make_trace,
    stretch,
)


@pytest.fixture(scope="module")
def baseline():
    return learn_baseline(laps())


def found(baseline, change=None, kind=None, **lap):
    return [one for one in detect_lap(make_trace(change, number=9, **lap), baseline) if kind is None or one.kind is kind]


def test_a_clean_lap_has_no_detections(baseline):
    assert found(baseline) == []


def test_the_baseline_knows_the_gearing_without_tyre_slip(baseline):
    np.testing.assert_allclose(baseline.speed_per_rpm[1:], RATIOS[1:], rtol=0.003)


def test_the_baseline_knows_what_the_brake_gives(baseline):
    c0, c2, k = baseline.brake_response
    assert c0 + c2 * 35**2 + k * 0.5 == pytest.approx(BRAKE_PER_PEDAL * 0.5 + DRAG * 35**2, rel=0.03)


def test_the_baseline_knows_where_the_axles_begin_to_slide(baseline):
    axles = baseline.axles
    assert axles.rear_m == pytest.approx(REAR_M, abs=0.2)
    assert axles.steer_gain_m == pytest.approx(STEERING_RATIO * (FRONT_M + REAR_M), rel=0.1)
    for peak in (axles.front_peak_rad, axles.rear_peak_rad):  # never too small, or calls would be false; the brush model bends earlier
        assert 0.9 * PEAK_SLIP < peak < 1.4 * PEAK_SLIP


def test_laps_that_stay_far_below_the_grip_do_not_show_it():
    def gently(ticks):
        for name in ("steer_rad", "yaw_rate_radps", "velocity_y_mps", "lat_accel_mps2"):
            ticks[name] *= 0.2

    axles = learn_baseline([make_trace(gently, number=i) for i in range(6)]).axles
    assert np.isnan(axles.front_peak_rad)
    assert np.isnan(axles.rear_peak_rad)


# lock-up


def locked(slip, length_s=0.3):
    def change(ticks):
        ticks["rpm"][stretch(ticks, "brake_raw_frac", 0.3, 1, 0.4, length_s)] *= 1 - slip

    return change


def test_driven_wheels_that_lock_are_a_lockup_where_they_lock(baseline):
    (one,) = found(baseline, locked(0.3))
    trace = make_trace(locked(0.3), number=9)
    where = stretch(trace.ticks, "brake_raw_frac", 0.3, 1, 0.4, 0.3)
    assert one.kind is DetectionKind.LOCKUP
    assert one.start_s == pytest.approx(trace.ticks["time_s"][where.start], abs=2 * TICK_S)
    assert one.end_s == pytest.approx(trace.ticks["time_s"][where.stop - 1], abs=2 * TICK_S)
    assert dict(one.evidence)["driven_slip"] == pytest.approx(0.3, abs=0.05)


def test_slip_below_the_limit_or_too_short_is_no_lockup(baseline):
    assert found(baseline, locked(lock_limit(signals_of(make_trace()), baseline)[0] - 0.06)) == []
    assert found(baseline, locked(0.3, length_s=0.06)) == []


def missing_brakes(ticks):
    where = stretch(ticks, "brake_raw_frac", 0.3, 2, 1.0, 0.5)
    lost = 0.3 * BRAKE_PER_PEDAL * ticks["brake_raw_frac"][where] * TICK_S
    ticks["velocity_x_mps"][where] += np.cumsum(lost)  # the pedal is held and the car slows less
    ticks["velocity_x_mps"][where.stop :] += lost.sum()
    ticks["gear"][where] = 0.0  # nothing to see by the engine


def test_a_pedal_that_slows_less_than_usual_is_a_lockup_without_abs(baseline):
    (one,) = found(baseline, missing_brakes, DetectionKind.LOCKUP)
    assert dict(one.evidence)["lack_over_limit"] > 1


def test_the_same_in_a_car_with_abs_is_the_abs():
    def with_abs(ticks):
        ticks["abs_active"][stretch(ticks, "brake_raw_frac", 0.3, 0, 1.0, 0.2)] = 1.0

    baseline = learn_baseline([make_trace(with_abs, number=i) for i in range(6)])
    assert found(baseline, missing_brakes, DetectionKind.LOCKUP) == []


def test_where_nobody_knows_of_an_abs_the_pedal_proves_nothing():
    def unsaid(ticks):
        del ticks["abs_active"]

    def both(ticks):
        missing_brakes(ticks)
        unsaid(ticks)

    baseline = learn_baseline([make_trace(unsaid, number=i) for i in range(6)])
    assert found(baseline, both, DetectionKind.LOCKUP) == []


def test_a_light_pedal_that_slows_less_than_usual_is_no_lockup(baseline):
    def change(ticks):
        ticks["brake_raw_frac"][stretch(ticks, "throttle_raw_frac", 0.5, 1, 0.5, 0.5)] = 0.15  # left foot resting, full throttle

    assert found(baseline, change, DetectionKind.LOCKUP) == []


# wheelspin


def test_driven_wheels_faster_than_the_road_under_power_spin(baseline):
    def change(ticks):
        ticks["rpm"][stretch(ticks, "throttle_raw_frac", 0.5, 1, 0.5, 0.3)] *= 1.2

    (one,) = found(baseline, change)
    assert one.kind is DetectionKind.WHEELSPIN
    assert one.strength == pytest.approx(0.2 / 0.12, rel=0.15)


def test_engine_speed_with_the_clutch_open_says_nothing(baseline):
    def change(ticks):
        where = stretch(ticks, "throttle_raw_frac", 0.5, 1, 0.5, 0.3)
        ticks["rpm"][where] *= 1.5
        ticks["clutch_frac"][where] = 0.4

    assert found(baseline, change) == []


def spinning(length_s=0.3):
    def change(ticks):
        ticks["rpm"][stretch(ticks, "throttle_raw_frac", 0.5, 1, 0.5, length_s)] *= 1.3

    return change


def test_wheels_that_spin_in_the_air_are_none(baseline):
    def over_a_kerb(ticks):
        spinning(0.2)(ticks)
        ticks["vert_accel_mps2"] = np.full(ticks["rpm"].size, 9.8)
        ticks["vert_accel_mps2"][stretch(ticks, "throttle_raw_frac", 0.5, 1, 0.5, 0.1)] = 1.0

    assert [one.kind for one in found(baseline, spinning(0.2))] == [DetectionKind.WHEELSPIN]
    assert found(baseline, over_a_kerb) == []


def test_an_engine_that_is_still_coming_down_after_a_shift_is_none(baseline):
    def change(ticks):
        where = stretch(ticks, "throttle_raw_frac", 0.5, 1, 0.5, 0.4)
        ticks["clutch_frac"][where.start - 6 : where.start] = 0.0
        ticks["rpm"][where] *= np.linspace(1.5, 1.0, where.stop - where.start)

    assert found(baseline, change) == []


def test_without_a_clutch_channel_the_engine_says_nothing():
    def unsaid(ticks):
        del ticks["clutch_frac"]

    def both(ticks):
        spinning()(ticks)
        unsaid(ticks)

    assert found(learn_baseline([make_trace(unsaid, number=i) for i in range(6)]), both) == []


# balance


def corner(nth):
    """Where corner `nth` is driven steadily, for 0.6 s."""
    return lambda ticks: stretch(ticks, "yaw_rate_radps", 0.35, nth, 0.5, 0.6)


def pushing(past_peak, length_s=0.6):
    """The wheel turned until the front slips `past_peak` times as much as at its limit; the car goes on turning as it did."""

    def change(ticks):
        where = stretch(ticks, "yaw_rate_radps", 0.35, 1, 0.5, length_s)
        slip = (REAR_M * ticks["yaw_rate_radps"][where] - ticks["velocity_y_mps"][where]) / ticks["velocity_x_mps"][where]
        ticks["steer_rad"][where] += STEERING_RATIO * (past_peak * PEAK_SLIP - slip)

    return change


def test_a_front_turned_beyond_its_grip_is_understeer_where_it_is(baseline):
    (one,) = found(baseline, pushing(2.0))
    trace = make_trace(pushing(2.0), number=9)
    where = corner(1)(trace.ticks)
    assert one.kind is DetectionKind.UNDERSTEER
    assert one.start_s == pytest.approx(trace.ticks["time_s"][where.start], abs=0.05)
    assert one.end_s == pytest.approx(trace.ticks["time_s"][where.stop - 1], abs=0.05)
    assert dict(one.evidence)["front_use_est"] == pytest.approx(2.0, rel=0.25)


def test_a_front_at_its_limit_or_beyond_it_for_an_instant_is_none(baseline):
    assert found(baseline, pushing(1.0)) == []
    assert found(baseline, pushing(2.0, length_s=0.2)) == []


def test_more_steering_that_turns_the_car_is_none(baseline):
    def change(ticks):
        where = corner(2)(ticks)  # the fast corner leaves grip to turn more
        for name in ("steer_rad", "yaw_rate_radps", "lat_accel_mps2"):
            ticks[name][where] *= 1.15

    assert found(baseline, change) == []


def slide(degrees):
    """The rear steps out by an angle for 0.6 s, and the hands follow it: the front slips as before."""

    def change(ticks):
        where = corner(3)(ticks)
        ticks["velocity_y_mps"][where] -= np.tan(np.radians(degrees)) * ticks["velocity_x_mps"][where]
        ticks["steer_rad"][where] -= STEERING_RATIO * np.radians(degrees)

    return change


def test_a_slide_is_oversteer_also_when_it_is_caught(baseline):
    (one,) = found(baseline, slide(10))
    assert one.kind is DetectionKind.OVERSTEER
    assert dict(one.evidence)["rear_use_est"] > 1.25


def test_a_little_more_angle_is_only_style(baseline):
    assert found(baseline, slide(2)) == []


def test_a_habit_of_sliding_is_still_oversteer():
    traces = [make_trace(slide(10), number=i) for i in range(6)]
    assert [one.kind for one in detect_lap(traces[0], learn_baseline(traces))] == [DetectionKind.OVERSTEER]


def test_beyond_fifteen_degrees_it_is_a_spin_and_nothing_else(baseline):
    def locked_as_well(ticks):
        slide(30)(ticks)
        ticks["brake_raw_frac"][corner(3)(ticks)] = 1.0
        ticks["rpm"][corner(3)(ticks)] *= 0.3

    assert [one.kind for one in found(baseline, slide(30))] == [DetectionKind.SPIN]
    assert [one.kind for one in found(baseline, locked_as_well)] == [DetectionKind.SPIN]


@pytest.mark.parametrize(("event", "kind"), [(slide(10), DetectionKind.OVERSTEER), (pushing(2.0), DetectionKind.UNDERSTEER)])
def test_mirrored_laps_are_judged_alike(event, kind):
    def mirror(ticks):
        for name in ("steer_rad", "yaw_rate_radps", "velocity_y_mps", "lat_accel_mps2"):
            ticks[name] = -ticks[name]

    def mirrored_event(ticks):
        event(ticks)
        mirror(ticks)

    baseline = learn_baseline([make_trace(mirror, number=i) for i in range(6)])
    assert [one.kind for one in found(baseline, mirrored_event)] == [kind]


# the rest


@pytest.mark.parametrize(("n_ticks", "expected"), [(1, 0), (2, 1), (30, 1)])
def test_off_track_counts_from_two_ticks(baseline, n_ticks, expected):
    def change(ticks):
        ticks["track_surface"][500 : 500 + n_ticks] = 0.0

    assert len(found(baseline, change, DetectionKind.OFF_TRACK)) == expected


@pytest.mark.parametrize(("duty", "expected"), [(0.2, 0), (0.6, 1)])
def test_abs_is_overused_beyond_a_third_of_the_zone(baseline, duty, expected):
    def change(ticks):
        zone = stretch(ticks, "brake_raw_frac", 0.3, 1, 0.6, 3.0 * duty)
        ticks["abs_active"][zone] = 1.0

    assert len(found(baseline, change, DetectionKind.ABS_OVERUSE)) == expected


def test_abs_from_the_first_touch_is_overused_even_when_short(baseline):
    def change(ticks):
        ticks["abs_active"][stretch(ticks, "brake_raw_frac", 0.3, 1, 0.0, 0.49)] = 1.0

    assert len(found(baseline, change, DetectionKind.ABS_OVERUSE)) == 1


def test_a_minimum_speed_far_from_the_usual_is_inconsistent(baseline):
    def change(ticks):
        ticks["speed_mps"][stretch(ticks, "yaw_rate_radps", 0.3, 1, 0.0, 3.0)] -= 1.5

    (one,) = found(baseline, change, DetectionKind.INCONSISTENCY)
    assert dict(one.evidence)["v_min_mps"] == pytest.approx(18.5, abs=0.1)


def test_a_few_laps_are_no_base_for_consistency():
    baseline = learn_baseline(laps(3))
    assert np.isnan(baseline.places.usual).all()


def test_a_source_without_most_channels_gives_silence_not_errors():
    keep = {"time_s", "station_m", "speed_mps", "brake_raw_frac", "throttle_raw_frac", "track_surface"}

    def strip(ticks):
        for name in set(ticks) - keep:
            del ticks[name]

    traces = [make_trace(strip, number=i) for i in range(6)]
    assert detect_lap(traces[0], learn_baseline(traces)) == ()


def test_runs_bridge_short_gaps_and_count_a_ticks_own_length():
    time = np.arange(20) / 60
    mask = np.zeros(20, bool)
    mask[[2, 3, 4, 6, 7]] = True
    mask[15] = True
    assert runs(mask, time, at_least_s=0.1) == [slice(2, 8)]
    assert runs(mask, time, at_least_s=1 / 60) == [slice(2, 8), slice(15, 16)]


def test_stretches_that_are_near_are_one_and_blips_are_not_made_long_by_it():
    time = np.arange(60) / 60
    mask = np.zeros(60, bool)
    mask[[2, 12, 13]] = True
    mask[20:30] = mask[40:50] = True
    assert joined(runs(mask, time, at_least_s=0.1), time, 0.3) == [slice(20, 50)]
    assert joined(runs(mask, time, at_least_s=0.1), time, 0.1) == [slice(20, 30), slice(40, 50)]

"""Each detector on a synthetic lap with one event of known place: found where it is, silent where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from coach.detect.baseline import learn_baseline
from coach.detect.detect import detect_lap
from coach.detect.detection import DetectionKind
from coach.detect.lockup import slip_limit as lock_limit
from coach.detect.signals import runs
from tests.coach.detect.synthetic import BRAKE_PER_PEDAL, DRAG, RATIOS, STEER_A, STEER_B, TICK_S, laps, make_trace, stretch


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


def test_the_baseline_knows_the_steering(baseline):
    # On one corner radius A and B are only known together.
    assert baseline.steer_fit @ [0.6 / 20, 0.6 * 20] == pytest.approx(STEER_A * 0.6 / 20 + STEER_B * 0.6 * 20, rel=0.02)


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
    assert found(baseline, locked(lock_limit(baseline) - 0.06)) == []
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


# balance


def test_steering_that_brings_no_more_turn_is_understeer(baseline):
    def change(ticks):
        where = stretch(ticks, "yaw_rate_radps", 0.3, 1, 0.5, 0.6)
        ticks["steer_rad"][where] += np.linspace(0.0, 1.0, where.stop - where.start)
        ticks["yaw_rate_radps"][where] *= np.linspace(1.0, 0.8, where.stop - where.start)

    (one,) = found(baseline, change)
    assert one.kind is DetectionKind.UNDERSTEER


def test_the_same_steering_that_turns_the_car_is_none(baseline):
    def change(ticks):
        where = stretch(ticks, "yaw_rate_radps", 0.3, 1, 0.5, 0.6)
        more = np.linspace(1.0, 1.3, where.stop - where.start)
        ticks["steer_rad"][where] *= more
        ticks["yaw_rate_radps"][where] *= more

    assert found(baseline, change, DetectionKind.UNDERSTEER) == []


def slide(degrees, countersteer):
    def change(ticks):
        where = stretch(ticks, "yaw_rate_radps", 0.3, 2, 1.0, 0.4)
        ticks["velocity_y_mps"][where] -= np.tan(np.radians(degrees)) * ticks["velocity_x_mps"][where]
        if countersteer:
            ticks["steer_rad"][where] = -0.2

    return change


def test_a_slide_that_is_countersteered_is_oversteer(baseline):
    (one,) = found(baseline, slide(6, countersteer=True), DetectionKind.OVERSTEER)
    assert dict(one.evidence)["sideslip_beyond_usual_rad"] == pytest.approx(np.radians(6), rel=0.15)


def test_a_wide_angle_without_countersteer_is_only_style(baseline):
    assert found(baseline, slide(6, countersteer=False), DetectionKind.OVERSTEER) == []


def test_beyond_fifteen_degrees_it_is_a_spin_whatever_the_hands_do(baseline):
    assert len(found(baseline, slide(25, countersteer=False), DetectionKind.SPIN)) == 1


def test_mirrored_laps_are_judged_alike():
    def mirror(ticks):
        for name in ("steer_rad", "yaw_rate_radps", "velocity_y_mps"):
            ticks[name] = -ticks[name]

    def mirrored_slide(ticks):
        slide(6, countersteer=True)(ticks)
        mirror(ticks)

    baseline = learn_baseline([make_trace(mirror, number=i) for i in range(6)])
    assert [one.kind for one in found(baseline, mirrored_slide)] == [DetectionKind.OVERSTEER]


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

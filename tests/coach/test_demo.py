"""The demonstration session: believable, consistent, and its mistakes are where it says."""

from __future__ import annotations

import irsdk
import numpy as np
import pytest

from coach.compare.cause import Cause
from coach.demo import demo_session, write_demo_session
from coach.demo.driver import CAR
from coach.laps.crossings import find_laps
from coach.laps.lap import LapKind, Reason
from coach.laps.resample import trace_laps
from coach.physics.envelope import learn_car
from coach.physics.quasi_steady import G_MPS2
from coach.telemetry.sources import open_recording
from coach.track.reckon import path_of


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Path, recording as read back, and the truth."""
    path = tmp_path_factory.mktemp("demo") / "demo.ibt"
    truth = write_demo_session(path, seed=1)
    return path, open_recording(path), truth


@pytest.fixture(scope="module")
def traces(session):
    _, recording, _ = session
    return {lap.number: trace_laps(recording, [lap])[0] for lap in find_laps(recording) if lap.kind is LapKind.TIMED}


def around(truth, mistake, trace, name, metres=200.0):
    """Stations and values of a channel from this far before the corner's apex to as far after it."""
    s = trace.grid["station_m"]
    near = np.abs(s - truth.apex_m[mistake.corner - 1]) < metres
    return s[near], trace.grid[name][near]


def of_kind(truth, cause):
    return [mistake for mistake in truth.mistakes if mistake.cause is cause]


def test_the_same_seed_writes_the_same_bytes(session, tmp_path):
    write_demo_session(tmp_path / "again.ibt", seed=1)
    write_demo_session(tmp_path / "other.ibt", seed=2)
    written = session[0].read_bytes()
    assert (tmp_path / "again.ibt").read_bytes() == written
    assert (tmp_path / "other.ibt").read_bytes() != written


def test_it_says_that_nobody_drove_it(session):
    assert session[1].session.simulated


def test_other_readers_open_it(session):
    with_irsdk = irsdk.IBT()
    with_irsdk.open(str(session[0]))
    speed = with_irsdk.get_all("Speed")
    with_irsdk.close()
    assert np.array_equal(np.asarray(speed), session[1].column("speed_mps"))


def test_seven_clean_laps_between_an_out_lap_and_a_piece(session):
    laps = find_laps(session[1])
    assert [lap.number for lap in laps if lap.clean] == [1, 2, 3, 4, 5, 6, 7]
    assert Reason.OUT_LAP in laps[0].reasons
    assert not laps[-1].clean


def test_official_times_are_the_measured_ones(session):
    timed = [lap for lap in find_laps(session[1]) if lap.clean]
    assert [lap.official_lap_time_s for lap in timed] == pytest.approx([lap.lap_time_s for lap in timed], abs=0.002)


def test_official_times_come_out_some_ticks_after_the_line(session):
    _, recording, _ = session
    line = np.flatnonzero(np.diff(recording.column("lap_number")) > 0)[1]
    shown = np.flatnonzero(np.diff(recording.column("lap_last_time_s")) != 0)
    assert 5 <= (shown[shown > line][0] - line) <= 30


def test_laps_with_mistakes_are_slower_by_what_these_cost(session, traces):
    truth = session[2]
    good = np.mean([traces[lap].lap.lap_time_s for lap in (1, 2, 3)])
    for lap in (4, 5, 6, 7):
        cost = sum(mistake.time_lost_s for mistake in truth.mistakes if mistake.lap == lap)
        assert traces[lap].lap.lap_time_s - good == pytest.approx(cost, abs=0.25)


def test_a_mistake_can_be_read():
    assert str(next(iter(demo_session(1)[1]))).startswith("lap 4, corner 3: brake early, 14 m: 0.")


def test_every_mistake_costs_enough_to_be_seen_and_not_absurdly_much(session):
    assert all(0.05 < mistake.time_lost_s < 0.9 for mistake in session[2].mistakes)


def test_early_braking_is_as_early_as_stated(session, traces):
    truth = session[2]
    for mistake in of_kind(truth, Cause.BRAKE_EARLY):
        on = []
        for lap in (2, mistake.lap):
            s, brake = around(truth, mistake, traces[lap], "brake_frac")
            on.append(s[np.argmax(brake > 0.05)])
        assert on[0] - on[1] == pytest.approx(mistake.size, abs=5.0)  # he brakes within 4 m of the last moment anyway


def test_slow_apexes_are_as_slow_as_stated(session, traces):
    truth = session[2]
    for mistake in of_kind(truth, Cause.SLOW_APEX):
        usual, slow = (around(truth, mistake, traces[lap], "speed_mps", 60.0)[1].min() for lap in (2, mistake.lap))
        assert 1.0 - slow / usual == pytest.approx(mistake.size, abs=0.015)


def test_late_throttle_is_as_late_as_stated(session, traces):
    truth = session[2]
    for mistake in of_kind(truth, Cause.THROTTLE_LATE):
        full = []
        for lap in (2, mistake.lap):
            s, throttle = around(truth, mistake, traces[lap], "throttle_frac", 120.0)
            off = np.flatnonzero(throttle < 0.02)
            full.append(s[off[-1] + 1 + np.argmax(throttle[off[-1] + 1 :] > 0.4)])
        assert full[1] - full[0] == pytest.approx(mistake.size, abs=15.0)


def test_coasting_is_on_neither_pedal(session, traces):
    truth = session[2]
    for mistake in of_kind(truth, Cause.COASTING):
        rolled = []
        for lap in (2, mistake.lap):
            _, throttle = around(truth, mistake, traces[lap], "throttle_frac", 230.0)
            _, brake = around(truth, mistake, traces[lap], "brake_frac", 230.0)
            rolled.append(np.sum((throttle < 0.02) & (brake < 0.02)))
        assert rolled[1] - rolled[0] > 0.7 * mistake.size


def test_motion_channels_agree_with_each_other(session):
    column = session[1].column
    inside = slice(60, -60)
    v, vx, vy, rate = (column(name)[inside] for name in ("speed_mps", "velocity_x_mps", "velocity_y_mps", "yaw_rate_radps"))
    assert np.hypot(vx, vy) == pytest.approx(v, abs=1e-4)
    kinematic = np.gradient(vy) * 60.0 + vx * rate
    assert column("lat_accel_mps2")[inside] == pytest.approx(kinematic + G_MPS2 * np.sin(column("roll_rad")[inside]), abs=0.05)
    assert np.gradient(np.unwrap(column("yaw_rad")))[inside] * 60.0 == pytest.approx(rate, abs=2e-3)
    assert np.corrcoef(column("steer_rad")[inside], rate)[0, 1] > 0.9


def test_dead_reckoning_meets_the_satellite(session):
    column = session[1].column
    course = np.unwrap(column("yaw_rad")) + np.arctan2(column("velocity_y_mps"), column("velocity_x_mps"))
    x = np.cumsum(column("speed_mps") * np.cos(course)) / 60.0
    east = np.radians(column("lon_deg") - column("lon_deg")[0]) * 6371008.8 * np.cos(np.radians(column("lat_deg")[0]))
    assert np.max(np.abs((x - x[0]) - east)) < 6.0  # after 18 km


def test_pedals_are_human(session):
    throttle, brake = (session[1].column(name) for name in ("throttle_frac", "brake_frac"))
    assert 0.0 <= min(throttle.min(), brake.min()) <= max(throttle.max(), brake.max()) <= 1.0
    assert np.mean((throttle > 0.1) & (brake > 0.1)) == 0.0
    assert np.abs(np.diff(brake)).max() < 0.2
    assert np.mean(throttle > 0.98) > 0.4


def test_engine_speed_and_gears_fit_the_speed(session):
    gear, rpm, v = (session[1].column(name) for name in ("gear", "rpm", "speed_mps"))
    assert set(np.unique(gear)) <= {1, 2, 3, 4, 5, 6}
    assert rpm.max() < session[1].session.redline_rpm
    assert v == pytest.approx(rpm * CAR.speed_per_rpm[gear.astype(int)], rel=1e-3)
    assert np.abs(np.diff(gear)).max() == 1


def test_the_car_behind_it_can_be_learned_back(traces):
    laps = list(traces.values())
    car = learn_car(laps, [path_of(trace) for trace in laps])
    v = np.array([25.0, 35.0, 45.0])
    for name in ("accel_full_mps2", "lateral_mps2", "braking_mps2"):
        assert np.interp(v, car.speed_mps, getattr(car, name)) == pytest.approx(np.interp(v, CAR.speed_mps, getattr(CAR, name)), rel=0.12)
    assert car.ellipse == pytest.approx(CAR.ellipse, abs=0.2)


def test_another_seed_keeps_the_mistakes_and_changes_the_driving():
    (one, truth), (other, other_truth) = demo_session(1), demo_session(2)
    assert [m.corner for m in truth.mistakes] == [m.corner for m in other_truth.mistakes]
    assert not np.array_equal(one.column("speed_mps")[:1000], other.column("speed_mps")[:1000])

"""A drive: on the road, repeatable, complete in its channels, and with mistakes that cost what they should where they should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coach.arrays import FloatArray
from coach.compare.cause import Cause
from coach.errors import BadInput
from coach.physics.car import CarModel
from coach.physics.quasi_steady import quasi_steady_lap, time_of
from coach.sim.car import Car, car_ids, load_car, mass_with_fuel
from coach.sim.circuit import Circuit, circuit_ids, load_circuit
from coach.sim.drive import Run, drive
from coach.sim.dynamics import VX
from coach.sim.limits import car_limits
from coach.sim.line import fast_line
from coach.sim.plan import Conditions, Event, Fault, Plan, Trouble
from coach.sim.prepare import air_of, fuel_of, prepare
from coach.sim.prepare import quasi_steady_s as lap_on
from coach.sim.profile import path_of
from coach.sim.skill import EXPERT, INTERMEDIATE, NOVICE
from coach.telemetry.channels import CHANNELS, Where
from tests.coach.sim.test_dynamics import drive as push

QUIET = Plan(EXPERT, scatter=0.0)
LIME, MX5 = load_circuit("lime-rock"), load_car("mx5")
BIG_BEND = next(corner for corner in LIME.corners if corner.number == 1)


@pytest.fixture(scope="module")
def quiet() -> Run:
    return drive(LIME, MX5, QUIET, 3, 1)


def lap_of(run: Run, lap: int, name: str) -> FloatArray:
    """A column on the 1 m grid of one lap."""
    here = run.columns["lap_number"] == lap
    return np.interp(np.arange(0.0, LIME.length_m), run.columns["lap_dist_m"][here], run.columns[name][here])


def test_every_disk_channel_is_there_and_finite(quiet: Run) -> None:
    wanted = {channel.name for channel in CHANNELS if channel.where is not Where.LIVE}
    assert wanted <= set(quiet.columns)
    assert {column.size for column in quiet.columns.values()} == {quiet.columns["speed_mps"].size}
    assert all(np.isfinite(column).all() for column in quiet.columns.values())


def test_same_seed_same_bytes() -> None:
    first, again, other = (drive(LIME, MX5, Plan(INTERMEDIATE), 2, seed) for seed in (7, 7, 8))
    assert all(np.array_equal(first.columns[name], again.columns[name]) for name in first.columns)
    assert first.lap_times_s == again.lap_times_s
    assert first.lap_times_s != other.lap_times_s


def test_out_lap_then_timed_laps_at_sixty_hertz(quiet: Run) -> None:
    c = quiet.columns
    assert np.diff(c["session_time_s"]) == pytest.approx(1.0 / 60.0, abs=1e-9)
    assert list(dict.fromkeys(c["lap_number"])) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert c["on_pit_road"][0] == 1.0
    assert c["track_surface"][0] in (1.0, 2.0)
    assert not c["on_pit_road"][c["lap_number"] >= 1.0].any()
    assert [lap for lap, _ in quiet.lap_times_s] == [1, 2, 3]


def test_official_times_come_late_and_are_exact(quiet: Run) -> None:
    c = quiet.columns
    for lap, time in quiet.lap_times_s:
        crossed = int(np.argmax(c["lap_number"] == lap + 1))
        switched = int(np.argmax((c["lap_last_time_s"] == time) & (np.arange(c["lap_number"].size) >= crossed)))
        assert 5 <= switched - crossed <= 31
        ticks = np.flatnonzero(c["lap_number"] == lap)
        assert time == pytest.approx(ticks.size / 60.0, abs=1.5 / 60.0)


def test_channels_agree_with_each_other(quiet: Run) -> None:
    c = quiet.columns
    on = c["lap_number"] >= 1.0
    assert c["speed_mps"] == pytest.approx(np.hypot(c["velocity_x_mps"], c["velocity_y_mps"]), abs=1e-9)
    kinematic = np.gradient(c["velocity_y_mps"]) * 60.0 + c["velocity_x_mps"] * c["yaw_rate_radps"]
    difference = (c["lat_accel_mps2"] - kinematic - 9.80665 * np.sin(c["roll_rad"]))[on]
    assert np.std(difference) < 0.37  # the residual measured on real files (coaching.md 2.5)
    along = np.gradient(c["velocity_x_mps"]) * 60.0 - c["velocity_y_mps"] * c["yaw_rate_radps"]
    assert np.std((c["long_accel_mps2"] - along + 9.80665 * np.sin(c["pitch_rad"]))[on]) < 0.5
    assert np.corrcoef(c["steer_rad"][on], c["yaw_rate_radps"][on])[0, 1] > 0.8


def test_position_on_earth_and_yaw_follow_the_velocity(quiet: Run) -> None:
    c = quiet.columns
    north = np.radians(np.gradient(c["lat_deg"])) * 6_371_000.0 * 60.0
    east = np.radians(np.gradient(c["lon_deg"])) * 6_371_000.0 * np.cos(np.radians(LIME.latitude_deg)) * 60.0
    assert np.hypot(north, east)[100:-100] == pytest.approx(c["speed_mps"][100:-100], abs=0.25)
    compass = np.arctan2(east, north)
    course = c["yaw_north_rad"] - np.arctan2(c["velocity_y_mps"], c["velocity_x_mps"])
    fast = c["speed_mps"] > 15.0
    assert np.abs(np.angle(np.exp(1j * (compass - course))))[fast].max() < 0.02


@pytest.mark.parametrize(("circuit_id", "car_id"), [("lime-rock", "mx5"), ("okayama-short", "skip-barber"), ("red-bull-ring", "gt3")])
def test_all_named_drivers_stay_on_the_road_and_rank_by_skill(circuit_id: str, car_id: str) -> None:
    circuit, car = load_circuit(circuit_id), load_car(car_id)
    runs = [drive(circuit, car, Plan(skill), 3, 2) for skill in (EXPERT, INTERMEDIATE, NOVICE)]
    assert not any(run.left_track for run in runs)
    expert, intermediate, novice = (np.mean([time for _, time in run.lap_times_s]) for run in runs)
    assert expert * 1.02 < intermediate < expert * 1.10
    assert intermediate * 1.03 < novice < expert * 1.25


PACE = 0.015  # the issue's: above the quasi-steady lap, gear changes counted
NORMAL_RUN = (("lime-rock", "mx5"), ("summit-point", "gt4"), ("okayama-short", "gt3"), ("tsukuba", "skip-barber"))


@pytest.mark.parametrize(("circuit_id", "car_id"), NORMAL_RUN)
def test_the_expert_is_within_one_and_a_half_percent_of_the_quasi_steady_lap(circuit_id: str, car_id: str) -> None:
    """Of this model's own; the engine's point mass knows no cornering drag and is up to 2 % faster on the same limits."""
    circuit, car = load_circuit(circuit_id), load_car(car_id)
    run = drive(circuit, car, QUIET, 2, 1)
    assert not run.left_track
    assert 1.0 < run.lap_times_s[-1][1] / own_quasi_steady_s(circuit, car) < 1.0 + PACE
    assert run.lap_times_s[-1][1] == pytest.approx(quasi_steady_s(circuit, car), rel=0.036)  # measured: 1.1-3.5 %


@pytest.mark.slow
@pytest.mark.parametrize("circuit_id", circuit_ids())
@pytest.mark.parametrize("car_id", car_ids())
def test_the_expert_is_that_quick_on_every_circuit(circuit_id: str, car_id: str) -> None:
    circuit, car = load_circuit(circuit_id), load_car(car_id)
    run = drive(circuit, car, QUIET, 2, 1)
    assert not run.left_track
    assert 1.0 < run.lap_times_s[-1][1] / own_quasi_steady_s(circuit, car) < 1.0 + PACE


def test_the_fastest_of_the_lines_tried_is_driven() -> None:
    circuit, car = load_circuit("tsukuba"), load_car("mx5")
    base = prepare(circuit, car, Conditions())
    least_curved = fast_line(circuit, car_width_m=2.0 * car.half_width_m)
    assert lap_on(circuit, base.limits, base.offset_m) < 0.985 * lap_on(circuit, base.limits, least_curved)  # hairpins: measured 2.1 %


def own_quasi_steady_s(circuit: Circuit, car: Car) -> float:
    """The lap of a driver without hands and feet: every limit used fully at every station of his line, gear changes counted."""
    base = prepare(circuit, car, Conditions())
    rolling = base.limits.driving_mps2
    share = full_throttle(base.limits.v_mps, rolling[:, 0], car) / np.where(rolling[:, 0] > 0.0, rolling[:, 0], 1.0)
    slowed = np.where((rolling > 0.0) & (base.limits.flat > 0.5), rolling * share[:, None], rolling)
    return lap_on(circuit, base.limits._replace(driving_mps2=slowed), base.offset_m)


def quasi_steady_s(circuit: Circuit, car: Car) -> float:
    """The engine's point-mass lap on the driver's line, with this car's limits and its full-throttle run, gear changes included."""
    base = prepare(circuit, car, Conditions())
    air, fuel = air_of(Conditions(), circuit), fuel_of(car, Conditions())
    limits = car_limits(car.params, air, fuel)
    share = limits.braking_mps2 / limits.braking_mps2[:, :1]
    exponents = np.linspace(1.0, 2.5, 31)
    lateral = np.linspace(0.0, 1.0, share.shape[1])
    misfit = [np.abs((1.0 - lateral**p) ** (1.0 / p) - share).mean() for p in exponents]
    path = path_of(circuit, base.offset_m)
    model = CarModel(
        limits.v_mps,
        full_throttle(limits.v_mps, limits.driving_mps2[:, 0], car),
        limits.lateral_mps2,
        limits.braking_mps2[:, 0],
        float(np.median(limits.braking_mps2[:, 0])),
        float(exponents[int(np.argmin(misfit))]),
        np.full(2, np.nan),
        np.ones(limits.v_mps.size),
        0.75,
    )
    speed = quasi_steady_lap(
        path.curvature_1pm,
        circuit.step_m * path.stretch,
        model,
        grade_frac=np.tan(np.arcsin(path.sin_grade)),
        bank_rad=-np.arcsin(path.sin_bank),
    )
    return time_of(speed, circuit.step_m * path.stretch)


def full_throttle(v: FloatArray, rolling: FloatArray, car: Car) -> FloatArray:
    """Mean acceleration of a full-throttle run: that between the gear changes, less the share of time they take."""
    p = car.params
    changes = p.shift_rpm * np.pi / 30.0 / (p.gears[:-1] * p.final_drive) * p.wheel_radius_m
    bounds = np.concatenate([[0.0], 0.5 * (changes[1:] + changes[:-1]), [1e3]])
    slowed = rolling.copy()
    for low, high, change in zip(bounds[:-1], bounds[1:], changes, strict=True):
        here = (v >= low) & (v < high) & (rolling > 0.0)
        if here.sum() > 1:
            grid = np.linspace(max(low, v[0]), min(high, v[here][-1]), 100)
            time = np.trapezoid(1.0 / np.maximum(np.interp(grid, v, rolling), 0.05), grid)
            slowed[here] *= time / (time + p.shift_time_s * (v[0] < change < v[here][-1] + 5.0))
    return slowed


@pytest.mark.parametrize(
    ("cause", "size", "at_least_s"),
    [
        (Cause.BRAKE_EARLY, 15.0, 0.10),
        (Cause.BRAKE_SOFT, 25.0, 0.05),
        (Cause.SLOW_APEX, 5.0, 0.15),
        (Cause.LINE, 2.0, 0.03),
        (Cause.LIFT, 40.0, 0.10),
        (Cause.COASTING, 60.0, 0.01),
        (Cause.GEAR, 1.0, 0.02),
    ],
)
def test_a_mistake_costs_time_on_its_lap_and_at_its_corner(quiet: Run, cause: Cause, size: float, at_least_s: float) -> None:
    run = drive(LIME, MX5, replace(QUIET, faults=(Fault(cause, 1, size, 2),)), 3, 1)
    before, after = dict(quiet.lap_times_s), dict(run.lap_times_s)
    assert after[2] - before[2] > at_least_s
    assert after[1] == before[1]
    assert after[3] == pytest.approx(before[3], abs=0.02)
    changed = np.flatnonzero(np.abs(lap_of(run, 2, "speed_mps") - lap_of(quiet, 2, "speed_mps")) > 0.3)
    assert BIG_BEND.start_m - 150.0 < changed[0] < BIG_BEND.end_m + 150.0


def test_braking_points_move_by_what_was_ordered(quiet: Run) -> None:
    run = drive(LIME, MX5, replace(QUIET, faults=(Fault(Cause.BRAKE_EARLY, 3, 15.0, 2),)), 3, 1)
    third = next(corner for corner in LIME.corners if corner.number == 3)

    def onset(of: Run) -> float:
        brake = lap_of(of, 2, "brake_raw_frac")
        near = np.arange(int(third.start_m) - 150, int(third.apex_m))
        return float(near[np.argmax(brake[near] > 0.05)])

    assert onset(quiet) - onset(run) == pytest.approx(15.0, abs=4.0)


def test_a_locked_wheel_is_an_event_with_its_place() -> None:
    run = drive(LIME, MX5, replace(QUIET, faults=(Fault(Cause.LOCKUP, 5, 20.0, 2),)), 2, 1)
    locked = [event for event in run.events if event.kind == "lockup" and event.lap == 2]
    assert locked
    assert 1150.0 < locked[0].station_m < 1300.0
    assert locked[0].strength > 0.2


def test_hopelessly_late_braking_leaves_the_track_and_says_so() -> None:
    run = drive(LIME, MX5, replace(QUIET, faults=(Fault(Cause.BRAKE_LATE, 1, 40.0, 2),)), 3, 1)
    assert 2 in run.left_track
    surface, count = run.columns["track_surface"], run.columns["incident_count"]
    assert (surface[run.columns["lap_number"] == 2] == 0.0).any()
    first = int(np.argmax(surface == 0.0))
    assert int(np.argmax(count > 0.0)) > first + 5  # 36 ticks after what went wrong first, here a slide
    assert len(run.lap_times_s) == 3  # he drives on


def test_no_power_is_no_fault_but_costs_on_the_straight(quiet: Run) -> None:
    weak = drive(LIME, MX5, replace(QUIET, conditions=Conditions(power_frac=0.9)), 3, 1)
    slick = drive(LIME, MX5, replace(QUIET, conditions=Conditions(grip_frac=0.9)), 3, 1)
    assert weak.lap_times_s[1][1] > quiet.lap_times_s[1][1] + 0.5
    assert slick.lap_times_s[1][1] > quiet.lap_times_s[1][1] + 1.0
    assert lap_of(weak, 2, "speed_mps").max() < lap_of(quiet, 2, "speed_mps").max() - 0.5


def test_wet_is_slower_and_says_so() -> None:
    wet = drive(LIME, MX5, replace(QUIET, conditions=Conditions(wetness=0.5)), 2, 1)
    assert not wet.left_track
    assert wet.columns["track_wetness"][0] == 4.0
    assert wet.lap_times_s[-1][1] > 64.0


def test_troubles_show_in_their_channels(quiet: Run) -> None:
    events = (
        Event(Trouble.TRAFFIC, 1, 1000.0, 200.0),
        Event(Trouble.YELLOW, 2, 1400.0, 300.0),
        Event(Trouble.DROPPED_TICKS, 1, 300.0, 3.0),
        Event(Trouble.SPIN, 3, 1300.0, 0.0),
    )
    run = drive(LIME, MX5, replace(QUIET, events=events), 3, 1)
    c = run.columns
    assert (c["dist_ahead_m"] < 50.0).any()
    assert (c["session_flags"].astype(np.int64) & 0x8).any()
    assert np.diff(c["session_time_s"]).max() == pytest.approx(4.0 / 60.0, abs=1e-6)
    assert 3 in run.left_track
    assert any(event.kind == "spin" for event in run.events)
    assert c["incident_count"][-1] >= 2.0
    assert dict(run.lap_times_s)[1] > dict(quiet.lap_times_s)[1] + 0.3
    assert len(run.lap_times_s) == 3


def test_at_least_one_lap() -> None:
    with pytest.raises(BadInput, match="at least one"):
        drive(LIME, MX5, QUIET, 0, 1)


def test_pushing_off_from_rest_works() -> None:
    x, _ = push(MX5.params, 0.3, 3.0, throttle=1.0, gear=1)
    assert x[VX] > 8.0
    assert mass_with_fuel(MX5.params, 20.0) > MX5.params.mass_kg


def test_a_pit_stop_goes_through_the_lane_and_leaves_two_laps_untimed() -> None:
    run = drive(LIME, MX5, replace(QUIET, events=(Event(Trouble.PIT_STOP, 2, 0.0, 5.0),)), 4, 1)
    c = run.columns
    lane = c["on_pit_road"] == 1.0
    assert set(c["lap_number"][lane]) == {0.0, 2.0, 3.0}
    assert c["speed_mps"][lane].max() < 60.0 / 3.6 + 3.0
    assert np.sum((c["track_surface"] == 1.0) & (c["lap_number"] == 3.0)) / 60.0 == pytest.approx(5.0, abs=0.5)
    assert [lap for lap, _ in run.lap_times_s] == [1, 4]
    assert np.diff(c["session_time_s"]) == pytest.approx(1.0 / 60.0, abs=1e-6)
    assert not run.left_track


@pytest.mark.parametrize(("kind", "seconds"), [(Trouble.TOW, 8.0), (Trouble.RESET, 0.0)])
def test_a_tow_or_reset_writes_one_sample_of_nowhere_and_keeps_the_lap_number(kind: Trouble, seconds: float) -> None:
    run = drive(LIME, MX5, replace(QUIET, events=(Event(kind, 2, 1500.0, seconds),)), 3, 1)
    c = run.columns
    gone = np.flatnonzero(c["track_surface"] == -1.0)
    assert gone.size == 1
    at = int(gone[0])
    assert (c["lap_number"][at], c["lap_dist_frac"][at], c["lat_deg"][at]) == (0.0, 0.0, 0.0)
    assert c["lap_number"][at + 1] == c["lap_number"][at - 1] == 2.0
    assert c["lap_dist_m"][at + 1] < 300.0
    assert c["lap_dist_m"][at - 1] > 1490.0
    assert c["on_pit_road"][at + 1] == 1.0
    assert c["speed_mps"][at + 1] == 0.0
    assert (c["tow_time_s"].max() > 0.0) == (kind is Trouble.TOW)
    assert [lap for lap, _ in run.lap_times_s] == [1, 3]
    assert (c["lap_last_time_s"][c["lap_number"] == 3.0][-1]) == -1.0

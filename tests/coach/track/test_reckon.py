"""Paths of made-up laps against the known track; of real laps against Lat/Lon."""

from __future__ import annotations

import time

import numpy as np
import pytest

from coach.laps.resample import trace_laps
from coach.telemetry.sources import open_recording
from coach.track.path import LapPath, PathSource
from coach.track.reckon import path_of
from coach.track.smoothing import smooth
from tests.coach.track.driven import BASE, CIRCUIT, drive
from tests.recordings import RECORDINGS, needs_recordings


def _true(trace, values):
    return np.interp(trace.grid["station_m"][trace.start : trace.stop], CIRCUIT.station_m, values)


def _lap(trace, values):
    return values[trace.start : trace.stop]


def _fitted(path: np.ndarray, truth: np.ndarray) -> np.ndarray:
    arm, target = path - path.mean(), truth - truth.mean()
    return np.abs(arm * np.exp(1j * np.angle(np.vdot(arm, target))) - target)


SOURCES = {
    PathSource.VELOCITY_YAW: {"velocity_x_mps", "velocity_y_mps", "yaw_rad"},
    PathSource.LAT_LON: {"lat_deg", "lon_deg", "yaw_rate_radps"},
    PathSource.YAW_RATE: {"yaw_rate_radps"},
    PathSource.STEERING: {"steer_rad"},
}


@pytest.fixture(scope="module", params=list(SOURCES))
def lap(request):
    trace = drive(CIRCUIT, 1, only=BASE | SOURCES[request.param])[0]
    return request.param, trace, path_of(trace)


def test_best_available_source_is_used(lap):
    wanted, _, path = lap
    assert path.source is wanted


def test_curvature_follows_the_track(lap):
    source, trace, path = lap
    truth = smooth(_true(trace, CIRCUIT.curvature_1pm), 4.0, trace.step_m)
    error = _lap(trace, path.curvature_1pm) - truth
    limit = 0.25 if source is PathSource.STEERING else 0.05  # of the largest curvature; the steering gives the shape
    assert np.sqrt(np.mean(error**2)) < limit * np.abs(truth).max()


def test_position_is_closed_and_right(lap):
    source, trace, path = lap
    line = _lap(trace, path.x_m) + 1j * _lap(trace, path.y_m)
    if source is PathSource.STEERING:
        assert np.isnan(line).all()
        return
    assert abs(line[0]) < 1e-6
    assert abs(path.x_m[trace.stop] - line[0].real) < 1e-6
    truth = _true(trace, CIRCUIT.xy_m.real) + 1j * _true(trace, CIRCUIT.xy_m.imag)
    assert _fitted(line, truth).mean() < 0.3


def test_stretch_is_one_on_the_line_stations_are_measured_on(lap):
    _, trace, path = lap
    assert np.median(np.abs(_lap(trace, path.stretch) - 1.0)) < 0.005


def test_sideslip_does_not_turn_the_path():
    straight_on, sliding = (path_of(drive(CIRCUIT, 1, slip_rad=slip)[0]) for slip in (0.0, 0.06))
    assert np.nanmax(np.abs(sliding.curvature_1pm - straight_on.curvature_1pm)) < 5e-4


def test_missing_ticks_are_integrated_over_real_time():
    trace = drive(CIRCUIT, 1, leave_out=frozenset(range(3000, 3012)))[0]
    truth = _true(trace, CIRCUIT.xy_m.real) + 1j * _true(trace, CIRCUIT.xy_m.imag)
    path = path_of(trace)
    assert _fitted(_lap(trace, path.x_m) + 1j * _lap(trace, path.y_m), truth).max() < 1.0


def test_samples_outside_the_world_are_left_out():
    trace = drive(CIRCUIT, 1, only=BASE | SOURCES[PathSource.LAT_LON])[0]
    clean = path_of(trace)
    spoilt = {name: trace.ticks[name].copy() for name in trace.ticks}
    spoilt["lat_deg"][500:510] = 0.0
    spoilt["lon_deg"][500:510] = 0.0
    other = path_of(type(trace)(trace.lap, trace.session, trace.track_length_m, trace.step_m, spoilt, trace.grid))
    assert np.nanmax(np.abs(other.x_m - clean.x_m)) < 1.0


def test_lap_without_any_motion_has_no_path():
    path = path_of(drive(CIRCUIT, 1, only=BASE)[0])
    assert path.source is PathSource.NONE
    assert all(np.isnan(getattr(path, name)).all() for name in LapPath.__dataclass_fields__ if name != "source")


def test_uncovered_margins_are_nan():
    trace = drive(CIRCUIT, 1)[0]
    cut = {name: np.where(np.isfinite(trace.ticks[name]), trace.ticks[name], np.nan) for name in trace.ticks}
    keep = (cut["station_m"] > 500.0) & (cut["station_m"] < 1500.0)
    cut = {name: column[keep] for name, column in cut.items()}
    path = path_of(type(trace)(trace.lap, trace.session, trace.track_length_m, trace.step_m, cut, trace.grid))
    station = trace.grid["station_m"]
    inside = (station > 505.0) & (station < 1495.0)
    assert np.isfinite(path.curvature_1pm[inside]).all()
    assert np.isnan(path.curvature_1pm[(station < 495.0) | (station > 1505.0)]).all()


@needs_recordings
@pytest.mark.parametrize(("file", "lap"), [("formula_vee_tsukuba_1k.ibt", -1), ("silverado_bristol.ibt", 0)])
def test_dead_reckoning_stays_within_a_fifth_of_a_metre_of_lat_lon(file, lap):
    trace = trace_laps(open_recording(RECORDINGS / file))[lap]
    columns = {name: trace.ticks[name] for name in trace.ticks}
    without = {name: column for name, column in columns.items() if not name.startswith("velocity")}
    reckoned, satellite = (
        path_of(type(trace)(trace.lap, trace.session, trace.track_length_m, trace.step_m, ticks, trace.grid))
        for ticks in (columns, without)
    )
    assert (reckoned.source, satellite.source) == (PathSource.VELOCITY_YAW, PathSource.LAT_LON)
    line, truth = (_lap(trace, path.x_m) + 1j * _lap(trace, path.y_m) for path in (reckoned, satellite))
    assert _fitted(line, truth).mean() < 0.2


def test_path_of_a_lap_takes_milliseconds():
    trace = drive(CIRCUIT, 1)[0]
    path_of(trace)
    durations = []
    for _ in range(5):
        begin = time.perf_counter()
        path_of(trace)
        durations.append(time.perf_counter() - begin)
    assert min(durations) < 0.02  # 5 ms wanted; room for a busy machine

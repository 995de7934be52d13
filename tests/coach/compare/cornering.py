"""A synthetic lap with one corner whose braking point, minimum speed and throttle points are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.arrays import FloatArray
from coach.laps.crossings import find_laps
from coach.laps.lap import LapKind
from coach.laps.resample import trace_lap
from coach.laps.trace import LapTrace
from coach.telemetry.recording import SessionInfo, recording_from_columns
from coach.track.map import Corner
from coach.track.path import LapPath, PathSource

LENGTH_M = 2000.0
CORNER = Corner(1, "Turn 1", +1, 850.0, 1000.0, 1050.0, 1100.0, 2000.0)


@dataclass(frozen=True, slots=True)
class Truth:
    """What the driver does. Stations in m; ramps in m over which a pedal moves from one level to the next."""

    lift_m: float = 893.0
    brake_m: float = 901.3
    brake_ramp_m: float = 6.0
    brake_peak: float = 0.85
    release_m: float = 1000.0
    brake_off_m: float = 1040.0
    apex_m: float = 1050.0
    v_min_mps: float = 25.0
    throttle_m: float = 1060.0
    full_m: float = 1120.0


def lap(
    truth: Truth = Truth(), hz: float = 60.0, sigma: float = 0.0, seed: int = 1, direction: int = 1
) -> tuple[LapTrace, LapPath, Corner]:
    """The lap, its path and its corner (mirrored for direction -1)."""
    fine = np.arange(-500.0, LENGTH_M + 500.0, 0.05)
    speed = _speed(np.mod(fine, LENGTH_M), truth)
    clock = np.concatenate(([0.0], np.cumsum(0.05 / (0.5 * (speed[1:] + speed[:-1])))))
    time = np.arange(0.0, clock[-1], 1.0 / hz)
    driven = np.interp(time, clock, fine)
    station = np.mod(driven, LENGTH_M)
    rng = np.random.default_rng(seed)
    columns = {
        "session_time_s": time,
        "lap_dist_m": station,
        "lap_dist_frac": station / LENGTH_M,
        "lap_number": np.floor(driven / LENGTH_M) + 5.0,
        "speed_mps": _speed(station, truth),
        "brake_raw_frac": np.clip(_brake(station, truth) + sigma * rng.normal(size=time.size), 0.0, 1.0),
        "throttle_raw_frac": np.clip(_throttle(station, truth) + sigma * rng.normal(size=time.size), 0.0, 1.0),
        "gear": np.where((station > 940.0) & (station < 1150.0), 2.0, np.where((station > 915.0) & (station < 1250.0), 3.0, 4.0)),
    }
    recording = recording_from_columns(Path("synthetic.ibt"), SessionInfo(source="test"), columns)
    (whole,) = [found for found in find_laps(recording) if found.kind is LapKind.TIMED]
    trace = trace_lap(recording, whole)
    corner = Corner(1, "Turn 1", direction, 850.0, 1000.0, 1050.0, 1100.0, 2000.0)
    return trace, path_of(trace, direction * _curvature(np.mod(trace.grid["station_m"], LENGTH_M))), corner


def path_of(trace: LapTrace, curvature: FloatArray) -> LapPath:
    nothing = np.full(curvature.size, np.nan)
    return LapPath(PathSource.YAW_RATE, np.cumsum(curvature) * trace.step_m, curvature, np.ones(curvature.size), nothing, nothing, nothing)


def _speed(station: FloatArray, truth: Truth) -> FloatArray:
    """Constant deceleration from the braking point to the apex, constant acceleration from the throttle to full speed."""
    top = 60.0
    knots = [0.0, truth.brake_m, truth.apex_m, truth.throttle_m, 1800.0, LENGTH_M]
    squares = [top**2, top**2, truth.v_min_mps**2, (truth.v_min_mps + 0.01) ** 2, top**2, top**2]
    return np.sqrt(np.interp(station, knots, squares))


def _brake(station: FloatArray, truth: Truth) -> FloatArray:
    knots = [truth.brake_m, truth.brake_m + truth.brake_ramp_m, truth.release_m, truth.brake_off_m]
    return np.interp(station, knots, [0.0, truth.brake_peak, truth.brake_peak, 0.0])


def _throttle(station: FloatArray, truth: Truth) -> FloatArray:
    return np.interp(station, [truth.lift_m, truth.lift_m + 5.0, truth.throttle_m, truth.full_m], [1.0, 0.0, 0.0, 1.0])


def _curvature(station: FloatArray) -> FloatArray:
    return np.interp(station, [990.0, 1050.0, 1110.0], [0.0, 0.03, 0.0])

"""Laps drawn by a few known actions: one straight, one corner, one straight; what was done worse is known exactly.

A point on a line: 3 m/s2 at full throttle, 12 m/s2 on the full brake, the corner at 15 m/s2 across. It is no car, but energy
impulses ask for no more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coach.arrays import FloatArray
from coach.compare.pair import LapPair, Scatter
from coach.compare.phases import CornerPhases
from coach.laps.lap import Lap, LapKind
from coach.laps.trace import LapTrace
from coach.physics.car import CarModel
from coach.telemetry.recording import SessionInfo
from coach.track.map import Corner, TrackMap
from coach.track.path import LapPath, PathSource

LENGTH_M = 1200
APEX_M = 520.0
DRIVE_MPS2, BRAKE_MPS2, GRIP_MPS2 = 3.0, 12.0, 15.0
RADIUS_M = 50.0
APEX_MPS = float(np.sqrt(GRIP_MPS2 * RADIUS_M))
SCATTER = Scatter(
    offset_m=0.3, brake_on_m=1.0, brake_level=0.03, v_min_frac=0.005, throttle_on_m=2.0, curvature_frac=0.03, time_s=0.01, lap_count=8
)
CORNERS = (
    Corner(1, "Turn 1", 1, 100.0, 470.0, APEX_M, 580.0, 900.0),
    Corner(2, "Turn 2", 1, 900.0, 950.0, 1000.0, 1050.0, float(LENGTH_M)),
)


@dataclass(frozen=True, slots=True)
class Drive:
    """How the lap was driven; the default is the reference. Stations in metres, pedals 0..1."""

    start_mps: float = 40.0
    lift_m: float = 379.0
    brake_on_m: float = 380.0
    brake: float = 0.8  # pedal; the deceleration follows it up to the full 12 m/s2 at 0.8
    bite: float = 1.0  # deceleration for the pedal: below 1 the wheels are locked
    apex_mps: float = APEX_MPS
    throttle_on_m: float = APEX_M
    ramp_m: float = 30.0  # from throttle on to full throttle
    most_throttle: float = 1.0
    push: float = 1.0  # acceleration at full throttle against the reference's
    lifted_m: tuple[float, float] = (0.0, 0.0)  # no throttle between these stations
    stab_m: tuple[float, float] = (0.0, 0.0)  # all of the brake between these stations, whatever else
    gear_up: tuple[float, float] = (0.0, 0.0)  # a gear higher between these stations, at half the drive
    tighter: float = 1.0  # curvature in the corner
    offset_m: float = 0.0  # beside the reference's line in the corner
    sideslip_rad: float = 0.0  # between apex and 60 m after it
    more_steer: float = 1.0  # hand wheel for the same arc there
    spin: float = 0.0  # slip of the driven wheels there


def pair_of(own: Drive, reference: Drive | None = None, scatter: Scatter = SCATTER) -> LapPair:
    """Own drive beside the reference drive."""
    mine, theirs = lap_of(own), lap_of(reference or Drive())
    return LapPair(mine[0], theirs[0], mine[1], theirs[1], _track(), CORNERS, (CornerPhases(),) * 2, (CornerPhases(),) * 2, _car(), scatter)


def without(pair: LapPair, *names: str) -> LapPair:
    """The same pair from a source that lacks some channels."""

    def poorer(trace: LapTrace) -> LapTrace:
        grid = {name: np.full_like(values, np.nan) if name in names else values for name, values in trace.grid.items()}
        return replace(trace, grid=grid, ticks=grid)

    return replace(pair, own=poorer(pair.own), reference=poorer(pair.reference))


def without_path(pair: LapPair) -> LapPair:
    """The same pair from a source that gives no path."""
    nothing = np.full(LENGTH_M + 1, np.nan)
    path = LapPath(PathSource.NONE, nothing, nothing, nothing, nothing, nothing, nothing)
    return replace(pair, own_path=path, reference_path=path)


def time_lost_s(pair: LapPair, k: int = 0) -> float:
    """Time lost in window k."""
    lost = pair.own.grid["time_s"] - pair.reference.grid["time_s"]
    corner = pair.corners[k]
    return float(lost[pair.own.index_at(corner.end_m)] - lost[pair.own.index_at(corner.start_m)])


def lap_of(drive: Drive) -> tuple[LapTrace, LapPath]:
    """The trace and the path of a drive."""
    station = np.arange(LENGTH_M + 1, dtype=np.float64)
    throttle, brake, speed = _driven(drive, station)
    corner = (station > 460.0) & (station < 580.0)
    after = (station > APEX_M) & (station < APEX_M + 60.0)
    curvature = np.where(corner, np.sin((station - 460.0) / 120.0 * np.pi) ** 2 / RADIUS_M, 0.0)
    curvature = np.where(corner, curvature * drive.tighter, 0.0)
    gear = np.where((station >= drive.gear_up[0]) & (station < drive.gear_up[1]), 4.0, 3.0)
    time = np.concatenate([[0.0], np.cumsum(2.0 / (speed[1:] + speed[:-1]))])
    sideslip = np.where(after, drive.sideslip_rad, 0.0)
    grid = {
        "station_m": station,
        "time_s": time,
        "speed_mps": speed,
        "throttle_raw_frac": throttle,
        "brake_raw_frac": brake,
        "gear": gear,
        "rpm": speed / _car().speed_per_rpm[gear.astype(int)] * np.where(after, 1.0 + drive.spin, 1.0),
        "steer_rad": curvature * 40.0 * np.where(after, drive.more_steer, 1.0),
        "yaw_rate_radps": curvature * speed,
        "velocity_x_mps": speed * np.cos(sideslip),
        "velocity_y_mps": speed * np.sin(sideslip),
    }
    lap = Lap(1, LapKind.TIMED, 0, len(station), 0.0, float(time[-1]))
    offset = np.where(corner, drive.offset_m, 0.0)
    nothing = np.full_like(station, np.nan)
    path = LapPath(PathSource.VELOCITY_YAW, np.cumsum(curvature), curvature, np.ones_like(station), nothing, nothing, offset)
    return LapTrace(lap, SessionInfo("drawn"), float(LENGTH_M), 1.0, grid, grid), path


def _driven(drive: Drive, station: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    throttle, brake, speed = np.zeros_like(station), np.zeros_like(station), np.full_like(station, drive.start_mps)
    slowed = False
    for i, s in enumerate(station.tolist()):
        slowed = slowed or (s > drive.brake_on_m and speed[i] <= drive.apex_mps)
        if s >= drive.throttle_on_m:
            throttle[i] = min(
                drive.most_throttle if s < drive.throttle_on_m + 150.0 else 1.0, 0.3 + 0.7 * (s - drive.throttle_on_m) / drive.ramp_m
            )
        elif slowed:
            throttle[i] = 0.0
        elif s >= drive.brake_on_m:
            brake[i] = drive.brake
        elif s < drive.lift_m:
            throttle[i] = 1.0
        if drive.lifted_m[0] <= s < drive.lifted_m[1]:
            throttle[i] = 0.0
        if drive.stab_m[0] <= s < drive.stab_m[1]:
            throttle[i], brake[i] = 0.0, 1.0
        force = (
            DRIVE_MPS2
            * throttle[i]
            * (drive.push if throttle[i] >= 1.0 else 1.0)
            * (0.5 if drive.gear_up[0] <= s < drive.gear_up[1] else 1.0)
        )
        slows = BRAKE_MPS2 * min(1.0, brake[i] / 0.8) * drive.bite + (1.0 if throttle[i] == 0.0 and not slowed else 0.0)
        if i + 1 < len(station):
            speed[i + 1] = np.sqrt(max(25.0, speed[i] ** 2 + 2.0 * (force - slows)))
    return throttle, brake, speed


def _car() -> CarModel:
    speed = np.array([10.0, 70.0])
    level = np.ones(2)
    ratio = np.array([np.nan, np.nan, np.nan, 0.008, 0.01])
    return CarModel(speed, DRIVE_MPS2 * level, GRIP_MPS2 * level, BRAKE_MPS2 * level, BRAKE_MPS2, 1.7, ratio, level)


def _track() -> TrackMap:
    line = np.zeros(LENGTH_M)
    return TrackMap("drawn", "Drawn", "", float(LENGTH_M), 1.0, 1, 1, *(line,) * 8, CORNERS)

"""Laps of a car whose limits are known, for the tests of this package."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from coach.arrays import FloatArray
from coach.laps.lap import Lap, LapKind
from coach.laps.trace import LapTrace
from coach.physics.car import CarModel
from coach.physics.quasi_steady import G_MPS2, quasi_steady_lap, times_of
from coach.telemetry.recording import SessionInfo
from coach.track.map import TrackMap
from coach.track.path import LapPath, PathSource

SPEED = np.arange(0.0, 101.0)
CAR = CarModel(
    speed_mps=SPEED,
    accel_full_mps2=np.minimum(7.0, 350.0 / np.maximum(SPEED, 1.0)) - 0.0009 * SPEED**2,
    lateral_mps2=14.0 + 0.003 * SPEED**2,
    braking_mps2=12.0 + 0.002 * SPEED**2,
    braking_typical_mps2=12.0,
    ellipse=1.6,
    speed_per_rpm=np.full(6, np.nan),
    hits=np.full(len(SPEED), 100.0),
    traction_share=0.6,
)
LENGTH = 2400


def circuit(radii: tuple[float, ...] = (25.0, 110.0, 45.0, 70.0, 180.0, 35.0)) -> FloatArray:
    """A closed lap of LENGTH stations, one metre each, with one bend per radius (alternating in direction)."""
    s = np.arange(LENGTH, dtype=np.float64)
    kappa = np.zeros(LENGTH)
    for i, radius in enumerate(radii):
        at = LENGTH * (i + 0.5) / len(radii)
        half = min(0.8 * radius, 60.0)
        kappa += (-1.0) ** i / radius * np.clip((half + 25.0 - np.abs(s - at)) / 25.0, 0.0, 1.0)
    return kappa


def lap_at(
    v: FloatArray, kappa: FloatArray, *, grade: FloatArray | None = None, source: PathSource = PathSource.VELOCITY_YAW, number: int = 1
) -> tuple[LapTrace, LapPath]:
    """A lap driven at these speeds: pedals from the sign of the acceleration, full where the car's limit is reached."""
    elapsed = times_of(v, 1.0)
    along = (np.roll(v, -1) ** 2 - v**2) / 2.0 + (0.0 if grade is None else G_MPS2 * grade)
    full, limit = np.interp(v, SPEED, CAR.accel_full_mps2), np.interp(v, SPEED, CAR.braking_mps2)
    around = np.arange(-100, LENGTH + 101)
    columns = {
        "speed_mps": v,
        "throttle_frac": np.where(along > 0.0, np.clip(along / full, 0.0, 1.0), 0.0),
        "brake_frac": np.clip(-along / limit, 0.0, 1.0),
        "gear": np.where(v < 30.0, 2.0, 3.0),
        "rpm": np.where(v < 30.0, v / 0.006, v / 0.009),
    }
    grid = {name: column[around % LENGTH] for name, column in columns.items()}
    grid |= {"station_m": around * 1.0, "time_s": elapsed[around % LENGTH] + elapsed[-1] * (around // LENGTH)}
    lap = Lap(number, LapKind.TIMED, 0, len(around), 0.0, float(elapsed[-1]))
    trace = LapTrace(lap, SessionInfo("synthetic"), float(LENGTH), 1.0, grid, grid)
    nowhere = np.full(len(around), np.nan)
    path = LapPath(source, nowhere, kappa[around % LENGTH], np.ones(len(around)), nowhere, nowhere, nowhere)
    return trace, path


def lap_at_limit(kappa: FloatArray, share: float = 1.0, **options: object) -> tuple[LapTrace, LapPath]:
    """A lap that uses this share of the car's cornering and braking."""
    car = replace(CAR, lateral_mps2=share * CAR.lateral_mps2, braking_mps2=share * CAR.braking_mps2)
    return lap_at(quasi_steady_lap(kappa, 1.0, car), kappa, **options)  # type: ignore[arg-type]


def flat_track(**slopes: FloatArray) -> TrackMap:
    """A track map of these laps; grade_frac and bank_rad may be given."""
    zero = np.zeros(LENGTH)
    arrays = dict.fromkeys(("x_m", "y_m", "heading_rad", "curvature_1pm", "grade_frac", "bank_rad", "left_m", "right_m"), zero) | slopes
    return TrackMap("synthetic", "Synthetic", "", float(LENGTH), 1.0, 1, 1, corners=(), **arrays)

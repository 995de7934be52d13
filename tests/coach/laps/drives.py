"""Synthetic drives: a car on a round track of known length, sampled like iRacing samples, with faults put in on purpose."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from coach.arrays import FloatArray
from coach.telemetry.recording import Recording, SessionInfo, recording_from_columns

LENGTH_M = 2000.0
HZ = 60.0


def speed_at(station_m: FloatArray) -> FloatArray:
    """40 m/s on average, between 25 and 55 m/s, smooth and periodic."""
    return 40.0 + 15.0 * np.sin(2.0 * np.pi * station_m / LENGTH_M + 1.0)


def drive(laps: float = 3.5, begin: float = 0.5, hz: float = HZ) -> dict[str, FloatArray]:
    """Columns of a drive that begins at lap position `begin`; stations by integrating the speed finely."""
    fine = np.arange(begin * LENGTH_M, (begin + laps) * LENGTH_M, 0.05)
    speed = speed_at(fine)
    clock = np.concatenate(([0.0], np.cumsum(0.05 / (0.5 * (speed[1:] + speed[:-1])))))
    time = np.arange(0.0, clock[-1], 1.0 / hz)
    driven = np.interp(time, clock, fine)
    return {
        "session_time_s": time + 100.0,
        "lap_dist_m": np.mod(driven, LENGTH_M),
        "lap_dist_frac": np.mod(driven / LENGTH_M, 1.0),
        "lap_number": np.floor(driven / LENGTH_M) + 7.0,
        "speed_mps": speed_at(driven),
        "track_surface": np.full(time.size, 3.0),
        "on_pit_road": np.zeros(time.size),
    }


def lap_time() -> float:
    """The true time of every lap of `drive`."""
    fine = np.arange(0.0, LENGTH_M, 0.05) + 0.025
    return float(np.sum(0.05 / speed_at(fine)))


def recording(columns: dict[str, FloatArray], **session: object) -> Recording:
    return recording_from_columns(Path("drive.ibt"), SessionInfo(source="test", **session), columns)  # type: ignore[arg-type]


def without(columns: dict[str, FloatArray], first: int, last: int) -> dict[str, FloatArray]:
    """The drive with the ticks [first, last) lost."""
    return {name: np.delete(column, slice(first, last)) for name, column in columns.items()}


def tick_at(columns: dict[str, FloatArray], lap: int, frac: float) -> int:
    """First tick of a lap number at or beyond a fraction."""
    return int(np.flatnonzero((columns["lap_number"] == lap) & (columns["lap_dist_frac"] >= frac))[0])

"""Frames of made drives, and what the streaming position makes of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from coach.arrays import FloatArray
from coach.live.place import Moved, Place
from coach.replay import frames_of
from coach.telemetry.channels import LIVE_CHANNELS
from coach.telemetry.frame import INDEX, Frame, frame_of
from tests.coach.laps.drives import recording

DRIVING = {
    "session_time_s": 100.0,
    "lap_dist_frac": 0.5,
    "lap_dist_m": 1000.0,
    "speed_mps": 40.0,
    "brake_frac": 0.0,
    "brake_raw_frac": 0.0,
    "yaw_rate_radps": 0.0,
    "track_surface": 3.0,
    "on_pit_road": 0.0,
    "is_on_track": 1.0,
    "is_in_garage": 0.0,
    "is_replay": 0.0,
    "tow_time_s": 0.0,
    "car_left_right": 1.0,
    "dist_ahead_m": 10000.0,
    "session_flags": 4.0,
    "lap_number": 3.0,
}


def frame(**values: float) -> Frame:
    """A car that drives alone on the track, but for these values."""
    row = np.full(len(LIVE_CHANNELS), np.nan)
    for name, value in {**DRIVING, **values}.items():
        row[INDEX[name]] = value
    return frame_of(0, row)


def frames(columns: dict[str, FloatArray]) -> Iterable[Frame]:
    return frames_of(recording(columns))


def streamed_laps(ticks: Iterable[Frame]) -> tuple[list[tuple[float, float]], Place, list[Moved]]:
    """Start and end of every lap whose both lines were seen, on the session clock; the place at the end; what each tick was."""
    place, laps, moves = Place(), [], []
    for tick in ticks:
        moves.append(place.move(tick))
        if moves[-1] is Moved.CROSSED and np.isfinite(place.last_line_s):
            laps.append((place.last_line_s, place.line_s))
    return laps, place, moves

"""A made drive without any driving: columns of a car that goes round at constant speed, for the tests of what is written."""

from __future__ import annotations

import numpy as np

from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.output import Made, made_from

SPEED_MPS = 50.0
LAPS = 2


def columns() -> dict[str, np.ndarray]:
    """Half a lap 0, LAPS laps and half a lap more at 60 Hz."""
    length = load_circuit("lime-rock").length_m
    n = round((LAPS + 1) * length / SPEED_MPS * 60.0)
    elapsed = np.arange(n) / 60.0
    driven = 0.5 * length + SPEED_MPS * elapsed
    lap = np.floor(driven / length)
    lap_time = length / SPEED_MPS
    done = np.floor((driven - 0.25 * SPEED_MPS) / length) - 1.0
    one = np.ones(n)
    return {
        "session_time_s": 100.0 + elapsed,
        "session_tick": np.round((100.0 + elapsed) * 60.0),
        "session_num": 0.0 * one,
        "lap_number": lap,
        "lap_completed": lap - 1.0,
        "lap_dist_m": driven - lap * length,
        "lap_dist_frac": driven / length - lap,
        "lap_last_time_s": np.where(done >= 1.0, lap_time + 0.001 * done, -1.0),
        "speed_mps": SPEED_MPS * one,
        "wheel_speed_lf_mps": SPEED_MPS * one,
        "lat_deg": 41.9 * one,
        "lon_deg": -73.4 * one,
        "gear": 4.0 * one,
        "track_surface": 3.0 * one,
        "on_pit_road": 0.0 * one,
        "throttle_raw_frac": 0.6 * one,
        "car_left_right": 1.0 * one,
    }


def made() -> Made:
    lap_time = load_circuit("lime-rock").length_m / SPEED_MPS
    times = tuple((lap, lap_time + 0.001 * lap) for lap in range(1, LAPS + 1))
    return made_from(columns(), times, load_circuit("lime-rock"), load_car("mx5"), "expert")

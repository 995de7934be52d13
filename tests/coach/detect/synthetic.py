"""A lap of known behaviour: four straights, braking zones and corners, by a car whose tyres slip as real ones do.

2,400 m; each quarter accelerates to 50 m/s, brakes with the pedal at 0.6, turns left at 14 to 26 m/s and goes on. Across, the tyres follow the brush model, F = Fm (1 - (1 - slip / peak)^3), which is not the curve the engine
fits. Times, stations and columns agree with each other; a test changes what it wants detected.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from coach.laps import resample
from coach.laps.lap import Lap, LapKind
from coach.laps.trace import LapTrace
from coach.telemetry.recording import SessionInfo

RATIOS = np.array([np.nan, 0.003, 0.005, 0.007])  # m/s per rev/min
TICK_S = 1 / 60
BRAKE_PER_PEDAL, DRAG = 18.0, 0.0008  # m/s2 at full pedal; per (m/s)^2
SLIP_PER_FORCE = 0.003  # of the driven wheels, per m/s2
FRONT_M, REAR_M, STEERING_RATIO = 1.2, 1.3, 12.0
PEAK_SLIP, MOST_MPS2 = 0.15, 13.0  # of both axles: slip angle from which they slide altogether, and the side force there over the mass
TURNS = ((14.0, 0.91), (20.0, 0.645), (26.0, 0.4), (20.0, 0.64))  # speed in m/s and yaw rate in rad/s in the middle of each corner
Columns = dict[str, np.ndarray]


def make_trace(change: Callable[[Columns], None] | None = None, *, number: int = 1, seed: int = 0) -> LapTrace:
    """The lap, with a little noise of its own; `change` edits the tick columns in place."""
    ticks = _drive(np.random.default_rng(seed + number))
    if change is not None:
        change(ticks)
    length = float(ticks["station_m"][-1])
    station = np.linspace(0.0, length, round(length) + 1)
    grid = {name: np.interp(station, ticks["station_m"], column) for name, column in ticks.items()} | {"station_m": station}
    lap = Lap(number, LapKind.TIMED, 0, ticks["time_s"].size, 0.0, float(ticks["time_s"][-1]))
    return LapTrace(lap, SessionInfo("test"), length, station[1], _mapping(ticks), _mapping(grid))


def _mapping(columns: Columns) -> resample.Columns:
    """As the engine gives it: a channel that is not there reads as NaN."""
    return resample.Columns(frozenset(), columns, lambda name: np.empty(0))


def _drive(rng: np.random.Generator) -> Columns:
    phases = []
    before = TURNS[-1][0]
    for slow, turn in TURNS:
        phases += [("drive", before, 50.0, 5.0, turn), ("brake", 50.0, slow, 10.0, turn), ("turn", slow, slow, None, turn)]
        before = slow
    parts = [_phase(*phase) for phase in phases]
    ticks = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    speed, push = ticks["speed_mps"], ticks.pop("push")
    n = speed.size
    ticks["time_s"] = np.arange(n) * TICK_S
    ticks["station_m"] = np.concatenate(([0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]) * TICK_S)))
    force = push + DRAG * speed**2
    ticks["gear"] = np.where(speed < 28, 1.0, np.where(speed < 40, 2.0, 3.0))
    ticks["rpm"] = speed / RATIOS[ticks["gear"].astype(int)] * (1 + SLIP_PER_FORCE * force)
    rate, force = ticks["yaw_rate_radps"], speed * ticks["yaw_rate_radps"]
    slip = PEAK_SLIP * (1 - np.cbrt(1 - force / MOST_MPS2))
    ticks["lat_accel_mps2"] = force
    ticks["velocity_x_mps"] = speed.copy()
    ticks["velocity_y_mps"] = REAR_M * rate - slip * speed + rng.normal(0, 0.02, n)
    ticks["steer_rad"] = STEERING_RATIO * ((FRONT_M + REAR_M) * rate / speed) + rng.normal(0, 0.01, n)
    ticks["pitch_rad"], ticks["clutch_frac"] = np.zeros(n), np.ones(n)
    ticks["track_surface"], ticks["abs_active"] = np.full(n, 3.0), np.zeros(n)
    return ticks


def _phase(kind: str, start_mps: float, end_mps: float, accel: float | None, turn_radps: float) -> Columns:
    n = 180 if accel is None else round((abs(end_mps - start_mps) / accel) / TICK_S)
    speed = np.linspace(start_mps, end_mps, n, endpoint=False)
    push = np.full(n, 0.0 if accel is None else (end_mps - start_mps) / (n * TICK_S))
    brake = np.clip((-push - DRAG * speed**2) / BRAKE_PER_PEDAL, 0, 1) if kind == "brake" else np.zeros(n)
    throttle = np.full(n, {"drive": 1.0, "brake": 0.0, "turn": 0.3}[kind])
    middle = np.minimum(1.0, 1.5 - 1.5 * np.abs(np.linspace(-1.0, 1.0, n)))  # turns in, holds for a third, opens
    yaw_rate = turn_radps * np.clip(middle, 0.0, None) if kind == "turn" else np.zeros(n)
    return {
        "speed_mps": speed,
        "push": push,
        "brake_raw_frac": brake,
        "throttle_raw_frac": throttle,
        "yaw_rate_radps": yaw_rate,
    }


def laps(n: int = 6) -> list[LapTrace]:
    """Clean laps for a baseline."""
    return [make_trace(number=i + 1) for i in range(n)]


def stretch(ticks: Columns, column: str, low: float, nth: int, skip_s: float, length_s: float) -> slice:
    """Ticks from `skip_s` into the nth stretch on which a column is above `low`, `length_s` long."""
    above = ticks[column] > low
    starts = np.flatnonzero(above & ~np.concatenate(([False], above[:-1])))
    first = int(starts[nth]) + round(skip_s / TICK_S)
    return slice(first, first + round(length_s / TICK_S))

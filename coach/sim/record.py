"""From the simulation's rows to our channels: what a disk file of iRacing has, with its signs and its late lap clock.

Noise of measurement is not added: iRacing adds none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.sim.car import Car
from coach.sim.circuit import Circuit
from coach.sim.dynamics import G_MPS2
from coach.sim.happened import OFF_WHEELS
from coach.sim.plan import Conditions
from coach.sim.prepare import GAS_CONSTANT, PRESSURE_PA

HZ = 60.0
START_S = 30.0  # session time of the first sample: the driver sat in the car before
EARTH_M = 6_371_000.0
ALTITUDE_M = 100.0  # of the line: no circuit file states it
INCIDENT_TICKS = 36  # counter moves this long after the surface: measured (iracing.md 3.4)
OFFICIAL_TICKS = (5, 31)  # lap clock and last lap time switch this many ticks after the line: measured (iracing.md 3.6)
NOBODY_M = 1e5  # distance channels when nobody is near
GRASS, ASPHALT, KERB = 18.0, 1.0, 11.0  # PlayerTrackSurfaceMaterial
GREEN, YELLOW = 0x4, 0x8


@dataclass(frozen=True, slots=True)
class Clock:
    """Laps of a drive: number by tick (k,); (lap, exact time of its start at the line); (lap, time) of the laps that count."""

    lap: FloatArray
    crossings: tuple[tuple[int, float], ...]
    lap_times_s: tuple[tuple[int, float], ...]


def columns_of(
    ticks: Mapping[str, FloatArray], clock: Clock, circuit: Circuit, car: Car, conditions: Conditions, seed: int
) -> dict[str, FloatArray]:  # fmt: skip
    """Columns by our names, shape (k,) each. ticks: `lap.RECORDED_NAMES`; station within [0, length)."""
    return {
        **_time(ticks),
        **_laps(ticks, clock, circuit, seed),
        **_body(ticks, circuit, car),
        **_feet(ticks, car),
        **_counts(ticks),
        **_surroundings(ticks, conditions),
    }


def _time(ticks: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    t = START_S + ticks["t"]
    zero = np.zeros(t.size)
    flags = np.where(ticks["yellow"] > 0.0, float(YELLOW), float(GREEN))
    return {
        "session_time_s": t,
        "session_tick": np.round(t * HZ),
        "session_num": zero,
        "session_state": zero + 4.0,
        "session_flags": flags,
    }


def _laps(ticks: Mapping[str, FloatArray], clock: Clock, circuit: Circuit, seed: int) -> dict[str, FloatArray]:
    """Lap counters switch at the line, the lap clock and the official times some ticks later."""
    t = ticks["t"]
    current, last, best = t - t[0], np.full(t.size, -1.0), np.zeros(t.size)
    times = dict(clock.lap_times_s)
    fastest = 0.0
    for lap, crossed in clock.crossings:
        delay = np.random.default_rng((seed, 3, lap)).integers(*OFFICIAL_TICKS) / HZ
        after = t >= crossed + delay
        current[after] = t[after] - crossed
        official = times.get(lap - 1, -1.0)
        last[after] = official
        if official > 0.0:
            fastest = official if fastest == 0.0 else min(fastest, official)
        best[after] = fastest
    delta, ok = _delta_to_best(ticks, clock)
    gone = ticks["gone"] > 0.0  # a tow or reset writes one sample with lap 0 and position 0: measured (iracing.md 3.6)
    return {
        "lap_number": np.where(gone, 0.0, clock.lap),
        "lap_completed": np.maximum(clock.lap - 1.0, 0.0),
        "lap_dist_m": np.where(gone, 0.0, ticks["s"]),
        "lap_dist_frac": np.where(gone, 0.0, ticks["s"] / circuit.length_m),
        "lap_current_time_s": current,
        "lap_last_time_s": last,
        "lap_best_time_s": best,
        "delta_to_best_s": delta,
        "delta_to_best_ok": ok,
    }


def _delta_to_best(ticks: Mapping[str, FloatArray], clock: Clock) -> tuple[FloatArray, FloatArray]:
    """Delta as iRacing gives it: against the best counted lap so far, one tick late."""
    delta, ok = np.zeros(clock.lap.size), np.zeros(clock.lap.size)
    times, starts = dict(clock.lap_times_s), dict(clock.crossings)
    best: int | None = None
    for lap, started in clock.crossings:
        done = lap - 1
        if done in times and (best is None or times[done] < times[best]):
            best = done
        here = clock.lap == lap
        if best is None or not here.any():
            continue
        old = clock.lap == best
        then = np.interp(ticks["s"][here], ticks["s"][old], ticks["t"][old] - starts[best])
        delta[here] = ticks["t"][here] - started - then
        ok[here] = 1.0
    return np.concatenate([delta[:1], delta[:-1]]), ok


def _body(ticks: Mapping[str, FloatArray], circuit: Circuit, car: Car) -> dict[str, FloatArray]:
    vx, vy = ticks["vx"], ticks["vy"]
    roll = np.arcsin(ticks["bank"]) + car.params.roll_gain * ticks["fay"]
    pitch = -np.arcsin(ticks["grade"]) - car.params.pitch_gain * ticks["fax"]  # + nose down
    climb = vx * ticks["grade"] + vy * ticks["bank"]
    vz = (climb + vx * np.sin(pitch) - vy * np.sin(roll) * np.cos(pitch)) / (np.cos(roll) * np.cos(pitch))
    x, y, up, heading = place_of(circuit, ticks["s"], ticks["n"])
    yaw = heading + ticks["psi"]
    north = circuit.north_rad
    lat = circuit.latitude_deg + np.degrees((x * np.cos(north) + y * np.sin(north)) / EARTH_M)
    lon = circuit.longitude_deg + np.degrees((x * np.sin(north) - y * np.cos(north)) / (EARTH_M * np.cos(np.radians(circuit.latitude_deg))))
    columns = {
        "speed_mps": np.hypot(vx, vy),
        "velocity_x_mps": vx,
        "velocity_y_mps": vy,
        "velocity_z_mps": vz,
        "long_accel_mps2": ticks["ax"] - G_MPS2 * np.sin(pitch),
        "lat_accel_mps2": ticks["ay"] + G_MPS2 * np.sin(roll),
        "vert_accel_mps2": ticks["gn"],
        "yaw_rate_radps": ticks["r"],
        "pitch_rate_radps": np.gradient(pitch) * HZ,
        "roll_rate_radps": np.gradient(roll) * HZ,
        "yaw_rad": np.angle(np.exp(1j * yaw)),
        "yaw_north_rad": np.mod(north - yaw, 2.0 * np.pi),
        "pitch_rad": pitch,
        "roll_rad": roll,
        "lat_deg": np.where(ticks["gone"] > 0.0, 0.0, lat),
        "lon_deg": np.where(ticks["gone"] > 0.0, 0.0, lon),
        "alt_m": ALTITUDE_M + up,
    }
    for i, wheel in enumerate(("lf", "rf", "lr", "rr")):
        columns[f"wheel_speed_{wheel}_mps"] = ticks[f"w{i}"]
    return columns


def place_of(circuit: Circuit, s: FloatArray, n: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """(x, y, height, heading of the centre line) at stations s and offsets n: cubic between stations, exact to a millimetre."""
    at = s / circuit.step_m
    i = np.floor(at).astype(np.int64) % circuit.x_m.size
    f = at - np.floor(at)
    ds, j = circuit.step_m, (i + 1) % circuit.x_m.size
    k0, k1 = circuit.curvature_1pm[i], circuit.curvature_1pm[j]
    heading = circuit.heading_rad[i] + ds * f * (k0 + 0.5 * f * (k1 - k0))
    turn = circuit.heading_rad[i] + np.where(j > i, circuit.heading_rad[j] - circuit.heading_rad[i], 0.5 * ds * (k0 + k1))
    h00, h10, h01, h11 = (1 + 2 * f) * (1 - f) ** 2, f * (1 - f) ** 2, f * f * (3 - 2 * f), f * f * (f - 1)
    x = h00 * circuit.x_m[i] + h01 * circuit.x_m[j] + ds * (h10 * np.cos(circuit.heading_rad[i]) + h11 * np.cos(turn))
    y = h00 * circuit.y_m[i] + h01 * circuit.y_m[j] + ds * (h10 * np.sin(circuit.heading_rad[i]) + h11 * np.sin(turn))
    up = circuit.elevation_m[i] + f * (circuit.elevation_m[j] - circuit.elevation_m[i])
    return x - n * np.sin(heading), y + n * np.cos(heading), up, heading


def _feet(ticks: Mapping[str, FloatArray], car: Car) -> dict[str, FloatArray]:
    size = ticks["t"].size
    p = car.params
    front = 0.5 * (ticks["fz0"] + ticks["fz1"]) * 0.03 * np.tanh(ticks["steer"] / p.steering_ratio * 30.0)  # trail 30 mm
    return {
        "throttle_frac": np.clip(ticks["body"] * (1.0 - ticks["tc"]), 0.0, 1.0),
        "throttle_raw_frac": ticks["throttle"],
        "brake_frac": ticks["brake"],
        "brake_raw_frac": ticks["brake"],
        "clutch_frac": ticks["coupled"],
        "steer_rad": ticks["steer"],
        "steer_max_rad": np.full(size, p.steer_max_rad),
        "steer_torque_nm": front / p.steering_ratio,
        "gear": ticks["gear"],
        "rpm": ticks["rpm"],
        "abs_active": (ticks["abs"] > 0.02).astype(np.float64),
        "abs_cut_frac": np.where(ticks["abs"] > 0.02, ticks["abs"], 0.0),
    }


def _counts(ticks: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    off: BoolArray = ticks["off"] >= OFF_WHEELS
    gone = ticks["gone"] > 0.0
    pit, size = ticks["pit"] > 0.5, off.size
    standing = pit & (np.hypot(ticks["vx"], ticks["vy"]) < 0.5)
    points = np.zeros(size)
    for kind, worth in ((off & ~pit, 1.0), (ticks["lost"] > 0.0, 2.0), (ticks["contact"] > 0.0, 4.0)):
        begins = np.flatnonzero(np.diff(kind.astype(np.int8), prepend=0) > 0) + INCIDENT_TICKS
        np.add.at(points, begins[begins < size], worth)
    return {
        "track_surface": np.where(gone, -1.0, np.where(pit, np.where(standing, 1.0, 2.0), np.where(off, 0.0, 3.0))),
        "track_surface_material": np.where(off, GRASS, np.where(ticks["kerb"] > 0.0, KERB, ASPHALT)),
        "on_pit_road": pit.astype(np.float64),
        "is_on_track": np.where(gone, 0.0, 1.0),
        "incident_count": np.cumsum(points),
        "tow_time_s": ticks["tow"],
        "dist_ahead_m": np.where(ticks["ahead"] > 0.0, ticks["ahead"], NOBODY_M),
        "dist_behind_m": np.full(size, NOBODY_M),
    }


def _surroundings(ticks: Mapping[str, FloatArray], conditions: Conditions) -> dict[str, FloatArray]:
    one = np.ones(ticks["t"].size)
    return {
        "fuel_l": ticks["fuel"],
        "track_temp_c": conditions.track_temp_c * one,
        "air_temp_c": conditions.air_temp_c * one,
        "air_density_kgpm3": PRESSURE_PA / (GAS_CONSTANT * (conditions.air_temp_c + 273.15)) * one,
        "track_wetness": round(1.0 + 6.0 * conditions.wetness) * one,
        "wind_speed_mps": conditions.wind_speed_mps * one,
        "wind_dir_rad": conditions.wind_dir_rad * one,
    }

"""A solved drive as a recording: 60 Hz channels with the delays, body angles and hands that a simulator's file shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.arrays import FloatArray
from coach.demo.circuit import CONFIG, NAME, TRACK_ID, Circuit
from coach.demo.driver import CAR, LAPS, PIT_EXIT_M, Drive, coasting_mps2
from coach.physics.quasi_steady import G_MPS2, times_of
from coach.telemetry.recording import Recording, SessionInfo, recording_from_columns

HZ = 60.0
START_S = 120.0  # session clock of the first sample
HUMAN_S = 0.20  # hands and feet take this long to change their mind; every corner of the speed trace is rounded by it
OFFICIAL_DELAY_S = 0.25  # iRacing's lap time channels switch 5-30 ticks after the line (iracing.md 3.6)
WHEELBASE_M, TRACK_WIDTH_M, CG_TO_REAR_M = 2.5, 1.5, 1.25
STEERING_RATIO = 14.0
UNDERSTEER_RADPMPS2 = 0.0025  # road-wheel angle beyond Ackermann per lateral acceleration
SIDESLIP_RADPMPS2 = 0.004  # nose further in by this per lateral acceleration
BODY_ROLL_RADPMPS2 = 0.004  # 2.2 degrees per g
BODY_PITCH_RADPMPS2 = 0.002
HARDEST_BRAKE = 0.88  # pedal at the braking limit
UPSHIFT_RPM, DOWNSHIFT_RPM = 6900.0, 5200.0
TYRE_SLIP_PER_MPS2 = 0.006  # longitudinal slip per acceleration: 7 % at the braking limit
LAT0_DEG, LON0_DEG, EARTH_M = 38.0, -38.0, 6371008.8  # open sea: nobody's circuit


@dataclass(frozen=True, slots=True)
class _Motion:
    """The drive at 60 Hz, shape (k,) each; s_m counts on over the laps, along and across are kinematic, m/s2."""

    t_s: FloatArray
    s_m: FloatArray
    v_mps: FloatArray
    along: FloatArray
    across: FloatArray
    curvature: FloatArray
    grade: FloatArray
    offset: FloatArray
    course: FloatArray


def record(circuit: Circuit, drive: Drive, rng: np.random.Generator) -> Recording:
    """The recording of a drive, marked as simulated."""
    motion = _motion(circuit, drive)
    columns = _clock_and_laps(circuit, motion) | _body(circuit, motion) | _controls(motion, rng) | _conditions(motion)
    session = SessionInfo(
        source="ibt",
        simulator_build="2025.01.01.00",
        car_id="racingcoach roadster",
        car_name="Demonstration Roadster",
        track_id=TRACK_ID,
        track_name=NAME,
        track_config=CONFIG,
        track_length_stated_m=round(circuit.length_m, -1),
        session_type="Offline Testing",
        tick_rate_hz=HZ,
        sector_starts_frac=(0.0, 0.36, 0.68),
        redline_rpm=7400.0,
        fuel_max_l=45.0,
        gear_count=len(CAR.speed_per_rpm) - 1,
        track_north_rad=0.0,
        simulated=True,
    )
    return recording_from_columns(Path("demonstration.ibt"), session, columns)


def _smooth(values: FloatArray, seconds: float) -> FloatArray:
    """Hann-weighted moving mean of 60 Hz samples, `seconds` wide at half height; the ends hold."""
    half = max(1, round(seconds * HZ))
    kernel = np.hanning(2 * half + 1)
    return np.convolve(np.pad(values, half, mode="edge"), kernel / kernel.sum(), "valid")


def _motion(circuit: Circuit, drive: Drive) -> _Motion:
    """Sample the drive in time, round it to what a human does, and integrate position again so that all channels agree."""
    elapsed = times_of(drive.v_mps, drive.driven_m, closed=False)
    t = np.arange(0.0, elapsed[-1], 1.0 / HZ)
    driven = np.concatenate([[0.0], np.cumsum(drive.driven_m[:-1])])
    v = _smooth(np.interp(t, elapsed, drive.v_mps), HUMAN_S)
    gone = np.concatenate([[0.0], np.cumsum(0.5 * (v[1:] + v[:-1]) / HZ)])
    s = np.interp(gone, driven, drive.station_m)
    curvature, grade, offset, slope = (
        np.interp(s, drive.station_m, values) for values in (drive.curvature_1pm, drive.grade_frac, drive.offset_m, drive.offset_slope)
    )
    laps = np.floor(s / circuit.length_m)
    stations = np.arange(len(circuit.heading_rad) + 1) * circuit.step_m
    closed = np.append(circuit.heading_rad, circuit.heading_rad[0] - 2.0 * np.pi)  # the circuit runs clockwise
    heading = np.interp(s - laps * circuit.length_m, stations, closed) - 2.0 * np.pi * laps
    return _Motion(t, s, v, np.gradient(v) * HZ, v**2 * curvature, curvature, grade, offset, heading + np.arctan(slope))


def _clock_and_laps(circuit: Circuit, m: _Motion) -> dict[str, FloatArray]:
    lap = np.floor(m.s_m / circuit.length_m) + 1.0
    crossings = np.interp(np.arange(LAPS + 1) * circuit.length_m, m.s_m, m.t_s)
    times = np.diff(crossings)
    done = np.searchsorted(crossings + OFFICIAL_DELAY_S, m.t_s, side="right") - 1  # laps whose time is out; -1 in lap 0
    last = np.concatenate([[-1.0], times])[np.clip(done, 0, LAPS)]
    best = np.concatenate([[0.0], np.minimum.accumulate(times)])[np.clip(done, 0, LAPS)]
    running = m.t_s - np.concatenate([[0.0], crossings])[done + 1]
    in_lap = m.s_m - (lap - 1.0) * circuit.length_m
    return {
        "session_time_s": START_S + m.t_s,
        "session_tick": np.round((START_S + m.t_s) * HZ),
        "session_num": np.zeros(len(m.t_s)),
        "session_state": np.full(len(m.t_s), 4.0),
        "session_flags": np.full(len(m.t_s), float(0x4)),
        "lap_number": lap,
        "lap_completed": lap - 1.0,
        "lap_dist_m": in_lap,
        "lap_dist_frac": in_lap / circuit.length_m,
        "lap_current_time_s": running,
        "lap_last_time_s": last,
        "lap_best_time_s": best,
    }


def _body(circuit: Circuit, m: _Motion) -> dict[str, FloatArray]:
    sideslip = m.curvature * CG_TO_REAR_M - SIDESLIP_RADPMPS2 * m.across
    yaw = m.course - sideslip
    vx, vy = m.v_mps * np.cos(sideslip), m.v_mps * np.sin(sideslip)
    yaw_rate = np.gradient(yaw) * HZ
    roll = BODY_ROLL_RADPMPS2 * m.across
    pitch = -np.arctan(m.grade) - BODY_PITCH_RADPMPS2 * m.along  # + nose down
    x, y, altitude = _position(circuit, m)
    kinematic_x, kinematic_y = np.gradient(vx) * HZ - vy * yaw_rate, np.gradient(vy) * HZ + vx * yaw_rate
    columns = {
        "speed_mps": m.v_mps,
        "velocity_x_mps": vx,
        "velocity_y_mps": vy,
        "velocity_z_mps": m.v_mps * (np.sin(np.arctan(m.grade)) + np.sin(pitch)),  # floor against road: the springs
        "long_accel_mps2": kinematic_x - G_MPS2 * np.sin(pitch),
        "lat_accel_mps2": kinematic_y + G_MPS2 * np.sin(roll),
        "vert_accel_mps2": G_MPS2 * np.cos(pitch) * np.cos(roll),
        "yaw_rate_radps": yaw_rate,
        "pitch_rate_radps": np.gradient(pitch) * HZ,
        "roll_rate_radps": np.gradient(roll) * HZ,
        "yaw_rad": np.angle(np.exp(1j * yaw)),
        "yaw_north_rad": np.mod(0.5 * np.pi - yaw, 2.0 * np.pi),
        "pitch_rad": pitch,
        "roll_rad": roll,
        "lat_deg": LAT0_DEG + np.degrees(y / EARTH_M),
        "lon_deg": LON0_DEG + np.degrees(x / (EARTH_M * np.cos(np.radians(LAT0_DEG)))),
        "alt_m": altitude,
    }
    for corner, side in (("lf", -1.0), ("rf", 1.0), ("lr", -1.0), ("rr", 1.0)):
        slip = TYRE_SLIP_PER_MPS2 * (np.minimum(m.along, 0.0) if corner.endswith("f") else m.along)
        columns[f"wheel_speed_{corner}_mps"] = (vx + side * 0.5 * TRACK_WIDTH_M * yaw_rate) * (1.0 + slip)
    return columns


def _position(circuit: Circuit, m: _Motion) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Metres east, north and up of the centre line's start, the driver's offset to the left of it."""
    along = np.mod(m.s_m, circuit.length_m)
    stations = np.arange(len(circuit.x_m)) * circuit.step_m
    x, y, up = (np.interp(along, stations, values, period=circuit.length_m) for values in (circuit.x_m, circuit.y_m, circuit.altitude_m))
    closed = np.append(circuit.heading_rad, circuit.heading_rad[0] - 2.0 * np.pi)
    heading = np.interp(along, np.append(stations, circuit.length_m), closed)
    return x - m.offset * np.sin(heading), y + m.offset * np.cos(heading), 30.0 + up


def _controls(m: _Motion, rng: np.random.Generator) -> dict[str, FloatArray]:
    """Pedals that give the accelerations (grade included), steering from the curvature, gears by engine speed."""
    on_flat = m.along + G_MPS2 * m.grade
    coasting = coasting_mps2(m.v_mps)
    full, limit = np.interp(m.v_mps, CAR.speed_mps, CAR.accel_full_mps2), np.interp(m.v_mps, CAR.speed_mps, CAR.braking_mps2)
    throttle = (on_flat + coasting) / np.maximum(full + coasting, 0.1)
    brake = (-on_flat - coasting) / (limit - coasting) * HARDEST_BRAKE
    throttle, brake = _foot(np.where(throttle > 0.97, 1.0, throttle), rng), _foot(brake, rng)
    wobble = _smooth(rng.normal(0.0, 0.03, len(m.t_s)), 0.05)  # about half a degree at the hand wheel
    steer = STEERING_RATIO * (WHEELBASE_M * m.curvature + UNDERSTEER_RADPMPS2 * m.across) + wobble
    gear = _gears(m.v_mps)
    rpm = np.maximum(m.v_mps / CAR.speed_per_rpm[gear], 900.0)
    return {
        "throttle_frac": throttle,
        "throttle_raw_frac": throttle,
        "brake_frac": brake,
        "brake_raw_frac": brake,
        "clutch_frac": np.ones(len(m.t_s)),
        "steer_rad": steer,
        "steer_max_rad": np.full(len(m.t_s), 7.85),
        "gear": gear.astype(np.float64),
        "rpm": rpm,
        "abs_active": np.zeros(len(m.t_s)),
    }


def _foot(pedal: FloatArray, rng: np.random.Generator) -> FloatArray:
    """A pedal as a foot holds it: a slight tremble while it is neither up nor down to the floor."""
    tremble = _smooth(rng.normal(0.0, 0.012, len(pedal)), 0.08)
    held = np.where((pedal > 0.03) & (pedal < 0.97), pedal + tremble, pedal)
    return np.clip(np.where(held < 0.01, 0.0, held), 0.0, 1.0)


def _gears(v: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Gear at each tick: up at UPSHIFT_RPM, down when the lower gear would turn no more than DOWNSHIFT_RPM."""
    gears, gear = np.empty(len(v), dtype=np.int64), 2
    for i, speed in enumerate(v):
        if gear < len(CAR.speed_per_rpm) - 1 and speed > UPSHIFT_RPM * CAR.speed_per_rpm[gear]:
            gear += 1
        elif gear > 1 and speed < DOWNSHIFT_RPM * CAR.speed_per_rpm[gear - 1]:
            gear -= 1
        gears[i] = gear
    return gears


def _conditions(m: _Motion) -> dict[str, FloatArray]:
    in_pits = m.s_m < m.s_m[0] + PIT_EXIT_M
    one = np.ones(len(m.t_s))
    return {
        "track_surface": np.where(in_pits, 2.0, 3.0),
        "track_surface_material": one,
        "on_pit_road": in_pits.astype(np.float64),
        "is_on_track": one,
        "incident_count": 0.0 * one,
        "tow_time_s": 0.0 * one,
        "dist_ahead_m": 500000.0 * one,
        "dist_behind_m": 500000.0 * one,
        "fuel_l": 30.0 - 0.00012 * (m.s_m - m.s_m[0]),  # 12 l per 100 km
        "track_temp_c": 31.0 + 0.4 * np.sin(m.t_s / 300.0),
        "air_temp_c": 22.0 * one,
        "air_density_kgpm3": 1.19 * one,
        "track_wetness": one,
        "wind_speed_mps": 1.5 * one,
        "wind_dir_rad": 0.8 * one,
    }

"""The cars of the proving ground: a file of parameters, each with unit and source, and the record the kernels read.

They behave like their class and are approximations; every name says so. No formula of motion stands here: see `dynamics.py`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from coach.arrays import FloatArray
from coach.errors import BadInput

FOLDER = files("coach.sim") / "cars"
FUEL_KGPL = 0.74  # petrol at 20 C


class CarParams(NamedTuple):
    """What the kernels read; SI units, floats and float64 arrays only. Front first; two wheels of an axle are alike."""

    mass_kg: float  # with driver, without fuel
    yaw_inertia_kgm2: float
    a_m: float  # centre of gravity to front axle
    b_m: float  # to rear axle
    track_front_m: float
    track_rear_m: float
    height_m: float  # of the centre of gravity
    roll_share_front: float  # of the lateral load transfer
    load_lag_s: float  # lag of the load behind the acceleration: body motion
    roll_gain: float  # rad of body roll per m/s2
    pitch_gain: float  # rad of body pitch per m/s2
    drag_area_m2: float
    lift_area_front_m2: float  # downforce area Cl A, + presses down
    lift_area_rear_m2: float
    mu_front: float
    mu_rear: float
    mu_load_sensitivity: float
    rated_load_n: float
    peak_slip_front: float  # tan of the slip angle of the peak
    peak_slip_rear: float
    peak_slip_long: float  # slip ratio of the peak
    shape_c: float
    relaxation_m: float
    rolling_frac: float  # rolling resistance
    wheel_radius_m: float
    wheel_inertia_kgm2: float
    engine_inertia_kgm2: float
    brake_torque_nm: float  # all four wheels, full pedal
    brake_bias_front: float
    diff_preload_nm: float
    diff_power_lock: float  # share of the drive torque that locks
    diff_coast_lock: float
    torque_rpm: FloatArray  # (k,) ascending
    torque_nm: FloatArray  # (k,) at full throttle
    engine_brake_nm: float  # at idle
    engine_brake_nm_per_rpm: float
    idle_rpm: float
    limit_rpm: float
    shift_rpm: float
    final_drive: float
    gears: FloatArray  # (g,) ratios, first first
    driveline_efficiency: float
    shift_time_s: float
    fuel_kg_per_j: float
    has_abs: bool
    has_tc: bool
    abs_slip: float
    tc_slip: float
    steering_ratio: float
    steer_max_rad: float  # full lock of the hand wheel, one side


@dataclass(frozen=True, slots=True)
class Car:
    """A car by id. `facts` are published figures the model is held against: name -> (value, unit, source)."""

    id: str
    name: str
    params: CarParams
    fuel_max_l: float
    half_width_m: float
    redline_rpm: float
    facts: dict[str, tuple[float, str, str]]


def car_ids() -> tuple[str, ...]:
    """Ids that `load_car` knows, sorted."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in FOLDER.iterdir() if entry.name.endswith(".toml")))


def load_car(car_id: str) -> Car:
    """A car by its id; BadInput lists the ids when there is no such one."""
    if car_id not in car_ids():
        raise BadInput(f"There is no car {car_id!r}; there are: {', '.join(car_ids())}.")
    table = tomllib.loads((FOLDER / f"{car_id}.toml").read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in table["parameter"]}
    _check(rows, car_id)
    return Car(
        id=car_id,
        name=table["name"],
        params=CarParams(**{name: _value(rows[name]["value"]) for name in CarParams._fields}),
        fuel_max_l=float(rows["fuel_max_l"]["value"]),
        half_width_m=0.5 * float(rows["width_m"]["value"]),
        redline_rpm=float(rows["limit_rpm"]["value"]),
        facts={row["name"]: (float(row["value"]), row["unit"], row["source"]) for row in table.get("fact", [])},
    )


def _check(rows: dict[str, dict[str, Any]], car_id: str) -> None:
    known = {*CarParams._fields, "fuel_max_l", "width_m"}
    wrong = sorted(known ^ set(rows)) + sorted(name for name, row in rows.items() if not row.get("unit") or not row.get("source"))
    if wrong:
        raise BadInput(f"Car {car_id}: these parameters are missing, unknown, or without unit or source: {', '.join(wrong)}.")


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return np.array(value, dtype=np.float64)
    return value if isinstance(value, bool) else float(value)


def mass_with_fuel(car: CarParams, fuel_l: float) -> float:
    """Mass with driver and fuel, kg."""
    return car.mass_kg + fuel_l * FUEL_KGPL


def power_peak_w(car: CarParams) -> float:
    """Largest power of the engine, W."""
    return float(np.max(car.torque_nm * car.torque_rpm * np.pi / 30.0))

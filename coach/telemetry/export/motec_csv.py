"""A recording in the layout that MoTeC i2 gives its own CSV exports, which many analysis programs read.

Twelve lines of facts, two empty ones, channel names, units, two empty ones, then quoted samples at an even rate, in the units
that those programs expect (km/h, %, deg, G). Signs stay ours (+ left), as the comment line says. The driver is not named.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import pi
from pathlib import Path

import numpy as np

from coach.arrays import FloatArray
from coach.errors import BadInput
from coach.files import atomic_writer
from coach.telemetry.channels import BY_NAME, Kind
from coach.telemetry.export.csv_out import csv_rows
from coach.telemetry.recording import Recording, SessionInfo

_G = 9.80665  # m/s2, standard gravity
_MOST_SAMPLES = 4_000_000  # eighteen hours at 60 Hz; a clock that jumps must not fill the disk


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    unit: str
    name: str
    factor: float
    digits: int


_COLUMNS = (
    _Column("Distance", "m", "lap_dist_m", 1.0, 3),
    _Column("Lap Number", "", "lap_number", 1.0, 0),
    _Column("Ground Speed", "km/h", "speed_mps", 3.6, 3),
    _Column("Throttle Pos", "%", "throttle_frac", 100.0, 2),
    _Column("Brake Pos", "%", "brake_frac", 100.0, 2),
    _Column("Clutch Pos", "%", "clutch_frac", 100.0, 2),
    _Column("Steered Angle", "deg", "steer_rad", 180.0 / pi, 3),
    _Column("Gear", "", "gear", 1.0, 0),
    _Column("Engine RPM", "rpm", "rpm", 1.0, 1),
    _Column("G Force Lat", "G", "lat_accel_mps2", 1.0 / _G, 4),
    _Column("G Force Long", "G", "long_accel_mps2", 1.0 / _G, 4),
    _Column("G Force Vert", "G", "vert_accel_mps2", 1.0 / _G, 4),
    _Column("Yaw Rate", "deg/s", "yaw_rate_radps", 180.0 / pi, 3),
    _Column("Wheel Speed FL", "km/h", "wheel_speed_lf_mps", 3.6, 3),
    _Column("Wheel Speed FR", "km/h", "wheel_speed_rf_mps", 3.6, 3),
    _Column("Wheel Speed RL", "km/h", "wheel_speed_lr_mps", 3.6, 3),
    _Column("Wheel Speed RR", "km/h", "wheel_speed_rr_mps", 3.6, 3),
    _Column("Fuel Level", "l", "fuel_l", 1.0, 3),
    _Column("GPS Latitude", "deg", "lat_deg", 1.0, 8),
    _Column("GPS Longitude", "deg", "lon_deg", 1.0, 8),
    _Column("GPS Altitude", "m", "alt_m", 1.0, 3),
)


def write_motec_csv(
    path: Path, recording: Recording, rows: slice = slice(None), *, crossings_s: Iterable[float] = (), date: str = ""
) -> None:
    """Write these rows, resampled evenly. CannotWrite: the disk refuses. BadInput: the clock does not run.

    `crossings_s`: session times of the line, which become beacon markers. `date`: "31/12/2026", when it is known.
    """
    time = recording.column("session_time_s")[rows]
    steps = np.diff(time)
    if not (len(time) > 1 and np.isfinite(time).all() and (steps >= 0.0).all() and time[-1] > time[0]):
        raise BadInput(f"{recording.path} has no clock that runs forward over the samples to write: choose one lap with --lap.")
    rate = recording.session.tick_rate_hz
    count = int((time[-1] - time[0]) * rate * (1.0 + 1e-9)) + 1
    if count > _MOST_SAMPLES:
        raise BadInput(
            f"{recording.path} spans {time[-1] - time[0]:,.0f} s, more than can be written as one MoTeC CSV: choose one lap with --lap."
        )
    since = np.arange(count) / rate
    columns = [column for column in _COLUMNS if recording.has(column.name)]
    samples = [column.factor * _resample(column.name, since + time[0], time, recording.column(column.name)[rows]) for column in columns]
    beacons = [crossing - time[0] for crossing in crossings_s if time[0] <= crossing <= time[-1]]
    with atomic_writer(path) as file:
        file.write(_head(recording.session, columns, float(since[-1]), beacons, date).encode())
        for block in csv_rows([since, *samples], [4, *(column.digits for column in columns)], quote='"'):
            file.write(block)


def _resample(name: str, at_s: FloatArray, time_s: FloatArray, column: FloatArray) -> FloatArray:
    """The column at other times, shape of `at_s`, by the channel's own rule; the station holds over the step in which it falls."""
    before = np.clip(np.searchsorted(time_s, at_s + 1e-9, side="right") - 1, 0, len(column) - 1)
    held = column[before]
    if BY_NAME[name].kind is not Kind.CONTINUOUS:
        return held
    value = np.interp(at_s, time_s, column)
    if name == "lap_dist_m":
        falls = np.append(np.abs(np.diff(column)) > 0.5 * np.nanmax(column, initial=0.0), False)
        value = np.where(falls[before], held, value)
    return np.asarray(value, dtype=np.float64)


def _head(session: SessionInfo, columns: list[_Column], duration_s: float, beacons_s: list[float], date: str) -> str:
    track = " ".join(part for part in (session.track_name or session.track_id, session.track_config) if part)
    lines = [
        ("Format", "MoTeC CSV File", None, None, "Workbook", ""),
        ("Venue", track, None, None, "Worksheet", ""),
        ("Vehicle", session.car_name or session.car_id, None, None, "Vehicle Desc", session.car_id),
        ("Driver", "", None, None, "Engine ID", ""),
        ("Device", "simulated" if session.simulated else session.simulator),
        ("Comment", "Racing Coach export; lateral signs + left", None, None, "Session", session.session_type),
        ("Log Date", date, None, None, "Origin Time", "0.000", "s"),
        ("Log Time", "", None, None, "Start Time", "0.000", "s"),
        ("Sample Rate", f"{session.tick_rate_hz:.3f}", "Hz", None, "End Time", f"{duration_s:.3f}", "s"),
        ("Duration", f"{duration_s:.3f}", "s", None, "Start Distance", "0", "m"),
        ("Range", "entire outing", None, None, "End Distance", "0", "m"),
        ("Beacon Markers", " ".join(f"{beacon:.3f}" for beacon in beacons_s)),
        (),
        (),
        ("Time", *(column.title for column in columns)),
        ("s", *(column.unit for column in columns)),
        (),
        (),
    ]
    return "".join(",".join(_cell(cell) for cell in line) + "\r\n" for line in lines)


def _cell(text: str | None) -> str:
    """A quoted cell; None leaves it out, as i2 does between its two columns of facts."""
    return "" if text is None else '"' + text.replace('"', '""').replace("\r", " ").replace("\n", " ") + '"'

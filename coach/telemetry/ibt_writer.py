"""Writes iRacing disk files (.ibt) that this project's reader and others' open: for tests and for recordings we make ourselves.

`session_yaml` marks what no person drove with a `RacingCoach:` section (`Simulated: 1`), which the reader knows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from coach.files import atomic_writer
from coach.telemetry.channels import BY_NAME, Channel, Kind, iracing_unit
from coach.telemetry.ibt_layout import (
    DISK_HEADER_BYTES,
    DTYPES,
    HEADER_BYTES,
    VARIABLE_BYTES,
    Buffer,
    DiskHeader,
    Header,
    Variable,
    VarType,
    pack_disk_header,
    pack_header,
    pack_variable,
    packed,
    record_dtype,
)
from coach.telemetry.recording import Recording, SessionInfo

_BLOCK_RECORDS = 4096  # written at a time: a long recording is never in memory twice


@dataclass(frozen=True, slots=True)
class IbtColumn:
    """One variable to write: values of shape (n_records,), or (n_records, n_items) for an array."""

    type: VarType
    values: npt.NDArray[Any]
    unit: str = ""
    description: str = ""
    as_time: bool = False


def write_ibt(
    path: str | Path, columns: Mapping[str, IbtColumn], session_yaml: str, *, tick_rate: int = 60, start_date: int = 0, lap_count: int = 0
) -> None:
    """Write a whole disk file, or nothing. Columns are named as iRacing names them and share one length.

    CannotWrite: full disk, no permission. ValueError: no columns, or columns of different lengths.
    """
    lengths = {len(column.values) for column in columns.values()}
    if len(lengths) != 1:
        raise ValueError(f"the columns of one file must share one length, got {sorted(lengths)}")
    n_records = lengths.pop()
    variables = _variables(columns)
    record_bytes = sum(variable.nbytes for variable in variables)
    session = _session_bytes(session_yaml)
    head = HEADER_BYTES + DISK_HEADER_BYTES
    session_at = head + VARIABLE_BYTES * len(variables)
    data_at = session_at + len(session)
    buffers = (Buffer(n_records, data_at),)
    header = Header(2, 1, tick_rate, 0, len(session), session_at, len(variables), head, 1, record_bytes, 0, 0, buffers)
    start, end = _first_and_last(columns.get("SessionTime"))
    with atomic_writer(Path(path)) as file:
        file.write(pack_header(header) + pack_disk_header(DiskHeader(start_date, start, end, lap_count, n_records)))
        file.write(b"".join(map(pack_variable, variables)) + session)
        _write_records(file, columns, record_dtype(variables, record_bytes), n_records)


def write_recording_as_ibt(path: str | Path, recording: Recording) -> None:
    """Write a Recording's channels and what it says about itself, marked as simulated when the recording is."""
    columns = {BY_NAME[name].iracing: column_of(BY_NAME[name], recording.column(name)) for name in sorted(recording.available)}
    write_ibt(path, columns, session_yaml(recording.session), tick_rate=round(recording.session.tick_rate_hz))


def type_of(channel: Channel) -> VarType:
    """The type in which iRacing writes a channel."""
    if channel.name in {"session_time_s", "lat_deg", "lon_deg"}:
        return VarType.DOUBLE
    if channel.kind is Kind.FLAG:
        return VarType.BOOL
    if channel.kind is Kind.BITS:
        return VarType.BITS
    return VarType.INT if channel.kind is Kind.STEP and channel.step == 0 else VarType.FLOAT


def session_yaml(info: SessionInfo) -> str:
    """Session text in iRacing's form that states everything a SessionInfo knows; the player's name only if it is there."""
    sections = [
        _section("WeekendInfo", _weekend(info)),
        _section("SessionInfo", _sessions(info)),
        _section("DriverInfo", _driver(info)),
        _section("SplitTimeInfo", [" Sectors:", *_sectors(info)]),
    ]
    if info.simulated:
        sections.append(_section("RacingCoach", [" Simulated: 1"]))
    return "---\n" + "".join(sections) + "...\n"


def _weekend(info: SessionInfo) -> list[str]:
    return [
        " Encoding: UTF8",
        f" TrackName: {_scalar(info.track_id)}",
        *_known(" TrackLength: {:.6f} km", info.track_length_stated_m / 1000),
        f" TrackDisplayName: {_scalar(info.track_name)}",
        f" TrackConfigName: {_scalar(info.track_config)}",
        *_known(" TrackNorthOffset: {:.6f} rad", info.track_north_rad),
        f" BuildVersion: {_scalar(info.simulator_build)}",
    ]


def _sessions(info: SessionInfo) -> list[str]:
    best = min(info.official_lap_times_s, key=lambda lap: lap[1], default=None)
    results = [] if best is None else ["   - CarIdx: 0", f"     FastestLap: {best[0]}", f"     FastestTime: {best[1]:.4f}"]
    return [" Sessions:", " - SessionNum: 0", f"   SessionType: {_scalar(info.session_type)}", "   ResultsFastestLap:", *results]


def _driver(info: SessionInfo) -> list[str]:
    return [
        " DriverCarIdx: 0",
        *_known(" DriverCarRedLine: {:.3f}", info.redline_rpm),
        *_known(" DriverCarFuelMaxLtr: {:.3f}", info.fuel_max_l),
        f" DriverCarGearNumForward: {info.gear_count}",
        " Drivers:",
        " - CarIdx: 0",
        f"   UserName: {_scalar(info.player_name)}",
        f"   CarPath: {_scalar(info.car_id)}",
        f"   CarScreenName: {_scalar(info.car_name)}",
    ]


def _sectors(info: SessionInfo) -> Iterator[str]:
    for number, start in enumerate(info.sector_starts_frac):
        yield f" - SectorNum: {number}"
        yield f"   SectorStartPct: {start:.6f}"


def _section(name: str, lines: list[str]) -> str:
    return f"{name}:\n" + "\n".join(lines) + "\n\n"


def _known(line: str, value: float) -> list[str]:
    return [line.format(value)] if math.isfinite(value) else []


def _scalar(text: str) -> str:
    """A text that YAML reads back as it is: quoted, on one line."""
    if not text:
        return ""
    flat = " ".join(text.split())
    return '"' + flat.replace("\\", "\\\\").replace('"', '\\"') + '"'


def column_of(channel: Channel, values: npt.NDArray[np.float64]) -> IbtColumn:
    """A channel as iRacing writes it: whole numbers where iRacing has them; what is unknown (NaN) becomes 0 there, as iRacing writes it."""
    code = type_of(channel)
    if code in {VarType.FLOAT, VarType.DOUBLE}:
        return IbtColumn(code, values, iracing_unit(channel), channel.meaning)
    return IbtColumn(code, np.nan_to_num(values).astype(np.int64), iracing_unit(channel), channel.meaning)


def _variables(columns: Mapping[str, IbtColumn]) -> list[Variable]:
    """The variables, packed as iRacing does."""
    return packed(
        Variable(name, column.type, 0, int(np.prod(column.values.shape[1:], dtype=int)), column.as_time, column.unit, column.description)
        for name, column in columns.items()
    )


def _session_bytes(text: str) -> bytes:
    """As the simulator writes it: UTF-8 where the text says so, else Windows-1252; a NUL at the end."""
    encoding = "utf-8" if "Encoding: UTF8" in text else "cp1252"
    return text.encode(encoding, "replace") + b"\0"


def _first_and_last(times: IbtColumn | None) -> tuple[float, float]:
    return (0.0, 0.0) if times is None or len(times.values) == 0 else (float(times.values[0]), float(times.values[-1]))


def _write_records(file: BinaryIO, columns: Mapping[str, IbtColumn], record: np.dtype[np.void], n_records: int) -> None:
    for start in range(0, n_records, _BLOCK_RECORDS):
        block = np.zeros(min(_BLOCK_RECORDS, n_records - start), record)
        for name, column in columns.items():
            values = column.values[start : start + len(block)].reshape(block[name].shape)
            block[name] = values.astype(DTYPES[column.type])
        file.write(block.tobytes())

"""Garage 61 CSV exports: one lap at 60 Hz, without a time column.

What such a file is, measured on seventeen of them:

- Rows are the simulator's ticks, one 60th of a second apart. A tick that was missed shows as a double step of the position,
  usually made up for by a repeated row further on; both are put right here.
- A lap is cut out by the simulator's lap counter, which turns over a tick after the position does: most files begin one or
  two ticks past the line and end with one row past the next ("the wrap row"). Where the tick on the other side of the line is
  missing, it is added by carrying the position on at constant speed (error under 0.1 ms: 10 m/s2 over two ticks move the car
  by 5 mm). Some files begin mid-lap and wrap mid-file: those hold no complete lap.
- Units and signs are iRacing's: YawRate, LatAccel and SteeringWheelAngle correlate +0.5 to +0.7 with the course over ground
  (from Lat/Lon, + left); Clutch is 1 when engaged. There is no lap number, track length, fuel or session time.
- PositionType is 3, and 4 where a car was at the outermost of fourteen drivers' lines. Its meaning is not published, so no
  off-track is derived from it; the share of 4 is noted.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from coach.arrays import BoolArray, FloatArray, IntArray
from coach.errors import UnreadableFile
from coach.telemetry.channels import BY_IRACING
from coach.telemetry.csv_table import CsvTable, looks_like, read_table
from coach.telemetry.recording import Recording, SessionInfo, clamp, recording_from_columns
from coach.telemetry.sources import Source, register

TICK_HZ = 60.0
_REQUIRED = ("Speed", "LapDistPct")
_NUMBERS = (
    "Speed",
    "LapDistPct",
    "Lat",
    "Lon",
    "Brake",
    "Throttle",
    "RPM",
    "SteeringWheelAngle",
    "Gear",
    "Clutch",
    "LatAccel",
    "LongAccel",
    "VertAccel",
    "Yaw",
    "YawRate",
    "PositionType",
)
_FLAGS = {"ABSActive": "abs_active"}
_DRIVING_MPS = 10.0  # below this a car may stand, turn or roll back, and speed says little about the step of the position
_MOST_MISSED = 30  # ticks: beyond half a second a jump of the position is a reset, not missed ticks
_MOST_TICKS_FROM_LINE = 3.0  # the lap counter is one tick late; one more may have been missed
_LAP_TIME = re.compile(r"(?:(\d+)[.:])?(\d{1,2})[.:](\d{3})$")  # "01.42.867"


def _sniff(head: bytes, path: Path) -> bool:
    del path
    return looks_like(head, ("LapDistPct", "SteeringWheelAngle", "Speed")) or looks_like(head, ("LapDistPct", "PositionType"))


def read(path: Path, keep_player_name: bool = False) -> Recording:
    """The recording in a Garage 61 export. UnreadableFile says what is wrong with the file."""
    table = read_table(path, required=_REQUIRED, numbers=_NUMBERS, flags=_FLAGS)
    columns = _columns(table)
    notes = list(table.notes)
    columns = _drop_rows_without_position(path, columns, notes)
    columns = _put_ticks_right(columns, notes)
    columns = _complete_the_lap(columns, notes)
    columns["lap_number"] = _lap_numbers(columns)
    _add_distance(columns, notes)
    _note_position_type(table, notes)
    session = _session(path, keep_player_name, notes)
    return recording_from_columns(path, session, {name: clamp(name, column) for name, column in columns.items()})


def _columns(table: CsvTable) -> dict[str, FloatArray]:
    """Our names for the columns that hold values."""
    names = {name: BY_IRACING[name].name for name in _NUMBERS if name in BY_IRACING} | _FLAGS
    return {ours: table.numbers(theirs) for theirs, ours in names.items() if table.has(theirs)}


def _drop_rows_without_position(path: Path, columns: dict[str, FloatArray], notes: list[str]) -> dict[str, FloatArray]:
    frac = columns.get("lap_dist_frac", np.full(0, np.nan))
    speed = columns.get("speed_mps", np.full(len(frac), np.nan))
    good = np.isfinite(frac) & np.isfinite(speed) & (np.abs(frac) <= 1.5) & (np.abs(speed) < 1000.0)  # limits of sense, not of driving
    if np.count_nonzero(good) < 2:
        raise UnreadableFile(f"{path} has fewer than 2 rows with a number in both LapDistPct (0..1) and Speed (m/s).")
    if not good.all():
        notes.append(f"{np.count_nonzero(~good)} rows without a usable position or speed were left out")
    kept = {name: column[good] for name, column in columns.items()}
    kept["lap_dist_frac"] = np.mod(kept["lap_dist_frac"], 1.0)
    kept["_tick"] = np.flatnonzero(good).astype(np.float64)
    return kept


def _steps(frac: FloatArray) -> FloatArray:
    """Steps of the position, shape (n - 1,), the line taken out: in [-0.5, 0.5)."""
    return np.asarray((np.diff(frac) + 0.5) % 1.0 - 0.5, dtype=np.float64)


def _track_length(columns: dict[str, FloatArray]) -> float:
    """Track length in m: metres driven per fraction, on the straightest quarter of the samples; NaN when it cannot be told.

    Where the car drives straight it drives parallel to the track's line, so speed x tick = fraction x length. On the disk
    files that carry both, this gives the length within 0.01 % (Tsukuba 675.37 for 675.32 m, Bristol 828.26 for 828.22 m).
    """
    speed, step = columns["speed_mps"], _steps(columns["lap_dist_frac"])
    mean_speed = 0.5 * (speed[1:] + speed[:-1])
    ok = (mean_speed > _DRIVING_MPS) & (step > 0.0) & (np.diff(columns["_tick"]) == 1.0)
    if np.count_nonzero(ok) < TICK_HZ:  # a second of driving
        return np.nan
    length = mean_speed[ok] / TICK_HZ / step[ok]
    if "yaw_rate_radps" in columns:
        bend = np.abs(columns["yaw_rate_radps"][1:] / np.maximum(speed[1:], 1.0))[ok]
        straight = bend <= np.nanquantile(bend, 0.25) if np.isfinite(bend).any() else np.ones(len(bend), dtype=np.bool_)
        length = length[straight]
    return float(np.median(length))


def _put_ticks_right(columns: dict[str, FloatArray], notes: list[str]) -> dict[str, FloatArray]:
    """Leave out repeated rows, widen the steps over missed ticks, and give the clock."""
    length = _track_length(columns)
    repeated = _repeats_the_row_before(columns)
    ticks = _ticks_of_steps(columns, length)
    ticks[repeated[1:]] = 0
    missed = int(np.sum(ticks[ticks > 1] - 1)) if len(ticks) else 0
    tick = np.concatenate([[0], np.cumsum(ticks)]).astype(np.float64)
    if missed or repeated.any():
        notes.append(f"{missed} missed ticks and {np.count_nonzero(repeated)} repeated rows were put right")
    kept = {name: column[~repeated] for name, column in columns.items()}
    kept["_tick"] = tick[~repeated]
    kept["session_time_s"] = kept["_tick"] / TICK_HZ
    return kept


def _repeats_the_row_before(columns: dict[str, FloatArray]) -> BoolArray:
    """Rows equal to their predecessor in every column while the car moves, shape (n,)."""
    measured = [column for name, column in columns.items() if name != "_tick"]
    same = np.logical_and.reduce([(column[1:] == column[:-1]) | (np.isnan(column[1:]) & np.isnan(column[:-1])) for column in measured])
    return np.concatenate([[False], same & (columns["speed_mps"][1:] > 1.0)])


def _ticks_of_steps(columns: dict[str, FloatArray], length: float) -> IntArray:
    """Ticks between neighbouring rows, shape (n - 1,): 1, or what the position says where it clearly skipped whole ticks."""
    ticks = np.diff(columns["_tick"]).astype(np.int64)
    if not np.isfinite(length):
        return ticks
    speed = columns["speed_mps"]
    mean_speed = 0.5 * (speed[1:] + speed[:-1])
    seen = _steps(columns["lap_dist_frac"]) * length / np.maximum(mean_speed / TICK_HZ, 1e-9)
    whole = np.rint(seen)
    # Halfway between one and two ticks is 1.5; curves change the ratio by (offset / radius), a tenth at most.
    skipped = (mean_speed > _DRIVING_MPS) & (seen > 1.5) & (np.abs(seen - whole) < 0.1 * whole) & (whole <= _MOST_MISSED)
    ticks[skipped] = whole[skipped].astype(np.int64)
    return ticks


def _complete_the_lap(columns: dict[str, FloatArray], notes: list[str]) -> dict[str, FloatArray]:
    """Add the ticks just before the first line and just after the last where the file begins or ends within reach of them."""
    frac, tick = columns["lap_dist_frac"], columns["_tick"]
    first, last = (float(_steps(frac[ends])[0] / np.diff(tick[ends])[0]) for ends in (slice(0, 2), slice(-2, None)))
    before = frac[0] / first if first > 0.0 else np.inf  # ticks from the line to the first row
    after = (1.0 - frac[-1]) / last if last > 0.0 else np.inf  # ticks from the last row to the line
    if before <= _MOST_TICKS_FROM_LINE:
        columns = _with_ticks(columns, -np.arange(np.floor(before) + 1, 0.0, -1.0), first, at_end=False)
        notes.append(f"the file begins {before:.2f} ticks past the line: the tick before it was added at constant speed")
    if after <= _MOST_TICKS_FROM_LINE:
        columns = _with_ticks(columns, np.arange(1.0, np.floor(after) + 2), last, at_end=True)
        notes.append(f"the file ends {after:.2f} ticks before the line: the tick after it was added at constant speed")
    return columns


def _with_ticks(columns: dict[str, FloatArray], offsets: FloatArray, step: float, *, at_end: bool) -> dict[str, FloatArray]:
    """The columns with rows added `offsets` ticks from the first or last row: position and place go on, the rest is held."""
    pair = (-2, -1) if at_end else (0, 1)
    edge = -1 if at_end else 0
    longer = {}
    for name, column in columns.items():
        if name == "lap_dist_frac":
            added = np.mod(column[edge] + step * offsets, 1.0)
        elif name == "_tick":
            added = column[edge] + offsets
        elif name == "session_time_s":
            added = column[edge] + offsets / TICK_HZ
        elif name in {"lat_deg", "lon_deg"}:
            added = column[edge] + (column[pair[1]] - column[pair[0]]) * offsets
        else:
            added = np.full(len(offsets), column[edge])
        longer[name] = np.concatenate([column, added] if at_end else [added, column])
    return longer


def _lap_numbers(columns: dict[str, FloatArray]) -> FloatArray:
    """Laps counted by wraps: 0 is the lap of the file's first own row, -1 the ticks added before it."""
    wraps = np.cumsum(np.concatenate([[False], np.diff(columns["lap_dist_frac"]) < -0.5]))
    own_first = int(np.searchsorted(columns["session_time_s"], 0.0))
    return np.asarray(wraps - wraps[own_first], dtype=np.float64)


def _add_distance(columns: dict[str, FloatArray], notes: list[str]) -> None:
    length = _track_length(columns)
    del columns["_tick"]
    if np.isfinite(length):
        columns["lap_dist_m"] = columns["lap_dist_frac"] * length
        notes.append(f"the file states no track length: {length:.1f} m follows from speed and position on the straights (within 0.05 %)")


def _note_position_type(table: CsvTable, notes: list[str]) -> None:
    if table.has("PositionType"):
        kinds, counts = np.unique(table.numbers("PositionType"), return_counts=True)
        if len(kinds) > 1:
            shares = ", ".join(f"{kind:g} on {count} rows" for kind, count in zip(kinds, counts, strict=True))
            notes.append(f"PositionType is {shares}; its meaning is not published, so it is not used")


def _session(path: Path, keep_player_name: bool, notes: list[str]) -> SessionInfo:
    driver, car, track, lap_time_s = names_in(path)
    return SessionInfo(
        source="garage61",
        car_name=car,
        track_name=track,
        tick_rate_hz=TICK_HZ,
        official_lap_times_s=((0, lap_time_s),) if np.isfinite(lap_time_s) else (),
        player_name=driver if keep_player_name else "",
        notes=tuple(notes),
    )


def names_in(path: Path) -> tuple[str, str, str, float]:
    """Driver, car, track and lap time (s) from "Garage 61 - Driver - Car - Track - 01.42.867 - ID.csv"; empty and NaN otherwise."""
    parts = [part.strip() for part in path.name.removesuffix(".gz").removesuffix(".csv").split(" - ")]
    if len(parts) < 4 or parts[0].casefold() != "garage 61":
        return "", "", "", np.nan
    at = next((index for index in range(len(parts) - 1, 3, -1) if _LAP_TIME.match(parts[index])), None)
    time = _LAP_TIME.match(parts[at]) if at is not None else None
    lap_time_s = 60.0 * int(time[1] or 0) + int(time[2]) + int(time[3]) / 1000.0 if time else np.nan
    return parts[1], parts[2], " - ".join(parts[3:at] if at is not None else parts[3:4]), lap_time_s


register(Source("garage61", "Garage 61 CSV export", (".csv", ".csv.gz"), _sniff, read))

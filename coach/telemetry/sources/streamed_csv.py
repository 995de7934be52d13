"""CSV files streamed live by the telemetry service of b4mad.racing: whole sessions, stamped on arrival at 16-60 Hz.

What such a file is, measured on three of them:

- Rows are not in time order. `_time` is when a row arrived, 10 ms off either way with holes and bursts, while
  `CurrentLapTime` advances by whole ticks of 1/60 s (to 0.6 ms): the clock is rebuilt from it. It stands at 0 until a
  race begins, and goes on counting the old lap for 0.1-2 s after the line; the arrival times bridge both.
- `CurrentLap` and `DistanceRoundTrack` step at the line together. The track length, which is not stated, follows from the
  position on both sides of the line and the way driven between them: 1929.999 m on 17 of 18 crossings at Okayama, and
  4460.001-4460.002 m on all at Fuji.
- `LapTimePrevious` is the official time; it turns 2-4 s after the line, and to -1 when the lap did not count.
- Rpms is 0 throughout, so it is taken for missing; pedals stray by 1e-7; Clutch is 1 when engaged; steering is iRacing's
  (+ left). There is no yaw rate, acceleration, or place on earth.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.arrays import BoolArray, FloatArray
from coach.errors import UnreadableFile
from coach.telemetry.csv_table import CsvTable, looks_like, read_table
from coach.telemetry.recording import Recording, SessionInfo, clamp, recording_from_columns
from coach.telemetry.sources import Source, register
from coach.telemetry.tick_clock import TICK_S, rebuild_clock

_CHANNELS = {
    "CurrentLap": "lap_number",
    "CurrentLapTime": "lap_current_time_s",
    "DistanceRoundTrack": "lap_dist_m",
    "LapTimePrevious": "lap_last_time_s",
    "SpeedMs": "speed_mps",
    "SteeringAngle": "steer_rad",
    "Throttle": "throttle_frac",
    "Brake": "brake_frac",
    "Clutch": "clutch_frac",
    "Gear": "gear",
    "Rpms": "rpm",
    "Conditions_Temperature_Ambient": "air_temp_c",
    "Conditions_Temperature_Track": "track_temp_c",
}
_REQUIRED = ("_time", "CurrentLap", "CurrentLapTime", "DistanceRoundTrack", "SpeedMs")
_TEXTS = ("CarModel", "TrackCode", "GameName", "SessionTypeName", "SessionId")
_DRIVING_MPS = 10.0  # below this a car may stand or roll back, and the way driven does not tell the time
_MOST_TICKS_BY_WAY = 8  # speed x time is good to a few percent where the line bends: half a tick in eight
_LATE_S = 0.25  # rows arrive in bursts; a lap timer that departs further from the arrival times has been set, not run on


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows in time order: arrival times, shape (n,), and columns by our names, each shape (n,)."""

    arrival_s: FloatArray
    columns: dict[str, FloatArray]

    def kept(self, which: BoolArray) -> _Rows:
        return _Rows(self.arrival_s[which], {name: column[which] for name, column in self.columns.items()})


def _sniff(head: bytes, path: Path) -> bool:
    del path
    return looks_like(head, ("_time", "DistanceRoundTrack")) or looks_like(head, ("CurrentLapTime", "SpeedMs"))


def read(path: Path, keep_player_name: bool = False) -> Recording:
    """The recording in a streamed CSV, which names no driver. UnreadableFile says what is wrong with the file."""
    del keep_player_name
    table = read_table(path, required=_REQUIRED, numbers=_CHANNELS, texts=_TEXTS, dates=("_time",))
    notes = list(table.notes)
    rows = _in_time_order(table, notes)
    rows = _without_repeats(rows, notes)
    rows.columns["session_time_s"] = rebuild_clock(rows.arrival_s, _step_ticks(rows), TICK_S)
    length = track_length(rows.columns["session_time_s"], rows.columns["lap_dist_m"], rows.columns["speed_mps"])
    if np.isfinite(length):
        rows = _without_torn_rows(rows, length, notes)
        _follow_the_way(rows, length, notes)
    columns = rows.columns
    if not np.any(columns.get("rpm", np.zeros(1))):
        columns.pop("rpm", None)
    _add_fraction(columns, length, notes)
    session = _session(path, table, notes)
    return recording_from_columns(path, session, {name: clamp(name, column) for name, column in columns.items()})


def _in_time_order(table: CsvTable, notes: list[str]) -> _Rows:
    arrival = table.seconds("_time")
    columns = {ours: table.numbers(theirs) for theirs, ours in _CHANNELS.items() if table.has(theirs)}
    needed = ("lap_number", "lap_current_time_s", "lap_dist_m", "speed_mps")
    good = np.isfinite(arrival) & np.logical_and.reduce([np.isfinite(columns[name]) for name in needed])
    if np.count_nonzero(good) < 2:
        raise UnreadableFile(f"{table.path} has fewer than 2 rows with a value in all of {', '.join(_REQUIRED)}.")
    if not good.all():
        notes.append(f"{np.count_nonzero(~good)} rows without a time, lap, position or speed were left out")
    rows = _Rows(arrival, columns).kept(good)
    order = np.argsort(rows.arrival_s, kind="stable")
    if np.any(np.diff(order) != 1):
        notes.append("the rows were not in time order and were sorted")
    return _Rows(rows.arrival_s[order] - rows.arrival_s[order[0]], {name: column[order] for name, column in rows.columns.items()})


def _without_repeats(rows: _Rows, notes: list[str]) -> _Rows:
    """Leave out rows that repeat a running lap timer: the same tick received twice, or one read while it was being written."""
    timer = rows.columns["lap_current_time_s"]
    again = np.concatenate([[False], np.diff(timer) == 0.0])
    frozen = again & (np.roll(again, 1) | np.roll(again, -1))  # several in a row: the timer stands, the ticks are new
    repeats = again & ~frozen
    if repeats.any():
        notes.append(f"{np.count_nonzero(repeats)} ticks received twice were left out")
    return rows.kept(~repeats)


def _step_ticks(rows: _Rows) -> FloatArray:
    """Ticks between neighbouring rows, shape (n - 1,): by the lap timer, by the way driven where it was set, else NaN."""
    arrived = np.diff(rows.arrival_s)
    timer = np.diff(rows.columns["lap_current_time_s"])
    ticks = timer / TICK_S
    timer_runs = (np.abs(timer - arrived) < _LATE_S) & (np.abs(ticks - np.rint(ticks)) < 0.05)  # printed to 0.1 ms, 0.006 ticks
    speed = rows.columns["speed_mps"]
    driven = np.diff(rows.columns["lap_dist_m"]) / np.maximum(0.5 * (speed[1:] + speed[:-1]), _DRIVING_MPS)
    way = driven / TICK_S
    way_tells = (speed[1:] > _DRIVING_MPS) & (np.abs(driven - arrived) < _LATE_S) & (way < _MOST_TICKS_BY_WAY)
    return np.where(timer_runs & (np.rint(ticks) >= 1.0), ticks, np.where(way_tells & (np.rint(way) >= 1.0), np.rint(way), np.nan))


def _way_in_ticks(rows: _Rows, length: float) -> FloatArray:
    """Way driven in each step over the travel of one tick, shape (n - 1,): the ticks that passed, to a few percent."""
    columns = rows.columns
    way = np.diff(columns["lap_dist_m"])
    way = np.where(way < -0.5 * length, way + length, way)
    speed = columns["speed_mps"]
    return np.asarray(way / (np.maximum(0.5 * (speed[1:] + speed[:-1]), _DRIVING_MPS) * TICK_S), dtype=np.float64)


def _without_torn_rows(rows: _Rows, length: float, notes: list[str]) -> _Rows:
    """Leave out rows whose position is a tick ahead of their time or behind it: read while they were being written."""
    ahead = _way_in_ticks(rows, length) - np.diff(rows.columns["session_time_s"]) / TICK_S
    # A torn row gains a tick on the clock and gives it back: halfway to that, 0.5, is far from a sound step's few hundredths.
    torn = np.concatenate([[False], (ahead[:-1] * ahead[1:] < 0.0) & (np.minimum(np.abs(ahead[:-1]), np.abs(ahead[1:])) > 0.5), [False]])
    if torn.any():
        notes.append(f"{np.count_nonzero(torn)} ticks whose position and time do not belong together were left out")
    return rows.kept(~torn)


def _follow_the_way(rows: _Rows, length: float, notes: list[str]) -> None:
    """Put steps right where the simulator's clock skipped: the car drove on for another number of ticks than the timer says.

    The official lap times count the ticks driven: following the way turns an error of exactly one tick on four of the eight
    laps at Fuji into less than 0.1 ms. A step counts as skipped when, measured against its neighbours, it is whole ticks off.
    """
    way = _way_in_ticks(rows, length)
    ticks = np.rint(np.diff(rows.columns["session_time_s"]) / TICK_S)
    per_tick = way / ticks
    skipped = 0
    near = (np.maximum(ticks, way) <= _MOST_TICKS_BY_WAY) & (rows.columns["speed_mps"][1:] > _DRIVING_MPS)
    for step in np.flatnonzero(near & (np.abs(way - ticks) > 0.5)):
        usual = np.median(per_tick[max(0, step - 5) : step + 6])
        driven = way[step] / usual if usual > 0.5 else np.nan
        if np.rint(driven) >= 1.0 and np.rint(driven) != ticks[step] and abs(driven - np.rint(driven)) < 0.25:
            ticks[step] = np.rint(driven)
            skipped += 1
    if skipped:
        rows.columns["session_time_s"] = np.concatenate([[0.0], np.cumsum(ticks)]) * TICK_S
        notes.append(f"the simulator's clock skipped {skipped} times by a tick; the way driven gives the time there")


def _add_fraction(columns: dict[str, FloatArray], length: float, notes: list[str]) -> None:
    if np.isfinite(length):
        columns["lap_dist_frac"] = np.mod(columns["lap_dist_m"] / length, 1.0)
        notes.append(f"the file states no track length: {length:.2f} m follows from the way driven across the line")
    else:
        notes.append("the recording never crosses the line, so the track length and the lap fraction are unknown")


def track_length(time_s: FloatArray, lap_dist_m: FloatArray, speed_mps: FloatArray) -> float:
    """Track length in m: how far the position falls at the line plus the way driven meanwhile; NaN without a crossing.

    The median over all crossings; each is good to millimetres, because the car drives parallel to the track's line there, but
    a tick whose channels do not belong together spoils one by the travel of a tick.
    """
    fall = lap_dist_m[:-1] - lap_dist_m[1:]
    driven = 0.5 * (speed_mps[1:] + speed_mps[:-1]) * np.diff(time_s)
    # At the line nearly the whole of the longest position falls away, and to within the way driven of 0.
    line = (fall > 0.5 * np.max(lap_dist_m, initial=0.0)) & (lap_dist_m[1:] <= 1.5 * driven) & (driven > 0.0) & (np.diff(time_s) < 1.0)
    return float(np.median(fall[line] + driven[line])) if line.any() else np.nan


def _session(path: Path, table: CsvTable, notes: list[str]) -> SessionInfo:
    game = _only_one(path, table, "GameName", "simulators") or "iRacing"
    if game.casefold() != "iracing":
        notes.append(f"recorded in {game}: signs and units were checked for iRacing only")
    return SessionInfo(
        source="streamed-csv",
        simulator=game.casefold(),
        car_name=_only_one(path, table, "CarModel", "cars"),
        track_id=_only_one(path, table, "TrackCode", "tracks"),
        session_type=_only_one(path, table, "SessionTypeName", "session types", most=99),
        tick_rate_hz=1.0 / TICK_S,
        notes=tuple(notes),
    )


def _only_one(path: Path, table: CsvTable, column: str, what: str, most: int = 1) -> str:
    names = table.distinct(column)
    if len(names) > most:
        raise UnreadableFile(f"{path} holds {len(names)} {what} ({', '.join(names[:4])}): give each drive a file of its own.")
    return names[0] if names else ""


register(Source("streamed-csv", "streamed telemetry CSV (b4mad.racing)", (".csv", ".csv.gz"), _sniff, read))

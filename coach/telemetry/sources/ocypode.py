"""Ocypode recordings: JSON lines, one sample of about 10 Hz each, after a line that names the track.

What such a file is, measured on one of them: `timestamp_ms` is when the sample was read, up to a tick after the tick it shows;
steps are 6 or 7 ticks of 1/60 s, and the way driven over the speed tells which. `lon_accel`, `lat`, `lon` are 0 and `clutch` is
null throughout, so they are taken for missing; pedals stray by 1e-7. Signs are iRacing's: steering and `lat_accel` correlate
+0.6 and +0.9 with `yaw_rate`. At 10 Hz a braking point is known to some 5 m, so causes found in such a file deserve less trust.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from coach.arrays import FloatArray
from coach.errors import UnreadableFile
from coach.files import MAX_LINE_BYTES, open_plain
from coach.telemetry.recording import Recording, SessionInfo, clamp, recording_from_columns
from coach.telemetry.sources import Source, register
from coach.telemetry.tick_clock import TICK_S, rebuild_clock

_CHANNELS = {
    "lap_number": "lap_number",
    "lap_distance": "lap_dist_m",
    "lap_distance_pct": "lap_dist_frac",
    "last_lap_time_s": "lap_last_time_s",
    "best_lap_time_s": "lap_best_time_s",
    "speed_mps": "speed_mps",
    "engine_rpm": "rpm",
    "gear": "gear",
    "throttle": "throttle_frac",
    "brake": "brake_frac",
    "clutch": "clutch_frac",
    "steering": "steer_rad",
    "abs_active": "abs_active",
    "is_in_pit_lane": "on_pit_road",
    "lat": "lat_deg",
    "lon": "lon_deg",
    "lat_accel": "lat_accel_mps2",
    "lon_accel": "long_accel_mps2",
    "pitch": "pitch_rad",
    "pitch_rate": "pitch_rate_radps",
    "roll": "roll_rad",
    "roll_rate": "roll_rate_radps",
    "yaw": "yaw_rad",
    "yaw_rate": "yaw_rate_radps",
}
_REQUIRED = ("timestamp_ms", "lap_number", "lap_distance", "lap_distance_pct", "speed_mps")
_NEVER_ZERO_THROUGHOUT = ("lat_deg", "lon_deg", "long_accel_mps2", "lat_accel_mps2", "rpm", "steer_rad", "yaw_rad")  # 0 means: not read
_MAX_BYTES = 1 << 30  # 1.4 kB a sample: twenty hours
_DRIVING_MPS = 10.0
_MOST_TICKS_BY_WAY = 15  # a quarter of a second: beyond it, speed x time is half a tick off


def _sniff(head: bytes, path: Path) -> bool:
    del path
    start = head.lstrip()[:200]
    return start.startswith(b'{"') and (b'"SessionChange"' in start or b'"DataPoint"' in start)


def read(path: Path, keep_player_name: bool = False) -> Recording:
    """The recording in an Ocypode file, which names no driver. UnreadableFile says what is wrong with the file."""
    del keep_player_name
    notes: list[str] = []
    session, samples = _parse(path, notes)
    if len(samples["timestamp_ms"]) < 2:
        raise UnreadableFile(f"{path} holds {len(samples['timestamp_ms'])} samples (DataPoint lines): expected at least 2.")
    columns = _columns(path, samples, notes)
    arrival = columns.pop("_arrival_s")
    columns["session_time_s"] = rebuild_clock(arrival, _step_ticks(arrival, columns), TICK_S)
    for name in _NEVER_ZERO_THROUGHOUT:
        if name in columns and not np.any(columns[name]):
            del columns[name]
    info = _session(session, columns, notes)
    return recording_from_columns(path, info, {name: clamp(name, column) for name, column in columns.items()})


def _parse(path: Path, notes: list[str]) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The first session's facts, and per field the values of all samples; samples after a change of the session are refused."""
    session: dict[str, Any] = {}
    samples: dict[str, list[Any]] = {name: [] for name in ("timestamp_ms", "game_source", *_CHANNELS)}
    bad: tuple[int, str] | None = None
    with open_plain(path, _MAX_BYTES, max_line=MAX_LINE_BYTES) as stream:
        for number, line in enumerate(stream, start=1):
            if bad is not None:
                raise UnreadableFile(f"{path} line {bad[0]:,} {bad[1]}: the file is damaged there.")
            try:
                if line.strip():
                    _take(json.loads(line), session, samples, path, number)
            except (ValueError, RecursionError):
                bad = (number, "is no JSON")
    if bad is not None:
        notes.append(f"the last line ({bad[0]:,}) {bad[1]} and was left out")
    return session, samples


def _take(record: Any, session: dict[str, Any], samples: dict[str, list[Any]], path: Path, number: int) -> None:
    if not isinstance(record, dict):
        raise ValueError  # noqa: TRY004  the caller's "is no JSON" fits
    point, change = record.get("DataPoint"), record.get("SessionChange")
    if isinstance(point, dict):
        for name, values in samples.items():
            values.append(point.get(name))
    elif isinstance(change, dict):
        new = {name: change.get(name) for name in ("track_name", "track_configuration", "track_length", "max_steering_angle")}
        if session and samples["timestamp_ms"] and new["track_name"] != session["track_name"]:
            raise UnreadableFile(
                f"{path} line {number:,} changes to another track ({new['track_name']}): give each drive a file of its own."
            )
        session.update(new)


def _columns(path: Path, samples: dict[str, list[Any]], notes: list[str]) -> dict[str, FloatArray]:
    columns = {ours: _numbers(path, theirs, samples[theirs]) for theirs, ours in _CHANNELS.items()}
    columns["_arrival_s"] = _numbers(path, "timestamp_ms", samples["timestamp_ms"]) / 1000.0
    needed = {name: columns["_arrival_s" if name == "timestamp_ms" else _CHANNELS[name]] for name in _REQUIRED}
    empty = [name for name, column in needed.items() if np.isnan(column).all()]
    if empty:
        raise UnreadableFile(f"{path} has no value of {', '.join(empty)} in any of its samples.")
    good = np.logical_and.reduce([np.isfinite(column) for column in needed.values()])
    if np.count_nonzero(good) < 2:
        raise UnreadableFile(f"{path} has fewer than 2 samples with a value in all of {', '.join(_REQUIRED)}.")
    if not good.all():
        notes.append(f"{np.count_nonzero(~good)} samples without a time, lap, position or speed were left out")
    arrival = columns["_arrival_s"]
    order = np.flatnonzero(good)[np.argsort(arrival[good], kind="stable")]
    columns = {name: column[order] for name, column in columns.items() if not np.isnan(column).all()}
    columns["_arrival_s"] = columns["_arrival_s"] - columns["_arrival_s"][0]
    columns["lap_dist_frac"] = np.mod(columns["lap_dist_frac"], 1.0)
    return columns


def _numbers(path: Path, name: str, values: list[Any]) -> FloatArray:
    """float64, NaN for null and for what is not finite."""
    try:
        column = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        wrong = next(index for index, value in enumerate(values) if value is not None and not isinstance(value, (int, float)))
        raise UnreadableFile(f"{path} sample {wrong + 1:,} has {str(values[wrong])[:40]!r} for {name}: expected a number.") from error
    column[~np.isfinite(column)] = np.nan
    return column


def _step_ticks(arrival_s: FloatArray, columns: dict[str, FloatArray]) -> FloatArray:
    """Ticks between neighbouring samples by the way driven over the speed, shape (n - 1,); NaN where that does not tell."""
    frac, position, speed = columns["lap_dist_frac"], columns["lap_dist_m"], columns["speed_mps"]
    far = frac > 0.1  # near the line the ratio loses digits
    length = float(np.median(position[far] / frac[far])) if far.any() else 0.0
    way = np.diff(position)
    way = np.where(way < -0.5 * length, way + length, way)
    ticks = way / (np.maximum(0.5 * (speed[1:] + speed[:-1]), _DRIVING_MPS) * TICK_S)
    arrived = np.diff(arrival_s) / TICK_S
    # In a hairpin the car drives another way than the track's line, by a tenth; over a second the arrival times tell by how much.
    second = np.ones(min(11, len(arrived)))
    ticks = ticks * np.convolve(arrived, second, "same") / np.maximum(np.convolve(ticks, second, "same"), 1.0)
    # Reading late by up to one tick at either end, the arrival times tell the ticks to +-1.
    tells = (speed[1:] > _DRIVING_MPS) & (ticks < _MOST_TICKS_BY_WAY) & (np.abs(np.rint(ticks) - arrived) <= 1.0) & (np.rint(ticks) >= 1.0)
    return np.where(tells, np.rint(ticks), np.nan)


def _session(session: dict[str, Any], columns: dict[str, FloatArray], notes: list[str]) -> SessionInfo:
    length = re.fullmatch(r"\s*([\d.]{1,9})\s*km\s*", str(session.get("track_length") or ""))
    config = str(session.get("track_configuration") or "").strip("~ ")
    lock = session.get("max_steering_angle")
    if isinstance(lock, (int, float)) and np.isfinite(lock) and lock > 0.0:
        columns["steer_max_rad"] = np.full(len(columns["speed_mps"]), float(lock))
    name = str(session.get("track_name") or "")
    return SessionInfo(
        source="ocypode",
        track_id=f"{name} {config}".strip(),
        track_name=name,
        track_config=config,
        track_length_stated_m=1000.0 * float(length[1]) if length and length[1].count(".") <= 1 and length[1] != "." else np.nan,
        tick_rate_hz=1.0 / float(np.median(np.diff(columns["session_time_s"]))),
        notes=(*notes, "sampled at about 10 Hz: points on the track are known to some 5 m only"),
    )


register(Source("ocypode", "Ocypode JSON lines", (".jsonl", ".jsonl.gz"), _sniff, read))

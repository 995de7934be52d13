"""The lap file: one lap as one Parquet file, with everything known about it. `docs/lap-file.md` describes it for others.

Columns are our channels, one row per tick, as DECIMAL over 32 or 64 bit integers: what is stored is the value in whole
quantisation steps, what any Parquet reader shows is the value itself. NaN is null. The rows reach some way before the line
and after it, so that the crossings are found again. Page checksums tell damage.

It does not know how laps are found or judged: it stores what it is told (`LapFacts`). The player's name is never stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from math import isfinite, log10, nan
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from coach.arrays import FloatArray
from coach.errors import UnreadableFile
from coach.files import check_readable, write_bytes
from coach.telemetry.channels import BY_NAME, CHANNELS, Channel, Kind
from coach.telemetry.recording import Recording, SessionInfo

SCHEMA = 1  # raised when a reader of the older number would misread the file
PREFIX = "racing_coach."
MAX_BYTES = 128 << 20
MAX_TICKS = 500_000  # two hours and more at 60 Hz; a damaged header may claim any number
_INT32_DIGITS, _INT64_DIGITS = 9, 18  # decimal digits that always fit
_CONDITIONS = ("track_temp_c", "air_temp_c", "air_density_kgpm3", "track_wetness", "wind_speed_mps", "wind_dir_rad", "fuel_l")
_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "tuple": (tuple,),
    "dict": (dict,),
}
_DAMAGE = (  # what a damaged file makes pyarrow, json and the checks below raise
    pa.ArrowException,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    MemoryError,
    RecursionError,
)
_Record = TypeVar("_Record")
_WITH_STATISTICS = ["session_time_s", "lap_number", "lap_dist_m", "lap_dist_frac", "speed_mps"]  # what a query over many laps filters by


@dataclass(frozen=True, slots=True)
class LapFacts:
    """What was found out about the lap; rows [first, last) of the file lie inside it. Times on the session clock, at the line."""

    number: int
    kind: str
    first: int
    last: int
    start_s: float = nan
    end_s: float = nan
    official_lap_time_s: float = nan
    track_length_m: float = nan
    reasons: tuple[str, ...] = ()
    integrity: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who drove it and who may have it; all free text, empty when not said. `driver` is a pseudonym, never a name."""

    driver: str = ""
    licence: str = ""
    visibility: str = "private"


@dataclass(frozen=True, slots=True)
class LapFile:
    """A lap file's content."""

    recording: Recording
    lap: LapFacts
    provenance: Provenance
    conditions: dict[str, float]


@dataclass(frozen=True, slots=True)
class LapHead:
    """What a lap file says about its lap, without the samples."""

    session: SessionInfo
    lap: LapFacts
    provenance: Provenance
    conditions: dict[str, float]


def write_lap_file(path: Path, recording: Recording, rows: slice, lap: LapFacts, provenance: Provenance | None = None) -> None:
    """Write the rows of a recording as a lap file, whole or not at all. CannotWrite: the disk refuses.

    `lap.first` and `lap.last` count from the first of these rows.
    """
    write_bytes(path, lap_file_content(recording, rows, lap, provenance))


def lap_file_content(recording: Recording, rows: slice, lap: LapFacts, provenance: Provenance | None = None) -> bytes:
    """What `write_lap_file` writes."""
    names = [channel.name for channel in CHANNELS if recording.has(channel.name)]
    columns = {name: recording.column(name)[rows] for name in names}
    metadata = _metadata(recording.session, lap, provenance or Provenance(), columns)
    table = pa.table({name: _stored(BY_NAME[name], column) for name, column in columns.items()}).replace_schema_metadata(metadata)
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        use_dictionary=False,
        column_encoding={name: "DELTA_BINARY_PACKED" for name in names if BY_NAME[name].kind is not Kind.FLAG},
        store_decimal_as_integer=True,
        write_statistics=[name for name in _WITH_STATISTICS if name in columns],
        write_page_checksum=True,
    )
    content: bytes = sink.getvalue().to_pybytes()
    return content


def read_lap_file(path: Path) -> LapFile:
    """Read a lap file. UnreadableFile: not Parquet, not a lap file, newer than this program, damaged."""
    if check_readable(path) > MAX_BYTES:
        raise UnreadableFile(f"{path} holds more than {MAX_BYTES:,} bytes: a lap file has some hundred thousand.")
    with _damage_named(path):
        return _file_in(path, path.read_bytes())


def lap_file_of(content: bytes, name: str) -> LapFile:
    """The same of a lap file's content in memory; its recording is called `name`."""
    with _damage_named(Path(name)):
        return _file_in(Path(name), content)


def _file_in(path: Path, content: bytes) -> LapFile:
    file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
    metadata = _facts_of(path, file)
    names = [name for name in file.schema_arrow.names if name in BY_NAME]
    table = file.read(columns=names, use_threads=False)
    columns = {name: _physical(table.column(name)) for name in names}
    return _lap_file(path, metadata, columns)


def read_lap_head(path: Path) -> LapHead:
    """What a lap file says about its lap; no sample is read, so damage among them stays unseen. UnreadableFile as for the whole."""
    check_readable(path)
    return _head_in(path, path)


def lap_head_of(content: bytes, name: str = "the lap") -> LapHead:
    """The same of a lap file's content in memory; errors call it `name`."""
    return _head_in(Path(name), pa.BufferReader(content))


def _head_in(path: Path, source: Any) -> LapHead:
    with _damage_named(path), pq.ParquetFile(source) as file:
        facts = _facts_of(path, file)
        return _lap_head(facts, file.metadata.num_rows)


def _stored(channel: Channel, column: FloatArray) -> Any:
    """One column as an Arrow array: bool for flags, whole numbers, or decimals with the channel's step."""
    missing = ~np.isfinite(column)
    step = channel.step or 1.0
    whole = np.where(
        missing, 0.0, np.clip(np.rint(np.where(missing, 0.0, column) / step), 1 - 10.0**_INT64_DIGITS, 10.0**_INT64_DIGITS - 1)
    )
    mask = missing if missing.any() else None
    if channel.kind is Kind.FLAG:
        return pa.array(whole != 0.0, mask=mask)
    wide = _is_wide(channel, whole)
    numbers = pa.array(whole.astype(np.int64 if wide else np.int32), mask=mask)
    if not channel.step:
        return numbers
    digits = _digits(channel.step)
    kind = pa.decimal64(_INT64_DIGITS, digits) if wide else pa.decimal32(_INT32_DIGITS, digits)
    return pa.Array.from_buffers(kind, len(numbers), numbers.buffers(), numbers.null_count)


def _is_wide(channel: Channel, whole: FloatArray) -> bool:
    """64 bit for what outgrows 32 in ordinary use, so that files of one channel agree, and for what does so here."""
    always = channel.kind is Kind.BITS or channel.name in {"session_time_s", "lat_deg", "lon_deg"}
    return always or bool(np.max(np.abs(whole), initial=0.0) >= 10.0**_INT32_DIGITS)


def _digits(step: float) -> int:
    """Digits behind the point of a step that is a power of ten (a test holds the channel table to it)."""
    return round(-log10(step))


def _physical(column: Any) -> FloatArray:
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64)


def _metadata(session: SessionInfo, lap: LapFacts, provenance: Provenance, columns: dict[str, FloatArray]) -> dict[str, str]:
    """File-level facts: plain keys, values in JSON, NaN as null."""
    known = {name: float(np.nanmean(columns[name])) for name in _CONDITIONS if name in columns and np.isfinite(columns[name]).any()}
    facts: dict[str, Any] = {"schema": SCHEMA, **_plain(session), "player_name": None}
    facts["lap"] = _plain(lap) | {"lap_time_s": _null(lap.end_s - lap.start_s)}
    facts["provenance"] = _plain(provenance)
    facts["conditions"] = known
    facts["units"] = {name: BY_NAME[name].unit for name in columns}
    del facts["player_name"]
    return {PREFIX + key: json.dumps(value, ensure_ascii=False, allow_nan=False) for key, value in facts.items()}


def _plain(record: Any) -> dict[str, Any]:
    return {key: _null(value) for key, value in asdict(record).items()}


def _null(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {key: _null(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_null(item) for item in value]
    return value


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except UnreadableFile:
        raise
    except _DAMAGE as error:
        said = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")[:160]
        raise UnreadableFile(f"{path} is no readable lap file: {said}. It may be damaged or cut short.") from error


def _facts_of(path: Path, file: Any) -> dict[str, Any]:
    """The file-level facts, after everything that can be told without reading a column was checked."""
    raw = {key.decode(): value for key, value in (file.metadata.metadata or {}).items() if key.decode(errors="replace").startswith(PREFIX)}
    if f"{PREFIX}schema" not in raw:
        raise UnreadableFile(f"{path} is a Parquet file but no lap file: its metadata has no {PREFIX}schema.")
    facts = {key.removeprefix(PREFIX): json.loads(value) for key, value in raw.items()}
    if not isinstance(facts["schema"], int) or facts["schema"] > SCHEMA:
        raise UnreadableFile(f"{path} is a lap file of schema {facts['schema']}; this program reads up to {SCHEMA}: update it.")
    rows = file.metadata.num_rows
    if not 2 <= rows <= MAX_TICKS:
        raise UnreadableFile(f"{path} is a lap file of {rows:,} ticks: expected 2 to {MAX_TICKS:,}.")
    unpacked = sum(file.metadata.row_group(index).total_byte_size for index in range(file.metadata.num_row_groups))
    if not 0 <= unpacked <= 8 * MAX_BYTES:
        raise UnreadableFile(f"{path} claims to unpack to {unpacked:,} bytes: expected at most {8 * MAX_BYTES:,}.")
    schema = file.schema_arrow  # made anew each time it is asked for
    names = [name for name in schema.names if name in BY_NAME]
    for name in ("session_time_s", "lap_dist_frac"):
        if name not in names:
            raise UnreadableFile(f"{path} lacks the column {name}: without it no lap can be found.")
    for name in names:  # a text of 100 kB that every row names is 300 kB in the file and gigabytes in memory
        if names.count(name) > 1 or not _is_number(schema.field(name).type):
            raise UnreadableFile(f"{path} is no lap file: its column {name} must be there once and hold numbers.")
    return facts


def _is_number(kind: Any) -> bool:
    types = pa.types
    return bool(types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind))


def _lap_file(path: Path, facts: dict[str, Any], columns: dict[str, FloatArray]) -> LapFile:
    n_ticks = len(next(iter(columns.values())))
    head = _lap_head(facts, n_ticks)
    return LapFile(Recording(path, head.session, n_ticks, columns.get, frozenset(columns)), head.lap, head.provenance, head.conditions)


def _lap_head(facts: dict[str, Any], n_ticks: int) -> LapHead:
    lap = _record(LapFacts, {key: value for key, value in facts["lap"].items() if key != "lap_time_s"})
    session = _record(SessionInfo, {key: facts[key] for key in facts if key not in {"schema", "lap", "provenance", "conditions", "units"}})
    if not 0 <= lap.first <= lap.last <= n_ticks:
        raise ValueError(f"its lap spans rows {lap.first} to {lap.last} of {n_ticks}")
    conditions = {str(name): float(value) for name, value in dict(facts.get("conditions", {})).items()}
    return LapHead(session, lap, _record(Provenance, facts.get("provenance", {})), conditions)


def _record(kind: type[_Record], values: dict[str, Any]) -> _Record:
    """A dataclass from JSON, every value of the type it should have; unknown keys are left out. ValueError names a wrong one."""
    read = {}
    for item in fields(kind):  # type: ignore[arg-type]  # every kind is a dataclass
        if item.name in values:
            value = _restored(values[item.name], "float" in str(item.type))
            if not isinstance(value, _TYPES[str(item.type).split("[")[0]]) or not _leaves_fit(value, str(item.type)):
                raise ValueError(f"{item.name} is {values[item.name]!r}")
            read[item.name] = value
    return kind(**read)


def _restored(value: Any, numeric: bool) -> Any:
    """JSON back to what was stored: lists are tuples, null is NaN among numbers."""
    if isinstance(value, list):
        return tuple(_restored(item, numeric) for item in value)
    if isinstance(value, dict):
        return {key: _restored(item, numeric) for key, item in value.items()}
    return nan if value is None and numeric else value


def _leaves_fit(value: Any, kind: str) -> bool:
    items = value if isinstance(value, tuple) else value.values() if isinstance(value, dict) else ()
    wanted = (int, float) if "float" in kind else (str,)
    return all(_leaves_fit(item, kind) if isinstance(item, tuple) else isinstance(item, wanted) for item in items)

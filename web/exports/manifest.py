"""The manifest: a Parquet table with a row per lap, and in its metadata what was asked for and which laps were withdrawn since."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from coach.telemetry.recording import SessionInfo
from web.models.exports import TrainingExport
from web.models.laps import Lap

SCHEMA = 1  # raised when a reader of the older number would misread the file
_ABOUT, _WITHDRAWN = b"racing_coach.export", b"racing_coach.withdrawn"

COLUMNS = pa.schema(
    [
        ("lap", pa.string()),
        ("driver", pa.string()),
        ("drive", pa.string()),  # laps driven one after another share it
        ("file", pa.string()),
        ("size_bytes", pa.int64()),
        ("sha256", pa.string()),
        ("simulator", pa.string()),
        ("simulator_build", pa.string()),
        ("source", pa.string()),
        ("car_id", pa.string()),
        ("car_name", pa.string()),
        ("track_id", pa.string()),
        ("track_name", pa.string()),
        ("track_config", pa.string()),
        ("session_type", pa.string()),
        ("simulated", pa.bool_()),
        ("number", pa.int32()),
        ("lap_time_s", pa.float64()),
        ("official_lap_time_s", pa.float64()),
        ("clean", pa.bool_()),
        ("reasons", pa.list_(pa.string())),
        ("findings", pa.list_(pa.string())),
        ("top_speed_mps", pa.float64()),
        ("fuel_l", pa.float64()),
        ("track_temp_c", pa.float64()),
        ("wetness", pa.float64()),
        ("consent_version", pa.string()),
    ]
)


def row(
    lap: Lap, session: SessionInfo, pseudonyms: tuple[str, str, str], file: tuple[str, int, str], consent_version: str
) -> dict[str, Any]:
    """A lap's row. `pseudonyms`: of lap, driver and drive; `file`: its name within the export, bytes and SHA-256."""
    texts = ("simulator", "simulator_build", "source", "car_id", "car_name", "track_id", "track_name", "track_config", "session_type")
    facts = ("number", "lap_time_s", "official_lap_time_s", "clean", "reasons", "top_speed_mps", "fuel_l", "track_temp_c", "wetness")
    return {
        **dict(zip(("lap", "driver", "drive"), pseudonyms, strict=True)),
        **dict(zip(("file", "size_bytes", "sha256"), file, strict=True)),
        **{name: getattr(session, name) for name in texts},
        **{name: getattr(lap, name) for name in facts},
        "simulated": session.simulated,
        "findings": [finding["kind"] for finding in lap.findings],
        "consent_version": consent_version,
    }


def part(rows: Sequence[dict[str, Any]]) -> bytes:
    """Some rows, until all are there."""
    return _written(pa.Table.from_pylist(list(rows), schema=COLUMNS))


def whole(parts: Sequence[bytes], export: TrainingExport, withdrawn: Collection[str]) -> bytes:
    """The manifest of all parts but the withdrawn laps."""
    tables = [pq.read_table(pa.BufferReader(one)) for one in parts] or [COLUMNS.empty_table()]
    about = {
        "schema": SCHEMA,
        "made_on": f"{export.created_at:%Y-%m-%d}",
        "car": export.car_key or None,
        "track": export.track_key or None,
        "quality": export.quality,
        "simulated": export.simulated,
        "consent_version": export.consent_version or None,
    }
    joined = pa.concat_tables(tables).replace_schema_metadata({_ABOUT: json.dumps(about)})
    return _written(_without(joined, withdrawn))


def without(content: bytes, withdrawn: Collection[str]) -> bytes:
    """The same manifest; withdrawn laps are no longer rows but names in the list of the withdrawn."""
    return _written(_without(pq.read_table(pa.BufferReader(content)), withdrawn))


def _without(table: Any, withdrawn: Collection[str]) -> Any:
    named = sorted(withdrawn)
    kept = table.filter(pc.invert(pc.is_in(table["lap"], value_set=pa.array(named, pa.string()))))
    return kept.replace_schema_metadata({**(table.schema.metadata or {}), _WITHDRAWN: json.dumps(named).encode()})


def _written(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content

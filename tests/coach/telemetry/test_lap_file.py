from __future__ import annotations

import json
import math
import os
from dataclasses import replace

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coach.errors import CannotWrite, UnreadableFile
from coach.laps.crossings import find_laps
from coach.laps.lap_files import lap_in, save_lap
from coach.telemetry.channels import BY_NAME, CHANNELS, Kind
from coach.telemetry.lap_file import PREFIX, SCHEMA, LapFacts, Provenance, read_lap_file, read_lap_head, write_lap_file
from coach.telemetry.recording import SessionInfo, recording_from_columns
from coach.telemetry.sources import open_recording
from tests.recordings import RECORDINGS, needs_recordings

CONTINUOUS = [channel for channel in CHANNELS if channel.step]
FACTS = LapFacts(7, "timed", 10, 90, 1.25, 2.5, 1.2501, 675.3, ("off-track", "incident"), {"missing_ticks": 1, "longest_gap_s": 0.033})
UNKNOWN = {"official_difference_s": math.nan}
SESSION = SessionInfo(
    source="ibt",
    car_id="kart",
    car_name="Kart",
    track_id="here short",
    redline_rpm=7000.0,
    player_name="A. Driver",
    official_lap_times_s=((7, 1.25),),
    notes=("repaired",),
)


def recording_of(folder, **columns):
    n = len(next(iter(columns.values()))) if columns else 100
    base = {"session_time_s": np.arange(n) / 60.0, "lap_dist_frac": np.linspace(0.1, 0.9, n), "speed_mps": np.linspace(10.0, 50.0, n)}
    return recording_from_columns(folder / "source", SESSION, base | columns)


@pytest.fixture
def lap_file(tmp_path):
    path = tmp_path / "lap.parquet"
    recording = recording_of(
        tmp_path,
        gear=np.repeat([1.0, -1.0], 50),
        abs_active=np.repeat([0.0, 1.0, np.nan, 1.0], 25),
        steer_rad=np.where(np.arange(100) % 7, np.sin(np.arange(100.0)), np.nan),
        session_flags=np.full(100, float(0x90000004)),
        dist_ahead_m=np.full(100, 3.0e9),
        lat_deg=np.linspace(-90.0, 90.0, 100),
    )
    write_lap_file(path, recording, slice(0, 100), FACTS, Provenance("blue fox", "CC0-1.0", "public"))
    return path, recording


def test_every_step_of_the_channel_table_is_a_power_of_ten():
    for channel in CONTINUOUS:
        assert math.log10(channel.step) == pytest.approx(round(math.log10(channel.step)), abs=1e-12), channel.name


def test_values_come_back_within_half_a_step_and_gaps_stay_gaps(lap_file):
    path, recording = lap_file

    again = read_lap_file(path).recording

    assert again.available == recording.available
    for name in recording.available:
        step = BY_NAME[name].step
        np.testing.assert_allclose(again.column(name), recording.column(name), atol=0.501 * step, rtol=1e-12, err_msg=name)


def test_the_facts_come_back(lap_file):
    read = read_lap_file(lap_file[0])

    assert read.lap == FACTS
    assert read.provenance == Provenance("blue fox", "CC0-1.0", "public")
    assert replace(read.recording.session, fuel_max_l=0, track_north_rad=0, track_length_stated_m=0) == replace(
        SESSION, player_name="", fuel_max_l=0, track_north_rad=0, track_length_stated_m=0
    )
    assert math.isnan(read.recording.session.fuel_max_l)


def test_an_integrity_figure_that_is_not_known_comes_back_as_nan(tmp_path):
    path = tmp_path / "lap.parquet"
    write_lap_file(path, recording_of(tmp_path), slice(None), replace(FACTS, reasons=(), integrity=UNKNOWN))

    assert math.isnan(lap_in(read_lap_file(path)).integrity.official_difference_s)


def test_a_reason_of_a_newer_program_is_explained(tmp_path):
    path = tmp_path / "lap.parquet"
    write_lap_file(path, recording_of(tmp_path), slice(None), replace(FACTS, reasons=("eclipse",)))

    with pytest.raises(UnreadableFile, match="eclipse"):
        lap_in(read_lap_file(path))


def test_the_players_name_is_nowhere_in_the_file(lap_file):
    assert b"Driver" not in lap_file[0].read_bytes()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_column_survives_the_round_trip(data, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    channel = data.draw(st.sampled_from([channel for channel in CONTINUOUS if channel.name not in ("session_time_s", "lap_dist_frac")]))
    biggest = 1e17 * channel.step
    values = data.draw(
        hnp.arrays(
            np.float64, st.integers(2, 40), elements=st.one_of(st.floats(-biggest, biggest), st.just(np.nan), st.floats(-10.0, 10.0))
        )
    )
    path = folder / "any.parquet"

    write_lap_file(path, recording_of(folder, **{channel.name: values}), slice(None), replace(FACTS, first=0, last=2))

    again = read_lap_file(path).recording.column(channel.name)
    np.testing.assert_array_equal(np.isnan(again), np.isnan(values))
    np.testing.assert_allclose(again, values, atol=0.501 * channel.step, rtol=1e-14)


def test_duckdb_reads_physical_values_without_us(lap_file):
    path, recording = lap_file

    speed, steer, gear, flag = duckdb.sql(
        f"SELECT max(speed_mps), count(steer_rad), min(gear), bool_or(abs_active) FROM '{path}'"
    ).fetchall()[0]
    facts = dict(duckdb.sql(f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')").fetchall())

    assert (float(speed), gear, flag) == (50.0, -1, True)
    assert steer == np.count_nonzero(np.isfinite(recording.column("steer_rad")))
    assert json.loads(facts[f"{PREFIX}lap"])["reasons"] == ["off-track", "incident"]
    assert json.loads(facts[f"{PREFIX}units"])["speed_mps"] == "m/s"


def test_polars_reads_physical_values_without_us(lap_file):
    path, recording = lap_file

    frame = pl.read_parquet(path).cast({pl.Decimal: pl.Float64})

    np.testing.assert_allclose(frame["speed_mps"].to_numpy(), recording.column("speed_mps"), atol=5e-4)
    assert frame["gear"].to_list() == recording.column("gear").tolist()
    assert frame["lat_deg"][-1] == 90.0


def test_pyarrow_reads_physical_values_and_files_of_one_channel_agree_in_type(lap_file):
    path, _ = lap_file

    table = pq.read_table(path)

    assert float(table["speed_mps"][99].as_py()) == 50.0
    assert table.schema.field("speed_mps").type == pa.decimal32(9, 3)
    assert table.schema.field("session_time_s").type == pa.decimal64(18, 5)
    assert table.schema.field("session_flags").type == pa.int64()
    assert BY_NAME["abs_active"].kind is Kind.FLAG
    assert table.schema.field("abs_active").type == pa.bool_()


def other_parquet(path):
    pq.write_table(pa.table({"a": [1, 2]}), path)


def newer_schema(path):
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, f"{PREFIX}schema".encode(): str(SCHEMA + 1).encode()}), path)


def without_position(path):
    pq.write_table(pq.read_table(path).drop_columns(["lap_dist_frac"]), path)


def one_row(path):
    pq.write_table(pq.read_table(path).slice(0, 1), path)


def broken_facts(path):
    table = pq.read_table(path)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, f"{PREFIX}lap".encode(): b'{"number": "seven"}'}), path)


def official_times_of_text(path):
    table = pq.read_table(path)
    pq.write_table(
        table.replace_schema_metadata({**table.schema.metadata, f"{PREFIX}official_lap_times_s".encode(): b'[["a", "b"]]'}), path
    )


def lap_beyond_the_rows(path):
    table = pq.read_table(path)
    facts = table.schema.metadata[f"{PREFIX}lap".encode()].replace(b'"last": 90', b'"last": 900')
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, f"{PREFIX}lap".encode(): facts}), path)


def text_for_numbers(path):
    table = pq.read_table(path)
    place = table.schema.get_field_index("lap_dist_frac")
    pq.write_table(table.set_column(place, "lap_dist_frac", pa.array(["x" * 1000] * len(table))), path)


def numbers_in_lists(path):
    table = pq.read_table(path)
    place = table.schema.get_field_index("lap_dist_frac")
    pq.write_table(table.set_column(place, "lap_dist_frac", pa.array([[0.5] * 1000] * len(table))), path)


def a_column_twice(path):
    table = pq.read_table(path)
    pq.write_table(table.append_column("lap_dist_frac", table.column("lap_dist_frac")), path)


def cut(path):
    path.write_bytes(path.read_bytes()[:-500])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (other_parquet, "is a Parquet file but no lap file"),
        (newer_schema, f"schema {SCHEMA + 1}; this program reads up to {SCHEMA}: update it"),
        (without_position, "lacks the column lap_dist_frac"),
        (one_row, "1 ticks: expected 2 to"),
        (broken_facts, "is no readable lap file"),
        (official_times_of_text, "official_lap_times_s is [['a', 'b']]"),
        (text_for_numbers, "its column lap_dist_frac must be there once and hold numbers"),
        (numbers_in_lists, "its column lap_dist_frac must be there once and hold numbers"),
        (a_column_twice, "its column lap_dist_frac must be there once and hold numbers"),
        (lap_beyond_the_rows, "rows 10 to 900 of 100"),
        (cut, "is no readable lap file"),
    ],
)
def test_bad_input_is_explained_in_one_sentence(lap_file, spoil, said):
    path, _ = lap_file
    spoil(path)

    with pytest.raises(UnreadableFile) as error:
        open_recording(path)

    assert said in str(error.value)
    assert "\n" not in str(error.value)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_flipped_byte_is_noticed_or_harmless(data, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    path = folder / "flipped.parquet"
    recording = recording_of(folder)
    write_lap_file(path, recording, slice(None), FACTS)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)

    try:
        again = read_lap_file(path).recording
    except UnreadableFile:
        return
    assert all(len(again.column(name)) == again.n_ticks for name in again.available)


def test_a_full_disk_leaves_nothing_behind(lap_file, tmp_path, monkeypatch):
    _, recording = lap_file
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))

    with pytest.raises(CannotWrite, match="no space left"):
        write_lap_file(tmp_path / "full.parquet", recording, slice(None), FACTS)

    assert [path.name for path in tmp_path.iterdir()] == ["lap.parquet"]


@needs_recordings
@pytest.mark.parametrize(
    "name", ["formula_vee_tsukuba_1k.ibt", "silverado_bristol.ibt", "monza_296_challenge/driver_01.csv.gz", "summit_point_10hz.jsonl"]
)
def test_a_lap_read_back_is_the_same_lap(name, tmp_path):
    recording = open_recording(RECORDINGS / name)
    for lap in (lap for lap in find_laps(recording) if math.isfinite(lap.lap_time_s)):
        path = tmp_path / "lap.parquet"
        save_lap(path, recording, lap)

        again = [found for found in find_laps(open_recording(path)) if math.isfinite(found.lap_time_s)]

        assert [found.number for found in again] == [lap.number]
        assert again[0].lap_time_s == pytest.approx(lap.lap_time_s, abs=2e-5)
        assert (again[0].kind, again[0].reasons, again[0].ticks) == (lap.kind, lap.reasons, lap.ticks)
        assert again[0].official_lap_time_s == pytest.approx(lap.official_lap_time_s, abs=1e-4, nan_ok=True)
        stored = lap_in(read_lap_file(path))
        assert (stored.reasons, stored.start_s, stored.end_s, stored.ticks) == (lap.reasons, lap.start_s, lap.end_s, lap.ticks)


@needs_recordings
def test_ninety_seconds_of_fifty_channels_take_at_most_200_kb(tmp_path):
    path = tmp_path / "lap.parquet"
    recording = open_recording(RECORDINGS / "formula_vee_tsukuba_1k.ibt")

    write_lap_file(path, recording, slice(None), replace(FACTS, first=0, last=recording.n_ticks))

    values = recording.n_ticks * len(recording.available)
    assert path.stat().st_size / values * 5400 * 50 < 200_000


def test_the_head_alone_says_what_the_whole_file_says(lap_file):
    head, whole = read_lap_head(lap_file[0]), read_lap_file(lap_file[0])

    assert (head.lap, head.provenance, head.conditions) == (whole.lap, whole.provenance, whole.conditions)
    assert repr(head.session) == repr(whole.recording.session)  # NaN is not equal to itself


@pytest.mark.parametrize("cut", [0, 3, 100, -1])
def test_a_damaged_file_has_no_head(lap_file, cut):
    path, _ = lap_file
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UnreadableFile):
        read_lap_head(path)

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from coach.errors import BadInput, NoCompleteLap
from coach.laps.lap_files import lap_content
from coach.telemetry.lap_file import LapFacts, Provenance, lap_file_content
from coach.telemetry.sources import open_recording
from tests.recordings import COMPLETE_LAPS, RECORDINGS, needs_recordings
from web.laps.reading import NOTES, TEXT_CHARS, ReadFile, cleaned, identity, read_file


def test_only_complete_laps_are_kept(session_read: ReadFile) -> None:
    assert session_read.laps
    assert all(np.isfinite(read.lap.lap_time_s) for read in session_read.laps)
    assert len({read.content_hash for read in session_read.laps}) == len(session_read.laps)


def test_the_same_lap_from_a_lap_file_is_the_same_lap(session_read: ReadFile, tmp_path: Path) -> None:
    for read in session_read.laps[:3]:
        path = tmp_path / "lap.parquet"
        path.write_bytes(read.content())
        again = read_file(path, "lap.parquet")
        assert [one.content_hash for one in again.laps] == [read.content_hash]
        assert again.laps[0].claimed is not None
        assert abs(again.laps[0].lap.lap_time_s - read.lap.lap_time_s) < 2e-5


@needs_recordings
@pytest.mark.parametrize("name", COMPLETE_LAPS)
def test_identity_survives_the_lap_file_on_real_recordings(name: str, tmp_path: Path) -> None:
    first = read_file(RECORDINGS / name, name).laps[0]
    path = tmp_path / "lap.parquet"
    path.write_bytes(first.content())
    assert read_file(path, name).laps[0].content_hash == first.content_hash


def test_another_steering_is_another_lap(session_read: ReadFile) -> None:
    read = session_read.laps[0]
    columns = {name: read.recording.column(name).copy() for name in read.recording.available}
    columns["steer_rad"][read.lap.first + 100] += 0.01
    other = replace(read.recording, loader=columns.get, _cache={})
    assert identity(other, read.lap) != read.content_hash


def test_names_and_foreign_texts_stay_behind(session_read: ReadFile, tmp_path: Path) -> None:
    read = session_read.laps[0]
    named = replace(read.recording, session=replace(read.recording.session, player_name="Max Muster", notes=("n" * 5000,) * 500))
    path = tmp_path / "lap.parquet"
    path.write_bytes(lap_content(named, read.lap, provenance=Provenance(driver="Max Muster", licence="mine")))
    assert b"Max Muster" in path.read_bytes()
    kept = read_file(path, "lap.parquet").laps[0].content()
    assert b"Max Muster" not in kept
    assert len(kept) < len(path.read_bytes())


def test_columns_that_are_no_channels_stay_behind(session_read: ReadFile, tmp_path: Path) -> None:
    path = tmp_path / "lap.parquet"
    path.write_bytes(session_read.laps[0].content())
    table = pq.read_table(path)
    pq.write_table(table.append_column("CarIdxName", [["Somebody Else"] * table.num_rows]), path)
    kept = read_file(path, "lap.parquet").laps[0].content()
    assert b"Somebody" not in kept
    assert b"CarIdx" not in kept


def test_free_text_is_bounded(session_read: ReadFile) -> None:
    session = cleaned(replace(session_read.session, car_name="x\x00" * 9000, track_name="\x1b[31mred", notes=("a",) * 900))
    assert len(session.car_name) == TEXT_CHARS
    assert session.track_name == "[31mred"
    assert len(session.notes) == NOTES


def test_errors_name_the_drivers_file_and_no_path_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"PAR1" + bytes(2000))
    with pytest.raises(BadInput) as error:
        read_file(path, "my lap.parquet")
    assert "my lap.parquet" in str(error.value)
    assert str(tmp_path) not in str(error.value)


@needs_recordings
def test_a_recording_without_a_complete_lap_says_what_it_holds() -> None:
    with pytest.raises(NoCompleteLap, match="no complete lap from line to line"):
        read_file(RECORDINGS / "amg_gt4_sebring_partial.ibt", "file.ibt")


@pytest.mark.parametrize("cut", [0, 1, 3, 100, 144, 1000, 50_000])
def test_cut_files_are_refused_or_read_and_raise_nothing_else(session_file: Path, tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.ibt"
    path.write_bytes(session_file.read_bytes()[:cut])
    with pytest.raises(BadInput):
        read_file(path, "cut.ibt")


@pytest.mark.parametrize("kept", [(), ("session_time_s",), ("session_time_s", "lap_dist_frac")])
def test_a_lap_of_nan_is_refused(session_read: ReadFile, tmp_path: Path, kept: tuple[str, ...]) -> None:
    read = session_read.laps[0]
    recording = read.recording
    columns = {name: recording.column(name) if name in kept else np.full(recording.n_ticks, np.nan) for name in recording.available}
    rows = slice(read.lap.first - 5, read.lap.last + 5)
    facts = LapFacts(1, "timed", 5, read.lap.last - read.lap.first + 5, read.lap.start_s, read.lap.end_s)
    path = tmp_path / "nan.parquet"
    path.write_bytes(lap_file_content(replace(recording, loader=columns.get, _cache={}), rows, facts))
    with pytest.raises(BadInput):
        read_file(path, "nan.parquet")


def test_formats_are_told_apart_by_content(session_file: Path) -> None:
    assert open_recording(session_file).session.source == "ibt"

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import BadInput, CannotWrite
from coach.telemetry.channels import BY_NAME
from coach.telemetry.export.csv_out import digits_of, write_csv
from coach.telemetry.export.motec_csv import write_motec_csv
from coach.telemetry.recording import SessionInfo, recording_from_columns
from coach.telemetry.sources import open_recording
from tests.recordings import RECORDINGS, needs_recordings

SESSION = SessionInfo(
    source="ibt", car_name='The "Kart"', track_name="Here", track_config="short", player_name="A. Driver", tick_rate_hz=60.0
)


def recording_of(folder, n=120, **columns):
    base = {
        "session_time_s": 100.0 + np.arange(n) / 60.0,
        "lap_dist_m": np.mod(970.0 + 0.5 * np.arange(n), 1000.0),
        "speed_mps": np.full(n, 30.0),
        "gear": np.repeat([2.0, 3.0], n // 2),
    }
    return recording_from_columns(folder / "source", SESSION, base | columns)


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_csv_has_our_names_with_units_and_one_row_per_tick(tmp_path):
    write_csv(tmp_path / "out.csv", recording_of(tmp_path))

    rows = read(tmp_path / "out.csv")

    assert rows[0] == ["session_time_s [s]", "lap_dist_m [m]", "speed_mps [m/s]", "gear"]
    assert rows[1] == ["100.00000", "970.000", "30.000", "2"]
    assert len(rows) == 121


def test_csv_writes_only_the_rows_asked_for(tmp_path):
    write_csv(tmp_path / "out.csv", recording_of(tmp_path), slice(10, 20))

    assert [row[0] for row in read(tmp_path / "out.csv")[1:]] == [f"{100 + tick / 60:.5f}" for tick in range(10, 20)]


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(math.nan), st.just(math.inf)), min_size=2, max_size=30),
    name=st.sampled_from(sorted(BY_NAME)),
)
def test_csv_values_come_back_within_half_a_step_and_gaps_are_empty(values, name, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp()
    write_csv(folder / "out.csv", recording_from_columns(folder / "source", SESSION, {name: np.array(values)}))

    cells = [row[0] if row else "" for row in read(folder / "out.csv")[1:]]

    for cell, value in zip(cells, values, strict=True):
        if math.isfinite(value):
            assert abs(float(cell) - value) <= 0.501 * 10.0 ** -digits_of(name)
        else:
            assert cell == ""


def test_motec_csv_has_the_layout_of_i2(tmp_path):
    write_motec_csv(tmp_path / "out.csv", recording_of(tmp_path), crossings_s=[99.0, 101.0], date="31/12/2026")

    rows = read(tmp_path / "out.csv")
    facts = {row[0]: row[1] for row in rows[:12]}

    assert rows[0] == ["Format", "MoTeC CSV File", "", "", "Workbook", ""]
    assert list(facts)[-1] == "Beacon Markers"
    assert (facts["Venue"], facts["Vehicle"], facts["Log Date"]) == ("Here short", 'The "Kart"', "31/12/2026")
    assert (facts["Sample Rate"], facts["Duration"], facts["Beacon Markers"]) == ("60.000", "1.983", "1.000")
    assert rows[12:14] == [[], []]
    assert rows[14] == ["Time", "Distance", "Ground Speed", "Gear"]
    assert rows[15] == ["s", "m", "km/h", ""]
    assert rows[16:18] == [[], []]
    assert rows[18] == ["0.0000", "970.000", "108.000", "2"]
    assert len(rows) == 18 + 120


def test_motec_csv_does_not_name_the_driver(tmp_path):
    write_motec_csv(tmp_path / "out.csv", recording_of(tmp_path))

    assert b"A. Driver" not in (tmp_path / "out.csv").read_bytes()


def test_motec_csv_fills_missed_ticks_evenly_and_never_averages_over_the_line(tmp_path):
    whole = recording_of(tmp_path)
    kept = np.delete(np.arange(120), [30, 59, 60, 61])  # the position falls to 0 at tick 60

    write_motec_csv(
        tmp_path / "out.csv",
        recording_from_columns(tmp_path / "source", SESSION, {name: whole.column(name)[kept] for name in whole.available}),
    )

    rows = read(tmp_path / "out.csv")[18:]
    assert [float(row[0]) for row in rows] == pytest.approx(np.arange(120) / 60.0, abs=1e-4)
    assert float(rows[30][1]) == pytest.approx(985.0)
    assert all(float(row[1]) >= 970.0 or float(row[1]) <= 30.0 for row in rows)
    assert {row[3] for row in rows} == {"2", "3"}


@pytest.mark.parametrize(
    "clock", [np.zeros(120), np.full(120, np.nan), np.r_[np.arange(60.0), np.arange(60.0)], np.linspace(0.0, 1e7, 120)]
)
def test_motec_csv_refuses_a_clock_that_does_not_run(tmp_path, clock):
    with pytest.raises(BadInput, match="choose one lap"):
        write_motec_csv(tmp_path / "out.csv", recording_of(tmp_path, session_time_s=clock))

    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("write", [write_csv, write_motec_csv])
def test_a_folder_that_is_not_there_is_named(tmp_path, write):
    with pytest.raises(CannotWrite, match="no such file or directory"):
        write(tmp_path / "nowhere" / "out.csv", recording_of(tmp_path))


@needs_recordings
def test_a_real_recording_is_exported_whole(tmp_path):
    recording = open_recording(RECORDINGS / "formula_vee_tsukuba_1k.ibt")

    write_csv(tmp_path / "out.csv", recording)
    write_motec_csv(tmp_path / "motec.csv", recording)

    assert len(read(tmp_path / "out.csv")) == recording.n_ticks + 1
    duration = recording.column("session_time_s")[-1] - recording.column("session_time_s")[0]
    assert len(read(tmp_path / "motec.csv")) == 18 + int(duration * 60 + 1e-6) + 1

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import BadInput, UnreadableFile
from coach.laps.crossings import find_laps
from coach.telemetry import csv_table
from coach.telemetry.sources import open_recording
from coach.telemetry.sources.garage61 import names_in, read
from tests.recordings import RECORDINGS, needs_recordings

HEADER = "Speed,LapDistPct,Lat,Lon,Brake,Throttle,RPM,SteeringWheelAngle,Gear,Clutch,ABSActive,DRSActive,LatAccel,LongAccel,VertAccel,Yaw,YawRate,PositionType"
LENGTH_M, SPEED_MPS = 3000.0, 50.0
STEP = SPEED_MPS / 60.0 / LENGTH_M


def row(frac: float, speed: float = SPEED_MPS, tail: str = "3") -> str:
    return f"{speed},{frac % 1.0:.9f},45.6,9.28,0,1,{7000 + 1000 * frac:.3f},-0.01,6,1,false,false,0.1,0.2,9.8,-3.1,0.00001,{tail}"


def lap_rows(first: float, count: int) -> list[str]:
    """Ticks of a lap at constant speed, beginning `first` ticks past the line."""
    return [row((first + index) * STEP) for index in range(count)]


def write(folder: Path, rows: list[str], header: str = HEADER, name: str = "lap.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def crossings(recording) -> list[float]:
    time, frac = recording.column("session_time_s"), recording.column("lap_dist_frac")
    at = np.flatnonzero(np.diff(frac) < -0.5)
    return [time[i] + (1 - frac[i]) / (1 - frac[i] + frac[i + 1]) * (time[i + 1] - time[i]) for i in at]


@pytest.mark.parametrize("first", [0.2, 0.99, 1.4, 2.3])
def test_a_lap_that_begins_past_the_line_and_ends_with_the_wrap_row_has_both_crossings(tmp_path, first):
    ticks = int(1.0 / STEP - first) + 2  # the last one is past the line

    start, end = crossings(read(write(tmp_path, lap_rows(first, ticks))))

    assert end - start == pytest.approx(LENGTH_M / SPEED_MPS, abs=1e-5)
    assert start == pytest.approx(-first / 60.0, abs=1e-5)


def test_a_lap_that_ends_before_the_line_gets_the_tick_after_it(tmp_path):
    ticks = int(1.0 / STEP - 0.5) + 1

    recording = read(write(tmp_path, lap_rows(0.5, ticks)))

    start, end = crossings(recording)
    assert end - start == pytest.approx(LENGTH_M / SPEED_MPS, abs=1e-5)
    assert any("before the line" in note for note in recording.session.notes)
    assert set(recording.column("lap_number")) == {-1.0, 0.0, 1.0}


def test_a_file_that_begins_mid_lap_gets_no_tick_added(tmp_path):
    recording = read(write(tmp_path, lap_rows(500.0, 4000)))

    assert recording.n_ticks == 4000
    assert len(crossings(recording)) == 1
    assert recording.column("session_time_s")[0] == 0.0
    assert recording.column("lap_number")[0] == 0.0


def test_a_missed_tick_and_a_repeated_row_are_put_right(tmp_path):
    rows = lap_rows(100.0, 600)
    rows = [*rows[:200], *rows[201:400], rows[399], *rows[400:]]  # 200 missed, 399 twice

    recording = read(write(tmp_path, rows))

    time = recording.column("session_time_s")
    assert np.flatnonzero(np.diff(time) > 0.02).tolist() == [199]
    assert time[-1] == pytest.approx(599 / 60.0)
    assert any("1 missed ticks and 1 repeated rows" in note for note in recording.session.notes)


def test_the_track_length_follows_from_speed_and_position(tmp_path):
    recording = read(write(tmp_path, lap_rows(0.5, 1000)))

    assert np.max(recording.column("lap_dist_m")) / np.max(recording.column("lap_dist_frac")) == pytest.approx(LENGTH_M, rel=1e-4)


def test_a_parked_car_has_no_distance_but_is_read(tmp_path):
    recording = read(write(tmp_path, [row(0.4, 0.0)] * 100))

    assert not recording.has("lap_dist_m")
    assert recording.n_ticks == 100


def test_columns_of_newer_exports_and_missing_ones_are_no_obstacle(tmp_path):
    rows = [line.split(",")[0] + "," + line.split(",")[1] + ",0,false,-0.01" for line in lap_rows(10.0, 50)]

    recording = read(write(tmp_path, rows, "Speed,LapDistPct,P2PCount,P2PActive,SteeringWheelAngle"))

    assert recording.has("steer_rad")
    assert np.isnan(recording.column("throttle_frac")).all()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "Garage 61 - A. Driver - Ferrari 296 GT3 - Monza (Grand Prix) - 01.47.123 - 01ABC.csv",
            ("Ferrari 296 GT3", "Monza (Grand Prix)", 107.123),
        ),
        ("Garage 61 - A. Driver - Mazda MX-5 Cup - Road - Short - 58.001 - 9.csv.gz", ("Mazda MX-5 Cup", "Road - Short", 58.001)),
        ("lap.csv", ("", "", math.nan)),
        ("Garage 61 - Statistics.csv", ("", "", math.nan)),
    ],
)
def test_car_track_and_time_come_from_the_file_name(name, expected):
    assert names_in(Path(name))[1:] == pytest.approx(expected, nan_ok=True)


def test_the_driver_is_kept_only_when_asked(tmp_path):
    path = write(tmp_path, lap_rows(5.0, 50), name="Garage 61 - A. Driver - Car - Track - 01.00.000 - 1.csv")

    assert read(path).session.player_name == ""
    assert "Driver" not in repr(read(path).session)
    assert read(path, keep_player_name=True).session.player_name == "A. Driver"


BAD = {
    "empty": (b"", "is empty"),
    "header only": (HEADER.encode() + b"\n", "0 rows of samples"),
    "one row": ((HEADER + "\n" + row(0.1) + "\n").encode(), "1 row of samples"),
    "missing column": (
        b"Speed,PositionType,LapDist\n1,3,2\n1,3,2\n",
        "lacks the column LapDistPct; its header names Speed, PositionType, LapDist",
    ),
    "cell": (
        (HEADER + "\n" + row(0.1) + "\n" + row(0.2).replace("7200", "fast") + "\n").encode(),
        "line 3, column RPM reads 'fast.000': expected a number",
    ),
    "flag": ((HEADER + "\n" + row(0.1) + "\n" + row(0.2).replace("false", "maybe") + "\n").encode(), "column ABSActive reads 'maybe'"),
    "short line": ((HEADER + "\n" + row(0.1) + "\n1,2\n" + row(0.2) + "\n").encode(), "line 3 has 2 cells where the header names 18"),
    "semicolons": ((HEADER + "\n" + row(0.1) + "\n").replace(",", ";").encode(), "by semicolons"),
    "binary": (bytes(range(256)) * 30, "no header line"),
    "not utf-8": ((HEADER + "\n" + row(0.1) + "\n" + row(0.2)).encode().replace(b"false", b"f\xfflse", 1), "expected true or false"),
    "cut gzip": (gzip.compress((HEADER + "\n" + "\n".join(lap_rows(1.0, 3000))).encode())[:-3000], "cannot be read after byte"),
}
BAD["no values"] = (
    (HEADER + "\n" + (",".join(["nan"] * 10 + ["", ""] + ["nan"] * 6) + "\n") * 3).encode(),
    "no value in column Speed on any of its 3 rows",
)


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_explained_in_one_sentence(tmp_path, kind):
    content, said = BAD[kind]
    path = tmp_path / "lap.csv"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile) as error:
        read(path)

    assert said in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_last_line_cut_short_is_left_out_with_a_note(tmp_path):
    path = tmp_path / "lap.csv"
    path.write_text("\n".join([HEADER, *lap_rows(50.0, 100), "50.0,0.9"]))

    recording = read(path)

    assert recording.n_ticks == 100
    assert recording.session.notes[0] == "the last line was cut short (2 of 18 cells) and left out"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(tmp_path, encoding):
    path = tmp_path / "lap.csv"
    path.write_bytes("\n".join([HEADER, *lap_rows(50.0, 100)]).encode(encoding))

    assert open_recording(path).n_ticks == 100


def test_a_compressed_file_that_unpacks_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_table, "MAX_BYTES", 1 << 20)
    path = tmp_path / "lap.csv.gz"
    path.write_bytes(gzip.compress((HEADER + "\n" + (row(0.1) + "\n") * 20_000).encode()))

    with pytest.raises(UnreadableFile, match="more than 1,048,576 bytes"):
        read(path)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_files_are_read_or_refused_but_never_crash(data, tmp_path_factory):
    content = bytearray("\n".join([HEADER, *lap_rows(0.5, 40)]).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path_factory.getbasetemp() / "damaged.csv"
    path.write_bytes(content)

    try:
        recording = read(path)
    except BadInput:
        return
    assert all(len(recording.column(name)) == recording.n_ticks for name in recording.available)


@needs_recordings
def test_every_challenge_lap_is_one_complete_lap():
    times = []
    for path in sorted((RECORDINGS / "monza_296_challenge").glob("driver_*.csv.gz")):
        recording = open_recording(path)
        laps = [lap for lap in find_laps(recording) if math.isfinite(lap.lap_time_s)]
        assert len(laps) == 1, path.name
        times.append(laps[0].lap_time_s)
        assert np.max(recording.column("lap_dist_m")) == pytest.approx(5750.9, rel=2.5e-4)

    # Rows / 60 is 102.87 to 104.73 s; between the crossings it is up to a tick less.
    assert len(times) == 14
    assert times == sorted(times)
    assert (times[0], times[-1]) == pytest.approx((102.8561, 104.7320), abs=5e-4)


@needs_recordings
def test_road_atlanta_lap_without_wrap_row_is_complete():
    laps = [lap for lap in find_laps(open_recording(RECORDINGS / "garage61_road_atlanta_lap.csv")) if math.isfinite(lap.lap_time_s)]

    assert [round(lap.lap_time_s, 1) for lap in laps] == [78.8]


@needs_recordings
def test_the_irregular_file_holds_no_complete_lap():
    recording = open_recording(RECORDINGS / "monza_296_challenge" / "irregular_wraps_mid_file.csv.gz")

    assert not [lap for lap in find_laps(recording) if math.isfinite(lap.lap_time_s)]
    assert set(recording.column("lap_number")) == {0.0, 1.0}


@needs_recordings
def test_signs_are_left_positive():
    recording = open_recording(RECORDINGS / "garage61_road_atlanta_lap.csv")
    lat, lon = np.radians(recording.column("lat_deg")), np.radians(recording.column("lon_deg"))
    course = np.unwrap(np.arctan2(np.diff(lat), np.diff(lon) * np.cos(lat.mean())))

    for name in ("yaw_rate_radps", "lat_accel_mps2", "steer_rad"):
        assert np.corrcoef(np.gradient(course), recording.column(name)[1:])[0, 1] > 0.5, name

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import BadInput, UnreadableFile
from coach.laps.crossings import find_laps
from coach.telemetry.sources import open_recording
from coach.telemetry.sources.streamed_csv import read
from tests.recordings import RECORDINGS, needs_recordings

HEADER = "_time,CarModel,CurrentLap,GameName,SessionId,SessionTypeName,TrackCode,Brake,Clutch,CurrentLapTime,DistanceRoundTrack,Gear,LapTimePrevious,Rpms,SpeedMs,SteeringAngle,Throttle"
START = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
LENGTH_M, SPEED_MPS, LAP_S = 1000.0, 40.0, 25.0


def sample(tick: int, late_s: float, *, car: str = "Kart", timer_shift: float = 0.0) -> str:
    """One row of a drive at constant speed that begins 200 m before the line; the timer turns 1 s after the line."""
    at = tick / 60.0
    way = 800.0 + SPEED_MPS * at
    lap = 1 + int(way // LENGTH_M)
    begun = (lap - 1) * LAP_S - 20.0
    timer = at - begun if at - begun > 1.0 or lap == 1 else at - begun + LAP_S
    time = START + timedelta(seconds=at + late_s)
    return f"{time},{car},{lap},iRacing,7,Race,here short,0.0,1.0,{timer + timer_shift:.4f},{way % LENGTH_M:.5f},3.0,{-1.0 if lap < 3 else LAP_S},0.0,{SPEED_MPS},0.1,1.0000001"


def drive(seconds: float, seed: int = 3) -> list[str]:
    rng = np.random.default_rng(seed)
    ticks = np.cumsum(rng.integers(1, 4, int(seconds * 30)))
    return [sample(int(tick), late) for tick, late in zip(ticks, rng.uniform(0.0, 0.012, len(ticks)), strict=True)]


def write(folder, rows, header=HEADER, name="stream.csv"):
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def lap_times(recording):
    return [lap.lap_time_s for lap in find_laps(recording) if math.isfinite(lap.lap_time_s)]


def test_laps_are_timed_by_the_simulators_clock_not_by_arrival(tmp_path):
    times = lap_times(read(write(tmp_path, drive(85.0))))

    assert times == pytest.approx([LAP_S, LAP_S, LAP_S], abs=2e-4)


def test_rows_out_of_time_order_are_sorted(tmp_path):
    rows = drive(60.0)

    recording = read(write(tmp_path, [rows[-1], *rows[:-1]]))

    assert (np.diff(recording.column("session_time_s")) > 0.0).all()
    assert "the rows were not in time order and were sorted" in recording.session.notes


def test_a_tick_received_twice_counts_once(tmp_path):
    rows = drive(60.0)

    twice = read(write(tmp_path, [*rows[:300], rows[299], *rows[300:]]))

    assert twice.n_ticks == len(rows)


def test_a_row_read_while_being_written_is_left_out(tmp_path):
    rows = drive(60.0)
    cells = rows[400].split(",")
    cells[10] = f"{float(cells[10]) + SPEED_MPS / 60.0:.5f}"

    recording = read(write(tmp_path, [*rows[:400], ",".join(cells), *rows[401:]]))

    assert recording.n_ticks == len(rows) - 1
    assert any("do not belong together" in note for note in recording.session.notes)


def test_a_clock_that_skips_a_tick_is_put_right_by_the_way(tmp_path):
    rng = np.random.default_rng(4)
    ticks = np.arange(0, 4200, 2)
    rows = [
        sample(int(tick), late, timer_shift=1 / 60 if 700 < tick < 1100 else 0.0)
        for tick, late in zip(ticks, rng.uniform(0, 0.01, len(ticks)), strict=True)
    ]

    assert lap_times(read(write(tmp_path, rows))) == pytest.approx([LAP_S, LAP_S], abs=3e-4)


def test_the_track_length_follows_from_the_line(tmp_path):
    recording = read(write(tmp_path, drive(60.0)))

    ratio = recording.column("lap_dist_m")[50:80] / recording.column("lap_dist_frac")[50:80]
    assert ratio == pytest.approx(np.full(30, LENGTH_M), abs=0.01)


def test_without_a_crossing_there_is_no_fraction_and_it_is_said(tmp_path):
    recording = read(write(tmp_path, drive(4.0)))

    assert not recording.has("lap_dist_frac")
    assert any("never crosses the line" in note for note in recording.session.notes)


def test_rpm_of_zero_throughout_is_missing_and_pedals_are_clamped(tmp_path):
    recording = read(write(tmp_path, drive(10.0)))

    assert not recording.has("rpm")
    assert recording.column("throttle_frac").max() == 1.0
    assert recording.session.car_name == "Kart"
    assert recording.session.track_id == "here short"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: [*rows[:100], *[row.replace("Kart", "Bus") for row in rows[100:]]], "holds 2 cars (Kart, Bus)"),
        (lambda rows: [row.replace("2026-", "date-") for row in rows], "column _time reads"),
        (lambda rows: [row.replace(",40.0,", ",quick,") for row in rows], "column SpeedMs reads 'quick': expected a number"),
        (lambda rows: [row.replace(",40.0,", ",,") for row in rows], "no value in column SpeedMs"),
        (lambda rows: rows[:1], "1 row of samples"),
    ],
)
def test_bad_input_is_explained_in_one_sentence(tmp_path, change, said):
    with pytest.raises(UnreadableFile) as error:
        read(write(tmp_path, change(drive(10.0))))

    assert said in str(error.value)


def test_missing_columns_are_named(tmp_path):
    with pytest.raises(UnreadableFile, match="lacks the column DistanceRoundTrack"):
        read(write(tmp_path, drive(2.0), HEADER.replace("DistanceRoundTrack", "Distance")))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_files_are_read_or_refused_but_never_crash(data, tmp_path_factory):
    content = bytearray("\n".join([HEADER, *drive(1.5)]).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path_factory.getbasetemp() / "damaged_stream.csv"
    path.write_bytes(content)

    try:
        recording = read(path)
    except BadInput:
        return
    assert all(len(recording.column(name)) == recording.n_ticks for name in recording.available)


@needs_recordings
@pytest.mark.parametrize(
    ("name", "length_m", "laps"),
    [
        ("mx5_okayama_short_driver_a", 1930.0, 13),
        ("mx5_okayama_short_driver_b", 1930.0, 2),
        ("ferrari488_fuji_nochicane_driver_b", 4460.0, 8),
    ],
)
def test_real_laps_agree_with_their_official_times_within_a_millisecond(name, length_m, laps):
    recording = open_recording(RECORDINGS / f"{name}.csv.gz")

    timed = [lap for lap in find_laps(recording) if math.isfinite(lap.lap_time_s) and math.isfinite(lap.official_lap_time_s)]

    assert len(timed) >= laps
    assert max(abs(lap.lap_time_s - lap.official_lap_time_s) for lap in timed) < 1e-3
    position, frac = recording.column("lap_dist_m"), recording.column("lap_dist_frac")
    assert np.median(position[frac > 0.1] / frac[frac > 0.1]) == pytest.approx(length_m, abs=0.01)

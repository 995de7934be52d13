from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.errors import BadInput, UnreadableFile
from coach.laps.crossings import find_laps
from coach.telemetry.sources import open_recording
from coach.telemetry.sources.ocypode import read
from tests.recordings import RECORDINGS, needs_recordings

LENGTH_M, SPEED_MPS = 1000.0, 40.0
CHANGE = json.dumps(
    {"SessionChange": {"track_name": "here", "track_configuration": "~", "track_length": "1.00 km", "max_steering_angle": 7.5}}
)


def sample(tick: int, read_s: float, **changes) -> str:
    way = 300.0 + SPEED_MPS * tick / 60.0
    point = {
        "timestamp_ms": 1_700_000_000_000 + round(1000 * read_s),
        "lap_number": 4 + int(way // LENGTH_M),
        "lap_distance": way % LENGTH_M,
        "lap_distance_pct": way % LENGTH_M / LENGTH_M,
        "speed_mps": SPEED_MPS,
        "throttle": 1.0000001,
        "brake": -2.8e-9,
        "clutch": None,
        "steering": 0.2,
        "lat": 0.0,
        "lon_accel": 0.0,
        "abs_active": False,
    }
    return json.dumps({"DataPoint": point | changes})


def drive(count: int) -> list[str]:
    """Samples read every 102.6 ms, each showing the last whole tick before."""
    at = 0.3 + 0.1026 * np.arange(count)
    return [CHANGE, *[sample(int(time * 60.0), time) for time in at]]


def write(folder, lines):
    path = folder / "drive.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_laps_are_timed_in_whole_ticks_not_by_reading_time(tmp_path):
    recording = open_recording(write(tmp_path, drive(800)))

    times = [lap.lap_time_s for lap in find_laps(recording) if math.isfinite(lap.lap_time_s)]

    assert times == pytest.approx([25.0, 25.0], abs=1e-4)


def test_fields_that_were_never_read_are_missing(tmp_path):
    recording = read(write(tmp_path, drive(50)))

    assert recording.missing >= {"lat_deg", "long_accel_mps2", "clutch_frac"}
    assert recording.column("throttle_frac").max() == 1.0
    assert recording.column("brake_frac").min() == 0.0
    assert recording.column("steer_max_rad")[0] == 7.5
    assert (recording.session.track_name, recording.session.track_config) == ("here", "")
    assert recording.session.track_length_stated_m == 1000.0


def test_a_last_line_cut_short_is_left_out_with_a_note(tmp_path):
    lines = drive(50)

    recording = read(write(tmp_path, [*lines, lines[-1][:80]]))

    assert recording.n_ticks == 50
    assert "the last line (52) is no JSON and was left out" in recording.session.notes


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([CHANGE], "holds 0 samples"),
        (drive(1), "holds 1 samples"),
        ([*drive(5), "{", *drive(5)], "line 7 is no JSON"),
        ([*drive(3), sample(100, 2.0, speed_mps="fast")], "sample 4 has 'fast' for speed_mps: expected a number"),
        (
            [CHANGE, '{"DataPoint": {"lap_number": 1}}', '{"DataPoint": {}}'],
            "no value of timestamp_ms, lap_distance, lap_distance_pct, speed_mps",
        ),
        ([*drive(3), CHANGE.replace("here", "there")], "line 5 changes to another track (there)"),
        (["[" * 5000, CHANGE, *drive(3)], "line 1 is no JSON"),
    ],
)
def test_bad_input_is_explained_in_one_sentence(tmp_path, lines, said):
    with pytest.raises(UnreadableFile) as error:
        read(write(tmp_path, lines))

    assert said in str(error.value)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_damaged_files_are_read_or_refused_but_never_crash(data, tmp_path_factory):
    content = bytearray("\n".join(drive(12)).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path_factory.getbasetemp() / "damaged.jsonl"
    path.write_bytes(content)

    try:
        recording = read(path)
    except BadInput:
        return
    assert all(len(recording.column(name)) == recording.n_ticks for name in recording.available)


@needs_recordings
def test_real_laps_agree_with_their_official_times_within_a_millisecond():
    laps = [lap for lap in find_laps(open_recording(RECORDINGS / "summit_point_10hz.jsonl")) if math.isfinite(lap.lap_time_s)]

    assert [lap.number for lap in laps] == [5, 6, 7]
    assert [lap.lap_time_s for lap in laps] == pytest.approx([101.4019, 82.7567, 82.3464], abs=1e-3)

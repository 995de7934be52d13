from __future__ import annotations

import gc
import struct
from pathlib import Path

import irsdk
import numpy as np
import psutil
import pytest

from coach.errors import UnreadableFile
from coach.laps.crossings import find_laps
from coach.telemetry.ibt_layout import VARIABLE_BYTES
from coach.telemetry.ibt_writer import IbtColumn, VarType, write_ibt
from coach.telemetry.sources import ibt
from coach.telemetry.sources.ibt import IbtFile, read_ibt
from tests.coach.telemetry import ibt_files
from tests.recordings import RECORDINGS, needs_recordings

REAL = sorted(RECORDINGS.glob("*.ibt")) if RECORDINGS.is_dir() else []


def as_pyirsdk_returns(path: Path) -> dict[str, bytes]:
    """The bytes of every variable as pyirsdk hands it out."""
    file = irsdk.IBT()
    file.open(str(path))
    try:
        types = {header.name: irsdk.VAR_TYPE_MAP[header.type] for header in file._var_headers}
        return {name: struct_bytes(types[name], file.get_all(name)) for name in file.var_headers_names}
    finally:
        file.close()


def struct_bytes(code: str, values: list) -> bytes:
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return struct.pack(f"<{len(flat)}{code}", *flat)


@needs_recordings
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_every_variable_of_a_real_file_equals_pyirsdk_bit_for_bit(path):
    expected = as_pyirsdk_returns(path)
    with IbtFile(path) as file:
        views = {name: view.tobytes() for name, view in file.views().items()}
        columns = {name: column.tobytes() for name, column in file.columns().items()}
    assert views == expected
    assert columns == expected


@needs_recordings
def test_real_files_hold_arrays_and_bit_fields_so_that_comparing_them_means_something():
    kinds = set()
    for path in REAL:
        with IbtFile(path) as file:
            kinds |= {(variable.code, variable.n_items > 1) for variable in file.variables.values()}
    assert {(VarType.BITS, False), (VarType.FLOAT, True), (VarType.BOOL, False), (VarType.DOUBLE, False)} <= kinds


def test_every_variable_of_a_written_file_equals_pyirsdk_bit_for_bit(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt", 33)
    expected = as_pyirsdk_returns(path)
    with IbtFile(path) as file:
        assert {name: view.tobytes() for name, view in file.views().items()} == expected
        assert {name: column.tobytes() for name, column in file.columns().items()} == expected


def test_columns_are_contiguous_aligned_and_writable_copies(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt")
    with IbtFile(path) as file:
        for column in file.columns().values():
            assert column.flags.c_contiguous
            assert column.flags.aligned
            assert column.flags.writeable


def test_columns_named_come_alone_and_an_unknown_name_is_a_key_error(tmp_path):
    with IbtFile(ibt_files.write(tmp_path / "a.ibt")) as file:
        assert list(file.columns(["Speed", "Gear"])) == ["Speed", "Gear"]
        with pytest.raises(KeyError):
            file.columns(["Nothing"])


def test_views_are_read_only(tmp_path):
    with IbtFile(ibt_files.write(tmp_path / "a.ibt")) as file, pytest.raises(ValueError, match="read-only"):
        file.view("Speed")[0] = 1.0


def test_360_hz_arrays_keep_their_samples_and_say_that_they_are_in_time(tmp_path):
    with IbtFile(ibt_files.write(tmp_path / "a.ibt", 20)) as file:
        assert file.view("LatAccel_ST").shape == (20, 6)
        assert file.variables["LatAccel_ST"].as_time
        assert not file.variables["Marks"].as_time


def test_a_recording_has_our_names_in_float64_within_the_limits(tmp_path):
    recording = read_ibt(ibt_files.write(tmp_path / "a.ibt"))
    throttle = recording.column("throttle_frac")
    assert throttle.dtype == np.float64
    assert throttle.min() >= 0
    assert throttle.max() <= 1
    assert set(recording.column("on_pit_road")) == {0.0, 1.0}


def test_a_channel_the_file_lacks_is_missing_and_reads_as_nan(tmp_path):
    recording = read_ibt(ibt_files.write(tmp_path / "a.ibt"))
    assert not recording.has("brake_frac")
    assert np.isnan(recording.column("brake_frac")).all()


@needs_recordings
def test_finding_laps_passes_over_the_file_once_and_reads_no_other_column(monkeypatch):
    passes = []
    read = ibt._Columns._read
    monkeypatch.setattr(ibt._Columns, "_read", lambda self, names: passes.append(names) or read(self, names))
    find_laps(read_ibt(RECORDINGS / "formula_vee_tsukuba_1k.ibt"))
    assert passes == [ibt._FOR_LAPS]


def test_every_column_is_the_same_whatever_was_asked_for_first(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt")
    forth, back = read_ibt(path), read_ibt(path)
    names = sorted(forth.available)
    one = {name: forth.column(name).tobytes() for name in names}
    assert one == {name: back.column(name).tobytes() for name in reversed(names)}


def test_a_flag_byte_other_than_1_still_is_a_flag(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt", 2)
    data_at = struct.unpack_from("<i", path.read_bytes(), ibt_files.DATA_AT)[0]
    data = bytearray(path.read_bytes())
    data[data_at] = 0x7F
    path.write_bytes(data)
    assert read_ibt(path).column("on_pit_road")[0] == 1.0


def test_the_session_is_the_one_driven_in(tmp_path):
    assert read_ibt(ibt_files.write(tmp_path / "a.ibt")).session.session_type == "Race"


def test_the_players_name_is_kept_only_when_asked_for_and_nobody_elses_ever(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt")
    assert read_ibt(path).session.player_name == ""
    kept = read_ibt(path, keep_player_name=True).session
    assert kept.player_name == "The Player"
    assert "Somebody" not in repr(kept)


@pytest.mark.parametrize("stated", [0, -1, 10**9])
def test_a_count_that_cannot_be_true_is_replaced_by_what_the_file_holds(tmp_path, stated):
    recording = read_ibt(ibt_files.patched(ibt_files.write(tmp_path / "a.ibt", 40), ibt_files.COUNT_AT, stated))
    assert recording.n_ticks == 40
    assert str(stated) in recording.session.notes[0]


def test_records_after_the_count_are_left_out_and_said(tmp_path):
    recording = read_ibt(ibt_files.patched(ibt_files.write(tmp_path / "a.ibt", 40), ibt_files.COUNT_AT, 30))
    assert recording.n_ticks == 30
    assert "counts 30 records, the file holds 40" in recording.session.notes[0]


def test_a_truncated_last_record_is_dropped_and_said(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt", 40)
    whole = read_ibt(path).column("speed_mps")
    path.write_bytes(path.read_bytes()[:-3])
    recording = read_ibt(path)
    assert recording.n_ticks == 39
    assert np.array_equal(recording.column("speed_mps"), whole[:39])
    assert any("incomplete" in note for note in recording.session.notes)


def test_a_sound_file_has_no_notes(tmp_path):
    assert read_ibt(ibt_files.write(tmp_path / "a.ibt")).session.notes == ()


def test_a_file_without_records_says_so(tmp_path):
    with pytest.raises(UnreadableFile, match="holds no record"):
        read_ibt(ibt_files.write(tmp_path / "a.ibt", 0))


def test_the_clock_tells_the_tick_rate_where_the_header_does_not(tmp_path):
    session = read_ibt(ibt_files.write(tmp_path / "a.ibt", rate_hz=360.0)).session
    assert session.tick_rate_hz == 360.0
    assert "360" in session.notes[0]


def test_without_a_clock_the_header_tells_the_tick_rate(tmp_path):
    path = tmp_path / "a.ibt"
    write_ibt(path, {"Speed": IbtColumn(VarType.FLOAT, np.zeros(5))}, "", tick_rate=360)
    assert read_ibt(path).session.tick_rate_hz == 360.0


def test_a_2015_file_without_a_build_version_reads(tmp_path):
    text = "---\nWeekendInfo:\n TrackName: lime rock\n\nDriverInfo:\n DriverCarIdx: 0\n Drivers:\n - CarIdx: 0\n   CarPath: mx5\n\n...\n"
    path = ibt_files.write(tmp_path / "a.ibt", session=text)
    session = read_ibt(ibt_files.patched(path, 0, 1)).session  # header version 1, too
    assert (session.simulator_build, session.track_id, session.car_id) == ("", "lime rock", "mx5")


def test_a_session_text_outside_the_file_leaves_an_unknown_session(tmp_path):
    path = ibt_files.patched(ibt_files.write(tmp_path / "a.ibt"), 16, 2**31 - 1, 2**31 - 1)
    assert read_ibt(path).session.track_id == ""


@pytest.mark.parametrize("bits", [0x7F800001, 0x7F800000, 0xFF800000], ids=["signalling NaN", "infinite", "minus infinite"])
def test_what_is_no_finite_number_is_unknown(tmp_path, bits):
    path = tmp_path / "a.ibt"
    write_ibt(path, {"Speed": IbtColumn(VarType.FLOAT, np.array([bits, 0], np.uint32).view(np.float32))}, "")
    assert np.array_equal(read_ibt(path).column("speed_mps"), [np.nan, 0.0], equal_nan=True)


def test_nan_filled_data_reads_as_nan_but_keeps_its_shape(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt", 10)
    data_at = struct.unpack_from("<i", path.read_bytes(), ibt_files.DATA_AT)[0]
    path.write_bytes(path.read_bytes()[:data_at] + b"\xff" * (path.stat().st_size - data_at))
    recording = read_ibt(path)
    assert np.isnan(recording.column("speed_mps")).all()
    assert recording.n_ticks == 10


@pytest.mark.parametrize(
    ("at", "numbers", "says"),
    [
        (0, (7,), "byte 0: header version 7"),
        (0, (2 << 24,), "byte 0: the numbers are big-endian"),
        (32, (3,), "byte 32: 3 buffers make this a live memory image"),
        (32, (0,), "byte 32: 0 buffers"),
        (36, (0,), "byte 36: a record length of 0"),
        (36, (-5,), "byte 36: a record length of -5"),
        (24, (0,), "byte 24: 0 variables"),
        (24, (2**31 - 1,), "byte 24: 2147483647 variables"),
        (28, (2**31 - 1,), "byte 28: "),
        (28, (-1,), "byte 28: "),
        (52, (-1,), "byte 52: the records start at byte -1"),
        (52, (2**31 - 1,), "byte 52: the records start at"),
        (144 + 2 * VARIABLE_BYTES, (6,), r"from byte 144: variable 2 \('Letter': type 6"),
        (144 + 4, (10**6,), r"variable 0 \('OnPitRoad': type 1, offset 1000000"),
        (144 + 8, (2**31 - 1,), "variable 0 .* 2147483647 items"),
        (144 + 8, (0,), "variable 0 .* 0 items"),
    ],
)
def test_a_header_that_cannot_be_is_refused_with_its_place(tmp_path, at, numbers, says):
    path = ibt_files.patched(ibt_files.write(tmp_path / "a.ibt"), at, *numbers)
    with pytest.raises(UnreadableFile, match=says) as caught:
        read_ibt(path)
    assert str(path) in str(caught.value)


def test_a_file_shorter_than_its_headers_is_refused(tmp_path):
    path = tmp_path / "a.ibt"
    path.write_bytes(ibt_files.write(tmp_path / "b.ibt").read_bytes()[:100])
    with pytest.raises(UnreadableFile, match="cut short after 100 bytes"):
        read_ibt(path)


@needs_recordings
@pytest.mark.parametrize("name", ["w13_monza_live_memory.bin", "skip_barber_longbeach_live_memory.bin"])
def test_a_live_memory_image_is_called_one(name):
    with pytest.raises(UnreadableFile, match="live memory image"):
        read_ibt(RECORDINGS / name)


def test_records_appended_while_reading_do_not_disturb(tmp_path):
    path = ibt_files.patched(ibt_files.write(tmp_path / "a.ibt", 40), ibt_files.COUNT_AT, 0)
    recording = read_ibt(path)
    before = recording.column("speed_mps")
    with IbtFile(path) as file, path.open("ab") as more:
        more.write(file.records[:7].tobytes() + b"half a record")
        more.flush()
        assert file.n_records == 40
        assert np.array_equal(file.view("Speed").astype(float), before)
    assert len(recording.column("rpm")) == recording.n_ticks == 40
    assert len(recording.column("gear")) == 40
    assert read_ibt(path).n_ticks == 47


def test_a_file_exchanged_after_opening_is_noticed(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt", 40)
    recording = read_ibt(path)
    ibt_files.write(path, 10)
    with pytest.raises(UnreadableFile, match="changed while it was read"):
        recording.column("speed_mps")


def test_closing_lets_go_of_the_file_and_views_taken_before_stay_valid(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt", 500)
    file = IbtFile(path)
    view = file.view("Speed")
    expected = view.tolist()
    file.close()
    file.close()
    assert view.tolist() == expected
    with pytest.raises(ValueError, match="closed"):
        file.view("Speed")
    del view, file
    gc.collect()
    assert not mapped(path)


def test_a_recording_holds_no_file_open(tmp_path):
    path = ibt_files.write(tmp_path / "a.ibt", 500)
    recording = read_ibt(path)
    recording.column("speed_mps")
    gc.collect()
    assert not mapped(path)
    assert str(path) not in {file.path for file in psutil.Process().open_files()}


def mapped(path: Path) -> bool:
    return str(path) in {entry.path for entry in psutil.Process().memory_maps()}


def test_variable_logged_at_360_hz_gives_the_last_sample_of_the_tick(tmp_path):
    samples = np.arange(30.0, dtype=np.float32).reshape(5, 6) / 10
    columns = {"SessionTime": IbtColumn(VarType.DOUBLE, np.arange(5) / 60), "YawRate": IbtColumn(VarType.FLOAT, samples, as_time=True)}
    path = tmp_path / "fast.ibt"
    write_ibt(path, columns, "")
    recording = read_ibt(path)
    assert recording.has("yaw_rate_radps")
    assert np.array_equal(recording.column("yaw_rate_radps"), samples[:, -1])

from __future__ import annotations

import irsdk
import numpy as np
import pytest

from coach.errors import CannotWrite
from coach.telemetry.channels import CHANNELS
from coach.telemetry.ibt_layout import Buffer, Header, VarType, pack_header, unpack_header
from coach.telemetry.ibt_writer import IbtColumn, type_of, write_ibt, write_recording_as_ibt
from coach.telemetry.recording import SessionInfo, recording_from_columns
from coach.telemetry.sources.ibt import IbtFile, read_ibt
from tests.coach.telemetry import ibt_files
from tests.recordings import RECORDINGS, needs_recordings


def test_pyirsdk_reads_back_what_was_written(tmp_path):
    columns = ibt_files.columns(9000)  # more than one block
    write_ibt(tmp_path / "a.ibt", columns, ibt_files.SESSION)
    file = irsdk.IBT()
    file.open(str(tmp_path / "a.ibt"))
    assert file._disk_header.session_record_count == 9000
    assert file._disk_header.session_start_time == 100.0
    for name in ("SessionTime", "Gear", "SessionFlags", "OnPitRoad"):
        assert file.get_all(name) == columns[name].values.tolist()
    assert np.array_equal(np.float32(file.get_all("LatAccel_ST")), np.float32(columns["LatAccel_ST"].values))
    header = file._var_headers_dict["LatAccel_ST"]
    assert (header.count, header.count_as_time, header.unit, header.desc) == (6, True, "m/s^2", "six samples a tick")
    del header
    file.close()


def test_the_session_text_comes_back_byte_for_byte(tmp_path):
    with IbtFile(ibt_files.write(tmp_path / "a.ibt")) as file:
        assert file.session_text() == ibt_files.SESSION.encode() + b"\0"


@needs_recordings
@pytest.mark.parametrize("name", ["formula_vee_tsukuba_1k", "amg_gt4_sebring_partial"])
def test_a_real_recording_survives_being_written_again(tmp_path, name):
    first = read_ibt(RECORDINGS / f"{name}.ibt")
    write_recording_as_ibt(tmp_path / "a.ibt", first)
    again = read_ibt(tmp_path / "a.ibt")
    assert again.session == first.session
    assert again.available == first.available
    for channel in first.available:
        assert np.array_equal(again.column(channel), first.column(channel), equal_nan=True)


@needs_recordings
def test_channels_are_typed_as_in_real_files():
    with IbtFile(RECORDINGS / "formula_vee_tsukuba_1k.ibt") as file:
        for channel in CHANNELS:
            if channel.iracing in file.variables:
                assert file.variables[channel.iracing].code == type_of(channel), channel.name


def test_what_no_number_can_say_becomes_zero_where_iracing_has_whole_numbers(tmp_path):
    columns = {"gear": np.array([1.0, np.nan]), "speed_mps": np.array([np.nan, 3.0])}
    write_recording_as_ibt(tmp_path / "a.ibt", recording_from_columns(tmp_path, SessionInfo("test"), columns))
    again = read_ibt(tmp_path / "a.ibt")
    assert again.column("gear").tolist() == [1.0, 0.0]
    assert np.array_equal(again.column("speed_mps"), [np.nan, 3.0], equal_nan=True)


def test_columns_of_different_lengths_are_refused_and_nothing_is_written(tmp_path):
    columns = {"A": IbtColumn(VarType.INT, np.zeros(3)), "B": IbtColumn(VarType.INT, np.zeros(4))}
    with pytest.raises(ValueError, match=r"share one length, got \[3, 4\]"):
        write_ibt(tmp_path / "a.ibt", columns, "")
    with pytest.raises(ValueError, match="share one length"):
        write_ibt(tmp_path / "a.ibt", {}, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "x" * 32])
def test_a_name_that_does_not_fit_is_refused_and_nothing_is_written(tmp_path, name):
    with pytest.raises(ValueError, match="1 to 31 characters"):
        write_ibt(tmp_path / "a.ibt", {name: IbtColumn(VarType.INT, np.zeros(3))}, "")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(CannotWrite, match="could not be written"):
        ibt_files.write(tmp_path / "none" / "a.ibt")


def test_a_header_with_four_buffers_survives_packing():
    header = Header(2, 1, 60, 7, 524288, 112, 323, 524400, 4, 8154, 99, 2, tuple(Buffer(i, 1000 * i, i) for i in range(4)))
    assert unpack_header(pack_header(header)) == header
    assert len(pack_header(header)) == 112

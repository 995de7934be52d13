from __future__ import annotations

import irsdk
import numpy as np
import pytest

from coach.cli.main import main
from coach.errors import BadInput, CannotWrite
from coach.laps.crossings import find_laps
from coach.laps.lap import LapKind
from coach.sim.output import check_out, write_drive
from coach.telemetry.channels import CHANNELS, Where
from coach.telemetry.sources import open_recording
from coach.telemetry.sources.ibt import IbtFile
from tests.coach.sim.made import LAPS, SPEED_MPS, columns, made
from tests.recordings import RECORDINGS, needs_recordings


@pytest.fixture
def disk_file(tmp_path):
    write_drive(tmp_path / "drive.ibt", made())
    return tmp_path / "drive.ibt"


def test_pyirsdk_opens_the_disk_file(disk_file):
    file = irsdk.IBT()
    file.open(str(disk_file))
    assert file._disk_header.session_record_count == len(columns()["speed_mps"])
    assert file._disk_header.session_lap_count == LAPS
    assert set(file.get_all("Speed")) == {SPEED_MPS}
    file.close()


def test_disk_only_channels_are_in_and_live_only_ones_out(disk_file):
    with IbtFile(disk_file) as file:
        names = set(file.variables)
    assert {"LFspeed", "Lat", "Lon"} <= names
    assert not names & {channel.iracing for channel in CHANNELS if channel.where is Where.LIVE}


def test_columns_come_back_in_single_precision(disk_file):
    recording = open_recording(disk_file)
    assert np.array_equal(recording.column("lap_dist_frac"), np.float32(columns()["lap_dist_frac"]))
    assert np.array_equal(recording.column("session_time_s"), columns()["session_time_s"])


def test_disk_file_says_who_what_and_where_and_that_it_is_simulated(disk_file):
    session = open_recording(disk_file, keep_player_name=True).session
    assert session.simulated
    assert session.track_id == "lime-rock (approximation)"
    assert session.track_name == "Lime Rock Park (approximation)"
    assert session.car_id == "racing-coach mx5"
    assert session.car_name == "Mazda MX-5 Cup (simulated approximation)"
    assert session.player_name == "Simulated expert"
    assert session.official_lap_times_s[0][0] == 1
    assert session.sector_starts_frac == pytest.approx((0.0, 1 / 3, 2 / 3), abs=1e-6)
    assert session.gear_count > 3
    assert session.redline_rpm > 5000.0


def test_name_of_the_simulated_driver_is_read_only_when_asked_for(disk_file):
    assert open_recording(disk_file).session.player_name == ""


def test_lap_files_hold_the_timed_laps_and_the_mark(tmp_path):
    paths = write_drive(tmp_path / "laps", made())
    assert [path.name for path in paths] == ["lime-rock-mx5-expert-lap1.parquet", "lime-rock-mx5-expert-lap2.parquet"]
    for number, path in enumerate(paths, start=1):
        recording = open_recording(path)
        assert recording.session.simulated
        lap = next(lap for lap in find_laps(recording) if lap.number == number)
        assert lap.kind is LapKind.TIMED


def test_lap_files_are_named_as_asked(tmp_path):
    paths = write_drive(tmp_path / "drive.parquet", made())
    assert sorted(tmp_path.iterdir()) == paths == [tmp_path / "drive-lap1.parquet", tmp_path / "drive-lap2.parquet"]


@pytest.mark.parametrize("name", ["drive.ibt", "laps"])
def test_every_command_shows_the_mark(tmp_path, capsys, name):
    for path in write_drive(tmp_path / name, made()):
        assert main(["laps", str(path), "--json"]) == 0
        assert '"simulated": true' in capsys.readouterr().out


def test_the_same_drive_gives_the_same_bytes(tmp_path):
    for name in ("a.ibt", "b.ibt"):
        write_drive(tmp_path / name, made())
    assert (tmp_path / "a.ibt").read_bytes() == (tmp_path / "b.ibt").read_bytes()


def test_session_text_counts_the_laps_that_are_official():
    assert "LapsComplete" not in made().text(0).replace("ResultsLapsComplete", "")
    assert "     LapsComplete: 1" in made().text(1)
    assert made().text(2) == made().text()


@pytest.mark.parametrize("name", ["drive.csv", "a.ibt", "x/y.txt"])
def test_name_that_cannot_be_written_is_refused_before_driving(tmp_path, name):
    (tmp_path / "a.ibt").mkdir()
    with pytest.raises(BadInput, match="--out"):
        check_out(tmp_path / name)


def test_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "laps").write_text("here first")
    with pytest.raises(BadInput, match="not a folder"):
        check_out(tmp_path / "laps")


def test_folder_that_is_not_there_is_named_and_nothing_is_left(tmp_path):
    with pytest.raises(CannotWrite, match="none"):
        write_drive(tmp_path / "none" / "drive.ibt", made())
    assert list(tmp_path.iterdir()) == []


@needs_recordings
def test_variables_are_declared_as_iracing_declares_them(disk_file):
    """Type, count and unit of every variable, wrong units included, as in the recorded disk files."""
    real = {}
    for path in sorted(RECORDINGS.glob("*.ibt")):
        real |= _declared(path)
    mine = _declared(disk_file)
    assert len(set(mine) & set(real)) > 10
    assert not {name: (mine[name], real[name]) for name in mine if name in real and mine[name] != real[name]}


def _declared(path):
    file = irsdk.IBT()
    file.open(str(path))
    declared = {header.name: (header.type, header.count, header.unit) for header in file._var_headers}
    file.close()
    return declared

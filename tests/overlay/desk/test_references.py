"""Which files a driver may be measured against: those of the same car and track, as far as they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from coach.errors import BadInput, Incomparable
from coach.laps.lap_files import lap_content
from coach.telemetry.recording import SessionInfo
from overlay.desk.references import referred
from overlay.settings.model import Reference
from overlay.store.store import LapStore
from tests.overlay.store.laps import lap, recording
from tests.recordings import RECORDINGS, needs_recordings

DRIVEN = SessionInfo("iracing-live", car_id="mx5", track_id="lime rock", track_config="Classic")


def taken(folder: Path, path: Path, info: SessionInfo = DRIVEN) -> tuple[Path, ...]:
    """The files that such a driver is measured against who chose this one."""
    found = referred(info, Reference("file", str(path)), LapStore(folder))
    return tuple(drive.recording.path for drive in found.drives)


def lap_of(folder: Path, **session: object) -> Path:
    path = folder / "lap.parquet"
    path.write_bytes(lap_content(recording(**session), lap(), track_length_m=2400.0))
    return path


@needs_recordings
def test_a_lap_that_names_neither_car_nor_track_is_taken_by_its_length(tmp_path: Path) -> None:
    file = RECORDINGS / "garage61_road_atlanta_lap.csv"
    assert taken(tmp_path, file, replace(DRIVEN, track_id="roadatlanta full", track_length_stated_m=4060.0)) == (file,)
    with pytest.raises(Incomparable, match=r"it is 4058 m long, but 5790 m where you drive"):
        taken(tmp_path, file, replace(DRIVEN, track_length_stated_m=5790.0))


@pytest.mark.parametrize("name", ["car_id", "track_id", "track_config"])
def test_what_a_lap_says_is_the_drivers_and_what_it_does_not_say_is_no_obstacle(tmp_path: Path, name: str) -> None:
    said = {"car_id": "mx5", "track_id": "lime rock", "track_config": "Classic"}
    assert taken(tmp_path, lap_of(tmp_path, **said)) == (tmp_path / "lap.parquet",)
    assert taken(tmp_path, lap_of(tmp_path, **(said | {name: ""}))) == (tmp_path / "lap.parquet",)
    with pytest.raises(Incomparable, match=r"lap.parquet is of another car or track: its (car|track|track layout) is other, you drive "):
        taken(tmp_path, lap_of(tmp_path, **(said | {name: "other"})))


def test_a_lap_of_another_simulator_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Incomparable, match="its simulator is acc"):
        taken(tmp_path, lap_of(tmp_path, simulator="acc", car_id="", track_id=""))


def test_a_simulated_drives_lap_is_of_the_same_car_from_memory_and_from_its_file(tmp_path: Path) -> None:
    file = lap_of(tmp_path, simulated=True)
    assert taken(tmp_path, file, replace(DRIVEN, simulator="racing-coach", simulated=True)) == (file,)


@pytest.mark.parametrize(("name", "most_mb"), [("season.ibt", 1000), ("season.csv.gz", 100), ("season.parquet", 100)])
def test_a_file_that_would_be_read_for_long_is_refused_unread(tmp_path: Path, name: str, most_mb: int) -> None:
    """The desk reads it, and a lap just driven waits meanwhile."""
    path = tmp_path / name
    with path.open("wb") as made:
        made.truncate(most_mb * 1_000_000 + 600_000)
    with pytest.raises(BadInput, match=f"{name} is {most_mb + 1} MB large, .* at most {most_mb} MB.*racing-coach convert"):
        taken(tmp_path, path)
    with path.open("r+b") as made:
        made.truncate(most_mb * 1_000_000)
    with pytest.raises(BadInput) as empty:
        taken(tmp_path, path)
    assert "MB large" not in str(empty.value)

"""A study measures laps once and never mixes them up."""

from __future__ import annotations

import gc
from pathlib import Path

from coach.compare.study import open_drive, prepare
from coach.demo import DemoTruth
from coach.telemetry.sources import open_recording


def test_laps_of_a_drive_that_is_gone_are_not_given_to_another(demo: tuple[Path, DemoTruth], tmp_path: Path) -> None:
    study = prepare([open_drive(open_recording(demo[0]))])
    for number in range(6):  # a freed object's id comes back sooner or later
        path = tmp_path / f"{number}.ibt"
        path.write_bytes(demo[0].read_bytes())
        drive = open_drive(open_recording(path))
        assert study.lap(drive, drive.timed[0]).file == str(path)
        del drive
        gc.collect()


def test_a_lap_is_measured_once(demo: tuple[Path, DemoTruth]) -> None:
    drive = open_drive(open_recording(demo[0]))
    study = prepare([drive])
    assert study.lap(drive, drive.timed[1]) is study.lap(drive, drive.timed[1])

"""A study measures laps once and never mixes them up."""

from __future__ import annotations

import gc
from pathlib import Path

from coach.compare.study import Drive, open_drive, prepare
from coach.demo import DemoTruth
from coach.telemetry.sources import open_recording


def test_drive_lives_as_long_as_its_measured_laps(demo: tuple[Path, DemoTruth]) -> None:
    # Laps are kept by the drive's id; a drive that was freed would hand its id, and so its laps, to the next one.
    study = prepare([open_drive(open_recording(demo[0]))])
    drive = open_drive(open_recording(demo[0]))
    study.lap(drive, drive.timed[0])
    number = id(drive)
    del drive
    gc.collect()
    assert any(id(one) == number and isinstance(one, Drive) for one in gc.get_objects())


def test_a_lap_is_measured_once(demo: tuple[Path, DemoTruth]) -> None:
    drive = open_drive(open_recording(demo[0]))
    study = prepare([drive])
    assert study.lap(drive, drive.timed[1]) is study.lap(drive, drive.timed[1])

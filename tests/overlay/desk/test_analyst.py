"""What the analyst with the lap desk behind it tells the driver; what becomes of laps is in test_beside.py."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coach.cues.settings import CueSettings
from coach.live.report import LapReport
from coach.telemetry.recording import Recording, SessionInfo, recording_from_columns
from overlay.desk.analyst import DeskAnalyst
from overlay.desk.desk import LapDesk
from overlay.desk.port import Finished, Outing


def test_a_lap_that_could_not_be_analyzed_is_told_once_for_each_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was in the session log only."""
    notes = iter(["this lap could not be analyzed (division by zero)"] * 2 + ["", "the track is no closed circuit"])

    def finish(_desk: LapDesk, _outing: Outing, recording: Recording) -> Finished:
        return Finished(LapReport(recording, None, note=next(notes)), None)

    monkeypatch.setattr(LapDesk, "finish", finish)
    told: list[str] = []
    desk = LapDesk(tmp_path)
    analyst = DeskAnalyst(desk, Outing("key", SessionInfo("live"), CueSettings()), lambda *_: None, told.append)
    for _ in range(4):
        analyst.add(recording_from_columns(Path("live"), SessionInfo("live"), {"speed_mps": np.ones(1)}))
    desk.close()
    assert told == [
        "A lap does not count: this lap could not be analyzed (division by zero)",
        "A lap does not count: the track is no closed circuit",
    ]

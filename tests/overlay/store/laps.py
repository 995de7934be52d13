"""Small laps for tests of the store."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from coach.laps.lap import Lap, LapKind, Reason
from coach.laps.lap_files import lap_content
from coach.telemetry.recording import Recording, SessionInfo, recording_from_columns
from overlay.store.recorder import LapRecorder


def recording(n_ticks: int = 200, **session: object) -> Recording:
    """A drive of `n_ticks` at 60 Hz, one lap of it in ticks 20 to n - 20."""
    facts: dict = {"source": "test", "car_id": "mx5", "car_name": "MX-5", "track_id": "lime rock", "track_name": "Lime Rock"} | session
    columns = {
        "session_time_s": np.arange(n_ticks) / 60.0,
        "lap_dist_frac": np.linspace(-0.05, 1.05, n_ticks) % 1.0,
        "speed_mps": np.full(n_ticks, 40.0),
        "throttle_frac": np.abs(np.sin(np.arange(n_ticks) / 30.0)),
    }
    return recording_from_columns(Path("drive"), SessionInfo(**facts), columns)


def lap(
    number: int = 1, lap_time_s: float = 60.0, reasons: tuple[Reason, ...] = (), kind: LapKind = LapKind.TIMED, n_ticks: int = 200
) -> Lap:
    return Lap(number, kind, 20, n_ticks - 20, 0.3, 0.3 + lap_time_s, reasons=reasons)


def content(
    number: int = 1, lap_time_s: float = 60.0, reasons: tuple[Reason, ...] = (), kind: LapKind = LapKind.TIMED, **session: object
) -> bytes:
    return lap_content(recording(**session), lap(number, lap_time_s, reasons, kind), track_length_m=2400.0)


def submit(recorder: LapRecorder, driven: Recording, lap: Lap) -> None:
    recorder.submit(f"lap {lap.number}", lambda: lap_content(driven, lap, track_length_m=2400.0))

"""The simulator's own time of a lap. It appears only a while after the line: 5-30 ticks on disk, up to 2.2 s in streams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.laps.stations import Motion
from coach.telemetry.recording import Recording

SHOWN_AFTER_S = 4.0  # twice the longest delay measured (2.1 s)
SAME_LAP_S = 1.0  # a time further off than this is still that of another lap
NOT_COUNTED = -1.0


@dataclass(frozen=True, slots=True)
class Official:
    """NaN: not known. `counted` is False only where the simulator says so."""

    time_s: float = np.nan
    counted: bool = True


def official_time(recording: Recording, start_s: float, end_s: float, motion: Motion) -> Official:
    """What the simulator gave for the lap between two crossings; unknown for a lap without both."""
    measured = end_s - start_s
    if not np.isfinite(measured):
        return Official()
    stated = [time for _, time in recording.session.official_lap_times_s if abs(time - measured) < SAME_LAP_S]
    if stated:
        return Official(min(stated, key=lambda time: abs(time - measured)))
    if not recording.has("lap_last_time_s"):
        return Official()
    shown = recording.column("lap_last_time_s")[motion.index]
    line, settled = np.searchsorted(motion.time_s, [end_s, end_s + SHOWN_AFTER_S])
    after = shown[line:settled]
    near = after[np.abs(after - measured) < SAME_LAP_S]
    before = shown[max(int(line) - 1, 0)] if shown.size else np.nan
    if near.size and (near[-1] != before or settled < shown.size):
        return Official(float(near[-1]))
    return Official(counted=not (after.size and settled < shown.size and after[-1] == NOT_COUNTED))

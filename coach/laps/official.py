"""The simulator's own time of a lap. It appears only a while after the line: 5-30 ticks on disk, up to 2.2 s in streams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.laps.stations import Motion
from coach.telemetry.recording import Recording

SHOWN_AFTER_S = 10.0  # the longest delay measured is 4.6 s, in a stream
SAME_LAP_S = 1.0  # a time further off than this is still that of another lap
NOT_COUNTED = -1.0


@dataclass(frozen=True, slots=True)
class Official:
    """NaN: not known. `counted` is False only where the simulator says so."""

    time_s: float = np.nan
    counted: bool = True


def official_time(recording: Recording, motion: Motion, number: int, start_s: float, end_s: float, after: int) -> Official:
    """What the simulator gave for the lap between two crossings; unknown for a lap without both.

    `after`: row of the motion of the first tick after the lap.
    """
    measured = end_s - start_s
    if not np.isfinite(measured):
        return Official()
    shown = _shown(recording, motion, end_s, measured, after) if recording.has("lap_last_time_s") else Official()
    if np.isfinite(shown.time_s) or not shown.counted:
        return shown
    stated = [time for lap, time in recording.session.official_lap_times_s if lap == number]
    return Official(_if_this_lap(stated[-1], measured)) if stated else shown


def _if_this_lap(official_s: float, measured_s: float) -> float:
    return official_s if abs(official_s - measured_s) < SAME_LAP_S else np.nan


def _shown(recording: Recording, motion: Motion, end_s: float, measured_s: float, after: int) -> Official:
    """The first new value of the channel after the line, or the old one where it never changes before the next line."""
    # The clock may start again in the same recording: only the rows that follow in time count.
    waited = end_s + min(SHOWN_AFTER_S, 0.9 * measured_s)
    rows = after + np.flatnonzero(motion.time_s[after : after + round(SHOWN_AFTER_S / motion.tick_s) + 1] < waited)
    shown = recording.column("lap_last_time_s")[motion.index[rows]]
    before = recording.column("lap_last_time_s")[motion.index[after - 1]]
    changed = np.flatnonzero(shown != before)
    if changed.size:
        official = float(shown[changed[0]])
    elif shown.size and rows[-1] + 1 < motion.index.size:
        official = float(before)  # twice the same, to the last digit, or twice not counted
    else:
        return Official()
    return Official(counted=False) if official == NOT_COUNTED else Official(_if_this_lap(official, measured_s))

"""The running delta against a reference lap, and the lap time it predicts: one look-up per tick, no search."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coach.arrays import FloatArray
from coach.laps.trace import LapTrace


@dataclass(frozen=True, slots=True, eq=False)
class RunningReference:
    """A reference lap's time by station: `time_s[i]` at i * step_m, shape (n + 1,), 0 at the line, the lap time at L."""

    length_m: float
    step_m: float
    time_s: FloatArray
    lap_time_s: float

    def delta_at(self, station_m: float, since_line_s: float) -> float:
        """Delta at equal station, s, + slower; NaN outside the lap."""
        place = station_m / self.step_m
        index = math.floor(place) if math.isfinite(place) else -1
        if not 0 <= index < self.time_s.size - 1:
            return math.nan
        low = float(self.time_s[index])
        return since_line_s - (low + (float(self.time_s[index + 1]) - low) * (place - index))


def running_reference(trace: LapTrace) -> RunningReference:
    """A lap as the running reference. The grid of a complete lap has no gap."""
    time = trace.grid["time_s"][trace.start : trace.stop + 1]
    return RunningReference(trace.track_length_m, trace.step_m, time, float(time[-1]))

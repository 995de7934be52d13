"""A lap as everything later reads it: its ticks, and the same channels on the station grid.

Stations run from 0 at the line to the track length L. Both forms carry a margin before the line and after it where the
recording goes on without a break, because a braking zone may start before the line and a straight may end after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from coach.arrays import FloatArray
from coach.laps.lap import Lap
from coach.telemetry.recording import SessionInfo

MARGIN_M = 400.0  # of neighbouring lap kept on either side; longer than any braking zone with its approach


@dataclass(frozen=True, slots=True)
class LapTrace:
    """One lap with its samples.

    `ticks[name]`, shape (k,): the samples as recorded, in time order. Besides the channels of the table it holds `station_m`
    (unwrapped: negative before the line, above L after the next one, strictly increasing; ticks that went backwards are left
    out) and `time_s` (since the crossing at the start of the lap; negative before it).

    `grid[name]`, shape (m,): the same names at `grid["station_m"][i] = first_m + i * step_m`; m is the same for every
    channel. `grid["time_s"]` is exactly 0 at station 0 and the lap time at station L. Positions that the recording does not cover (margins
    only) are NaN. `step_m` divides L exactly (L / round(L / 1 m)), so two laps of one track share their stations.
    """

    lap: Lap
    session: SessionInfo
    track_length_m: float
    step_m: float
    ticks: Mapping[str, FloatArray]
    grid: Mapping[str, FloatArray]

    @property
    def start(self) -> int:
        """Index of station 0 on the grid."""
        return self.index_at(0.0)

    @property
    def stop(self) -> int:
        """Index of station L on the grid; `grid[name][start:stop + 1]` is the whole lap."""
        return self.index_at(self.track_length_m)

    def index_at(self, station_m: float) -> int:
        """Index of the grid point nearest to a station."""
        return round((station_m - float(self.grid["station_m"][0])) / self.step_m)

    def has(self, name: str) -> bool:
        """Whether the lap carries this channel."""
        return name in self.ticks

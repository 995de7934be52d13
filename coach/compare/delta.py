"""Time difference of two laps at equal station, and where it arose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.errors import Incomparable
from coach.laps.trace import LapTrace
from coach.track.map import Corner


@dataclass(frozen=True, slots=True)
class TimeLost:
    """Time lost in each corner window, following straight included, and before the first; they sum to the lap's delta."""

    before_s: float  # from the line to the first window
    corners_s: tuple[float, ...]

    @property
    def total_s(self) -> float:
        """The lap's delta."""
        return self.before_s + sum(self.corners_s)


def delta_s(own: LapTrace, reference: LapTrace) -> FloatArray:
    """Own lap time minus the reference's at equal station, s, + slower; shape (m,), the grid's, NaN in uncovered margins.

    Incomparable: the laps were traced with different track lengths, so their stations differ.
    """
    if own.track_length_m != reference.track_length_m:
        raise Incomparable(
            f"lap {own.lap.number} was traced on {own.track_length_m:.2f} m and its reference on {reference.track_length_m:.2f} m: "
            "trace both with the length of the track map."
        )
    return np.asarray(own.grid["time_s"] - reference.grid["time_s"], dtype=np.float64)


def time_lost(delta: FloatArray, station_m: FloatArray, corners: Sequence[Corner], length_m: float) -> TimeLost:
    """Time lost per corner window, s, + lost; `delta` and `station_m` have the grid's shape (m,).

    The windows follow each other without a gap up to L (`Corner`), so the parts sum to the lap's delta by construction.
    """
    bounds = np.array([0.0, *(corner.start_m for corner in corners), length_m])
    at_bounds = np.interp(bounds, station_m, delta)
    parts = np.diff(at_bounds).tolist()
    return TimeLost(float(parts[0]), tuple(parts[1:]))

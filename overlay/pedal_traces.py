"""The pedals around the car on the station grid, for the inputs widget: own as they are driven, the reference's from its lap.

The pipeline adds each tick and asks for a new window 30 times a second. It holds one lap of samples and allocates only small arrays.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from overlay.state import ReferencePedals, Traces

STEP_M = 2.0
LONGEST_STEP_M = 50.0  # a car moves 1.7 m a tick at 100 m/s; more than this is a tow, a reset or a lost stretch, and is not bridged
BEHIND_M = 180.0
REACH_M = 20.0  # before that a line still reaches into what is shown, by half its width and a sample: five pixels of the smallest widget
AHEAD_M = 90.0

Share = npt.NDArray[np.float32]


class PedalTraces:
    """One lap of pedals on a grid of `STEP_M`; cell i holds station i * STEP_M, NaN where not driven."""

    def __init__(self, track_length_m: float) -> None:
        self.track_length_m = track_length_m
        self._cells = max(8, round(track_length_m / STEP_M))
        self._step_m = track_length_m / self._cells
        self._own_brake, self._own_throttle = self._nothing(), self._nothing()
        self._reference: ReferencePedals | None = None
        self._last: tuple[float, float, float] | None = None  # station, brake, throttle

    def set_reference(
        self, station_m: npt.NDArray[np.float64], brake_frac: npt.NDArray[np.float64], throttle_frac: npt.NDArray[np.float64]
    ) -> None:
        """Take the reference lap's pedals, shape (n,) each, at rising stations within one lap."""
        at = np.arange(self._cells) * self._step_m
        brake, throttle = (
            np.interp(at, station_m, share, period=self.track_length_m).astype(np.float32) for share in (brake_frac, throttle_frac)
        )
        self._reference = ReferencePedals(self._step_m, brake, throttle)

    def add(self, station_m: float, brake_frac: float, throttle_frac: float) -> None:
        """One tick: station in [0, L), pedals 0..1. Standing and rolling back change nothing; a jump forgets what was driven."""
        if not (math.isfinite(station_m) and math.isfinite(brake_frac) and math.isfinite(throttle_frac)):
            return
        if self._last is None:
            self._last = station_m, brake_frac, throttle_frac
            return
        before, brake_before, throttle_before = self._last
        moved = (station_m - before + self.track_length_m / 2) % self.track_length_m - self.track_length_m / 2
        if moved < -LONGEST_STEP_M or moved > LONGEST_STEP_M:
            self._own_brake, self._own_throttle = self._nothing(), self._nothing()
        elif moved <= 0:
            return
        else:
            first, last = math.floor(before / self._step_m) + 1, math.floor((before + moved) / self._step_m)
            for cell in range(first, last + 1):
                share = (cell * self._step_m - before) / moved
                self._own_brake[cell % self._cells] = brake_before + (brake_frac - brake_before) * share
                self._own_throttle[cell % self._cells] = throttle_before + (throttle_frac - throttle_before) * share
        self._last = station_m, brake_frac, throttle_frac

    def around(self, station_m: float) -> Traces:
        """The stretch behind the car, which is at a station in [0, L), and the reference."""
        here = math.floor(station_m / self._step_m)
        first = math.floor((station_m - BEHIND_M - REACH_M) / self._step_m)
        driven = np.arange(first, here + 1) % self._cells
        return Traces(
            station_m, first * self._step_m - station_m, self._step_m, self._own_brake[driven], self._own_throttle[driven], self._reference
        )

    def _nothing(self) -> Share:
        return np.full(self._cells, np.nan, np.float32)

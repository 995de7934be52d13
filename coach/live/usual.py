"""How long the driver usually takes from one station to another: what a single passage of a corner is measured with, while he drives on.

Against his own newest laps, up to where the car is now, so that nothing needs to be over and no reference decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.compare.causes.pattern import t_95
from coach.laps.trace import LapTrace


@dataclass(frozen=True, slots=True, eq=False)
class UsualLaps:
    """His newest comparable laps. `time_s`, shape (laps, n + 1): time since the line at i * step_m; `numbers`: of the laps, oldest first."""

    numbers: tuple[int, ...]
    step_m: float
    time_s: FloatArray

    def passages_s(self, from_m: float, to_m: float) -> FloatArray:
        """Time between two stations 0 .. L on each lap, s, shape (laps,)."""
        return self._at(to_m) - self._at(from_m)

    def _at(self, station_m: float) -> FloatArray:
        place = min(max(station_m / self.step_m, 0.0), self.time_s.shape[1] - 1.0)
        index = min(int(place), self.time_s.shape[1] - 2)
        low = self.time_s[:, index]
        return np.asarray(low + (self.time_s[:, index + 1] - low) * (place - index))


def usual_laps(traces: Sequence[LapTrace]) -> UsualLaps:
    """The laps of traces of one track."""
    times = [trace.grid["time_s"][trace.start : trace.stop + 1] for trace in traces]
    return UsualLaps(tuple(trace.lap.number for trace in traces), traces[0].step_m, np.array(times))


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage beside usual ones. `lost_s`: + slower than their mean; `noise_s`: what one more of them may differ by, at 95 %; `n` of them."""

    lost_s: float
    noise_s: float
    n: int

    @property
    def interval_s(self) -> tuple[float, float]:
        """95 % interval of what was lost."""
        return self.lost_s - self.noise_s, self.lost_s + self.noise_s


def beside(own_s: float, usual_s: FloatArray) -> Passage:
    """A passage beside usual ones, shape (n,): the prediction interval of one more normal observation, t s sqrt(1 + 1/n). n < 2: infinite."""
    n = usual_s.size
    if n < 2:
        return Passage(own_s - float(usual_s.mean()) if n else np.nan, np.inf, n)
    return Passage(own_s - float(usual_s.mean()), t_95(n - 1) * float(usual_s.std(ddof=1)) * float(np.sqrt(1.0 + 1.0 / n)), n)

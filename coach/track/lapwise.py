"""One value per station of the lap proper, stations [0, L), from the grid of a lap with its margins; and what is typical."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.arrays import FloatArray
from coach.laps.trace import LapTrace
from coach.track.smoothing import fill_closed

WHOLE = 0.98  # share of the lap that must be covered; sources that start just past the line miss a metre or two


def on_lap(trace: LapTrace, values: FloatArray) -> FloatArray:
    """Grid values of the lap proper, shape (round(L / step),); what is not covered is NaN."""
    count = round(trace.track_length_m / trace.step_m)
    first, have = trace.start, len(values)
    if first >= 0 and first + count <= have:
        return values[first : first + count]
    index = np.arange(count) + first
    inside = (index >= 0) & (index < have)
    return np.where(inside, values[np.clip(index, 0, have - 1)], np.nan)


def whole(trace: LapTrace, values: FloatArray) -> bool:
    """Whether grid values cover (nearly) the whole lap."""
    return bool(np.isfinite(on_lap(trace, values)).mean() > WHOLE)


def typical(laps: Sequence[FloatArray]) -> FloatArray:
    """Median over laps of closed arrays, shape (n,); laps of one track that differ by a point are cut to the shortest."""
    count = min(len(lap) for lap in laps)
    return np.asarray(np.median(np.stack([fill_closed(lap[:count]) for lap in laps]), axis=0), dtype=np.float64)

"""How evenly somebody laps: what report and summary call "Lap time ±"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FEWEST = 3  # two laps differ; they do not scatter


def time_scatter_s(lap_times_s: Sequence[float]) -> float | None:
    """Robust standard deviation of lap times (1.4826 * MAD), which one bad lap does not widen; None below three laps."""
    if len(lap_times_s) < FEWEST:
        return None
    times = np.asarray(lap_times_s, dtype=np.float64)
    return float(1.4826 * np.median(np.abs(times - np.median(times))))

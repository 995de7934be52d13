"""The car off the track, as the simulator judges it: more than half of it beyond the edge."""

from __future__ import annotations

import numpy as np

from coach.detect.detection import Detection, DetectionKind
from coach.detect.signals import SLOWEST_MPS, Signals, detection, runs

_FEWEST_TICKS = 2  # a single tick is an artefact
_ONE_EXCURSION_S = 0.5  # back on the track for less is the same excursion


def find_off_track(lap: Signals) -> list[Detection]:
    """Excursions of at least two ticks inside the lap. Strength: their length in seconds."""
    tick_s = float(np.median(np.diff(lap.time_s)))
    return [
        detection(
            DetectionKind.OFF_TRACK, lap, where, lap.time_s[where.stop - 1] - lap.time_s[where.start] + tick_s, **_figures(lap, where)
        )
        for where in runs(lap.off_track, lap.time_s, at_least_s=0.0, bridge_s=_ONE_EXCURSION_S)
        if where.stop - where.start >= _FEWEST_TICKS
    ]


def _figures(lap: Signals, where: slice) -> dict[str, float]:
    return {"speed_mps": float(np.max(lap.speed_mps[where])), "still_driving": float(np.min(lap.speed_mps[where]) > SLOWEST_MPS)}

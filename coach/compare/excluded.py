"""What makes a corner of a lap nobody's fault, or no fault of technique: off-track, yellow, traffic, pit, lost samples.

Time is still measured there; the driver is not blamed for it.
"""

from __future__ import annotations

import numpy as np

from coach.laps.lap import Reason
from coach.laps.trace import LapTrace
from coach.laps.validity import OFF_TRACK_TICKS, TRAFFIC_GAP_M, TRAFFIC_GAP_S, YELLOW_BITS

# A car this close ahead over this share of the window makes the driver follow it; one that is passed at once does not.
TRAFFIC_SHARE = 0.25
GAP_S = 0.3  # as for a whole lap: a braking point inside a shorter gap is still known to some metres


def excluded_reasons(trace: LapTrace, start_m: float, end_m: float) -> tuple[str, ...]:
    """Why the stretch [start_m, end_m] of a lap blames nobody; empty when nothing speaks against it."""
    station = trace.ticks["station_m"]
    first, last = np.searchsorted(station, [start_m, end_m])
    here = slice(int(first), max(int(last), int(first) + 1))
    found = {
        Reason.OFF_TRACK: _count(trace, "track_surface", here, 0.0) >= OFF_TRACK_TICKS,
        Reason.PIT: _count(trace, "on_pit_road", here, 1.0) > 0,
        Reason.YELLOW: _yellow(trace, here),
        Reason.TRAFFIC: _traffic(trace, here),
        Reason.DROPOUT: bool(np.any(np.diff(trace.ticks["time_s"][here]) > GAP_S)),
    }
    return tuple(reason.value for reason, speaks in found.items() if speaks)


def _count(trace: LapTrace, name: str, here: slice, value: float) -> int:
    return int(np.count_nonzero(trace.ticks[name][here] == value)) if trace.has(name) else 0


def _yellow(trace: LapTrace, here: slice) -> bool:
    if not trace.has("session_flags"):
        return False
    flags = np.nan_to_num(trace.ticks["session_flags"][here]).astype(np.int64)
    return bool(np.any(flags & YELLOW_BITS))


def _traffic(trace: LapTrace, here: slice) -> bool:
    if not trace.has("dist_ahead_m"):
        return False
    ahead, speed = trace.ticks["dist_ahead_m"][here], trace.ticks["speed_mps"][here]
    close = (ahead > 0.0) & (ahead < np.maximum(TRAFFIC_GAP_S * speed, TRAFFIC_GAP_M))
    return bool(np.mean(close) > TRAFFIC_SHARE)

"""Give recordings that were stamped on arrival the simulator's own clock back.

A program that receives ticks and writes its computer's time beside them is some 10 ms off either way: half a metre at 50 m/s,
and enough to spoil accelerations. The ticks themselves are exactly one period apart. So each step is counted in whole ticks
where something in the recording tells how many they were (a lap timer, or distance over speed), and only where nothing does,
the arrival times decide: their median over many samples on both sides is good to a fraction of a tick.
"""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray

TICK_S = 1.0 / 60.0  # of iRacing's telemetry
_WINDOW = 120  # samples on either side: 10 ms of scatter become 10 / sqrt(120) * 1.25 = 1.1 ms, against 8.3 ms, half a tick
_LONG = 20  # samples whose median is good to a quarter of a tick


def rebuild_clock(arrival_s: FloatArray, step_ticks: FloatArray, tick_s: float) -> FloatArray:
    """Seconds since the first sample, shape (n,), whole multiples of `tick_s`, strictly increasing where steps are unknown.

    `arrival_s`, shape (n,): when each sample arrived, not decreasing. `step_ticks`, shape (n - 1,): ticks between neighbours,
    NaN where unknown. Follows the arrival times within a tick wherever they are undisturbed for a second or two.
    """
    n = len(arrival_s)
    tick = np.zeros(n)
    late = np.zeros(n)  # s by which a sample arrived after its tick
    starts = np.concatenate([[0], np.flatnonzero(~np.isfinite(step_ticks)) + 1])
    usual = 0.0  # lateness before the run at hand
    for start, stop in zip(starts, [*starts[1:], n], strict=True):
        tick[start:stop] = np.concatenate([[0.0], np.cumsum(np.rint(step_ticks[start : stop - 1]))])
        if start > 0:
            after = slice(start, min(stop, start + _WINDOW))
            first = np.rint((np.median(arrival_s[after] - tick[after] * tick_s) - usual) / tick_s)
            tick[start:stop] += max(first, tick[start - 1] + 1)
        late[start:stop] = arrival_s[start:stop] - tick[start:stop] * tick_s
        # Short runs are placed by a few arrivals only: they must not carry their scatter on to the next long one.
        if stop - start >= _LONG or start == 0:
            usual = float(np.median(late[max(start, stop - _WINDOW) : stop]))
    return np.asarray(tick * tick_s, dtype=np.float64)

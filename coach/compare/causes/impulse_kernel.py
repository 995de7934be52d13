"""Prices of energy impulses: what each metre of lost time is owed to, when every loss of energy carries its causes.

e = (v^2 - v_ref^2) / 2 is the energy own lap has over the reference, per kilogram, at the same station. Where e is negative and
falling an impulse is being created; where e recovers, all open impulses shrink by the same factor; each metre's time lost to
speed is shared among the open impulses (coaching.md 2.8, method B step 1). Because shrinking is proportional, impulses of one
cause and one corner can be kept as one number, and a metre may spread over several causes by weights.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from coach.arrays import FloatArray, IntArray


def price_plain(
    energy: FloatArray, time_lost_s: FloatArray, weights: FloatArray, window: IntArray, unit: IntArray, counts: tuple[int, int]
) -> tuple[FloatArray, FloatArray]:
    """Seconds per (window, unit, cause): paid in the window, owed to what was done in the unit; and seconds gained per (window, unit).

    `energy`, shape (m,), J/kg, + = own lap faster. `time_lost_s`, shape (m - 1,): time lost to speed on each step, s, + = slower.
    `weights`, shape (m - 1, k): causes of the energy lost on each step, rows sum to 1. `window` and `unit`, shape (m - 1,): where
    each step lies, neither ever falling; `counts`: how many there are. Returns prices, shape (windows, units, k), and gains, shape
    (windows,), s, negative. Energy missing at the first station is owed to the last cause (unexplained). No NaN may be passed in.
    """
    causes = weights.shape[1]
    prices = np.zeros((counts[0], counts[1], causes))
    gains = np.zeros(counts)
    still_open = np.zeros((counts[1], causes))
    if energy[0] < 0.0:
        still_open[unit[0], causes - 1] = -energy[0]
    oldest = unit[0]
    for i in range(len(time_lost_s)):
        here = unit[i]
        before, after = min(energy[i], 0.0), min(energy[i + 1], 0.0)
        if after < before:
            for c in range(causes):
                still_open[here, c] += (before - after) * weights[i, c]
        elif after > before:
            for origin in range(oldest, here + 1):
                for c in range(causes):
                    still_open[origin, c] *= after / before
            if after == 0.0:
                oldest = here
        total = 0.0
        for origin in range(oldest, here + 1):
            for c in range(causes):
                total += still_open[origin, c]
        if total > 0.0 and time_lost_s[i] > 0.0:
            for origin in range(oldest, here + 1):
                for c in range(causes):
                    prices[window[i], origin, c] += time_lost_s[i] * still_open[origin, c] / total
        else:
            gains[window[i], here] += time_lost_s[i]
    return prices, gains


price = njit(cache=True)(price_plain)

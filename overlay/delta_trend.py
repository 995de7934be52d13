"""Where the running delta is going: its slope over time, as calm as an eye can use it."""

from __future__ import annotations

import math

LAG_S = 0.7  # as long as an eye rests on the bar; shorter trembles


class DeltaTrend:
    """The slope of the delta, s/s, + = losing now."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """From level: a step of the delta is no gain and no loss."""
        self._trend, self._last_s, self._at_s = 0.0, math.nan, math.nan

    def take(self, delta_s: float, t_s: float) -> float:
        """The delta at this instant of the session's clock; gives the trend."""
        elapsed_s = t_s - self._at_s
        if elapsed_s > 0.0:  # NaN, the first time: no
            weight = min(elapsed_s / LAG_S, 1.0)
            self._trend += weight * ((delta_s - self._last_s) / elapsed_s - self._trend)
        self._last_s, self._at_s = delta_s, t_s
        return self._trend

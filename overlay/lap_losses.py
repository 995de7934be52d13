"""Time lost per metre in equal pieces of the lap under way, for the map's colours."""

from __future__ import annotations

import math

PIECES = 60  # of the lap


class LapLosses:
    """Piece by piece as they are driven.

    `s_per_m`: of each piece, + = losing; None where this lap has not been, or nothing is known. The same tuple until one changes.
    """

    def __init__(self) -> None:
        self._piece = -1
        self.begin_lap()

    def begin_lap(self) -> None:
        """A new lap has no colours yet."""
        self.s_per_m: tuple[float | None, ...] = (None,) * PIECES
        self._delta_s = math.nan  # where the piece began

    def take(self, lap_dist_frac: float, delta_s: float, length_m: float) -> None:
        """When a piece of the lap is over, what was lost on it. `lap_dist_frac` in [0, 1)."""
        piece = int(lap_dist_frac * PIECES)
        if piece == self._piece:
            return
        before_s = self._delta_s
        self._delta_s = delta_s if piece in {0, self._piece + 1} else math.nan  # jumped into it: where it began was not seen
        if piece == self._piece + 1 and math.isfinite(before_s) and math.isfinite(delta_s):
            lost = (delta_s - before_s) / (length_m / PIECES)
            self.s_per_m = (*self.s_per_m[: self._piece], lost, *self.s_per_m[self._piece + 1 :])
        self._piece = piece

"""A cue that was said long before its corner, once more for the eye on the approach: quiet, and gone when the driver acts.

Words may only be said on a straight that is long enough, which can be 40 s and some corners before the one that they are about.
"""

from __future__ import annotations

import math
from dataclasses import replace

from overlay.state import CueLine, CueState

# Before he acts. Spoken words end a second before that (settings.end_before_action_s); a glance and reading three words take two more.
APPROACH_S = 3.0


class Reminder:
    """The newest cue about a topic, until its corner was reached."""

    def __init__(self) -> None:
        self._line: CueLine | None = None
        self._action_m = self._ahead_m = math.nan

    def said(self, line: CueLine, action_m: float) -> None:
        """A cue on the line, for a corner before which the driver acts at that station."""
        self._line = replace(line, state=CueState.REMINDER, until_s=math.inf)
        self._action_m, self._ahead_m = action_m, math.inf

    def forget(self) -> None:
        """It counts no more."""
        self._line = None

    def on(self, station_m: float, speed_mps: float, length_m: float) -> CueLine | None:
        """What it would show at this place; to be asked in every tick, for it must see the corner go by."""
        if self._line is None:
            return None
        before_m, self._ahead_m = self._ahead_m, (self._action_m - station_m) % length_m
        if self._ahead_m > before_m + length_m / 2:
            self._line = None
        return self._line if self._ahead_m <= APPROACH_S * speed_mps else None

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
    """The newest cue about a topic, until its corner was passed."""

    def __init__(self) -> None:
        self._line: CueLine | None = None
        self._action_m = math.nan
        self._shown = False

    def said(self, line: CueLine, action_m: float) -> None:
        """A cue on the line, for a corner before which the driver acts at that station."""
        self._line, self._action_m, self._shown = replace(line, state=CueState.REMINDER, until_s=math.inf), action_m, False

    def forget(self) -> None:
        """It counts no more."""
        self._line = None

    def on(self, station_m: float, speed_mps: float, length_m: float) -> CueLine | None:
        """What is shown at this place; once the corner is reached nothing, until another cue was said."""
        if self._line is None:
            return None
        near = (self._action_m - station_m) % length_m <= APPROACH_S * speed_mps
        if self._shown and not near:
            self._line = None
        self._shown = near
        return self._line if near else None

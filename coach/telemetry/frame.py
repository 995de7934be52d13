"""One tick of the live loop: our names, SI units, our signs, clamped; a channel that the car does not have is NaN.

A frame is a copy: nothing in it refers to the simulator's memory. It knows only live channels; wheel speeds and positions on
earth exist on disk only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray
from coach.telemetry.channels import LIVE_CHANNELS

INDEX: dict[str, int] = {channel.name: i for i, channel in enumerate(LIVE_CHANNELS)}
_LOWEST = np.array([-np.inf if channel.clamp is None else channel.clamp[0] for channel in LIVE_CHANNELS])
_HIGHEST = np.array([np.inf if channel.clamp is None else channel.clamp[1] for channel in LIVE_CHANNELS])


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One tick. `values`, shape (len(LIVE_CHANNELS),), read-only, in the order of the channel table; NaN where missing.

    `tick` is the simulator's own counter of published ticks (not `session_tick`); two frames of one connection that follow
    each other without loss differ by one.
    """

    tick: int
    values: FloatArray

    def __getitem__(self, name: str) -> float:
        """The channel's value. KeyError: not a live channel."""
        return self.values.item(INDEX[name])

    def has(self, name: str) -> bool:
        """Whether the tick carries a number for this channel."""
        return not math.isnan(self.values.item(INDEX[name]))


def frame_of(tick: int, values: FloatArray) -> Frame:
    """A frame that takes over `values` (in the order of the table): clamps them in place and makes them read-only."""
    np.maximum(values, _LOWEST, out=values)
    np.minimum(values, _HIGHEST, out=values)
    values.flags.writeable = False
    return Frame(tick, values)

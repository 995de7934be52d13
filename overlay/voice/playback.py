"""One clip on its way to the ear, and what became of it."""

from __future__ import annotations

from enum import Enum
from typing import Any

from overlay.voice.clip import Clip


class PlayState(Enum):
    """What became of a request to play."""

    WAITING = "waiting"
    PLAYING = "playing"
    DONE = "done"
    STOPPED = "stopped"  # by `stop`, while waiting or playing
    LATE = "late"  # its planned time had passed by more than 20 ms
    NO_DEVICE = "no device"  # nothing is open, or it went away meanwhile
    NOT_READY = "not ready"  # not rendered yet
    MUTED = "muted"


REFUSED = frozenset({PlayState.LATE, PlayState.NO_DEVICE, PlayState.NOT_READY, PlayState.MUTED})


class Playback:
    """What `play` returns; may be read at any time from any thread."""

    __slots__ = ("action", "at_s", "clip", "clock_offset_s", "final")

    def __init__(self, clip: Clip, at_s: float | None, final: PlayState | None = None) -> None:
        self.clip = clip
        self.at_s = at_s  # planned first sample, on the mixer's clock; None: as soon as possible
        self.final = final  # once it is certain
        self.action: Any = None  # the mixing library's record, once handed over; its thread writes into it
        self.clock_offset_s = 0.0  # the library's clock minus the mixer's, when handed over

    @property
    def state(self) -> PlayState:
        """What became of it so far."""
        if self.final is not None:
            return self.final
        if self.action is None or not self.action.done_frames:
            return PlayState.WAITING
        return PlayState.DONE if self.action.done_frames >= self.action.total_frames else PlayState.PLAYING

    @property
    def refused(self) -> bool:
        """Whether it was never heard, or not to its end, and never will be."""
        return self.state in REFUSED

    @property
    def started_s(self) -> float:
        """When its first sample was heard, as the device tells; NaN before that."""
        if self.action is None or not self.action.done_frames:
            return float("nan")
        return float(self.action.actual_time) - self.clock_offset_s

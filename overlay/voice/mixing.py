"""Mixing: what the sound card's thread does. Adds playing clips into a block, sample by sample at their planned time.

`fill` runs in the sound card's thread beside a simulator: it allocates no sample buffers, takes no lock, logs nothing and
calls nothing outside. Everybody else talks to it by single assignments, which the interpreter makes whole.
"""

from __future__ import annotations

import threading
from enum import Enum

import numpy as np

from overlay.voice.clip import RATE_HZ, Clip, Samples

PLACES = 8  # clips that may sound or wait at once: a cue, tones, a reactive call, and some plans
LATEST_S = 0.020  # a planned clip that would start later than this is not started at all
RAMP = 240  # 5 ms: volume changes and stops without a click
LONGEST_BLOCK = RATE_HZ  # no device asks for a second at once


class PlayState(Enum):
    """What became of a request to play."""

    WAITING = "waiting"
    PLAYING = "playing"
    DONE = "done"
    STOPPED = "stopped"  # by `stop`, while waiting or playing
    LATE = "late"  # its planned time had passed by more than LATEST_S
    NO_DEVICE = "no device"  # nothing is open, or it went away meanwhile
    FULL = "full"  # every place was taken
    NOT_READY = "not ready"  # not rendered yet
    MUTED = "muted"


REFUSED = frozenset({PlayState.LATE, PlayState.NO_DEVICE, PlayState.FULL, PlayState.NOT_READY, PlayState.MUTED})


class Playback:
    """One clip on its way to the ear. `state` is written by the sound card's thread and read by anyone."""

    __slots__ = ("at_s", "clip", "started_s", "state", "stopping", "taken")

    def __init__(self, clip: Clip, at_s: float | None, state: PlayState = PlayState.WAITING) -> None:
        self.clip = clip
        self.at_s = at_s  # planned first sample on the stream's clock; None: as soon as possible
        self.state = state
        self.started_s = float("nan")  # first sample on the stream's clock
        self.stopping = False
        self.taken = 0  # samples mixed so far

    @property
    def refused(self) -> bool:
        """Whether it was never heard and never will be."""
        return self.state in REFUSED


class Mixing:
    """Places for clips, a volume, and `fill`."""

    def __init__(self) -> None:
        self.volume = 1.0
        self.ducked = 1.0  # a second factor, below 1 while somebody else speaks
        self._gain = 1.0
        self._places: list[Playback | None] = [None] * PLACES
        self._adding = threading.Lock()  # among those who add; `fill` never takes it
        self._scratch: Samples = np.zeros(LONGEST_BLOCK, dtype=np.float32)
        self._rise: Samples = np.linspace(0.0, 1.0, RAMP, dtype=np.float32)
        self._fall: Samples = self._rise[::-1].copy()

    def add(self, playback: Playback) -> None:
        """Give it a place, or mark it FULL."""
        with self._adding:
            for index, taken in enumerate(self._places):
                if taken is None:
                    self._places[index] = playback
                    return
        playback.state = PlayState.FULL

    def stop(self) -> None:
        """Fade out what sounds, drop what waits."""
        for playback in self._places:
            if playback is not None:
                playback.stopping = True

    def lose_all(self) -> None:
        """The device is gone: nothing of this will be heard. Called when no thread runs `fill`."""
        for index, playback in enumerate(self._places):
            if playback is not None:
                playback.state = PlayState.NO_DEVICE
                self._places[index] = None

    def fill(self, out: Samples, block_s: float) -> None:
        """Mix the next block into `out` (mono, zeroed here); `block_s` is the time its first sample is heard, on the stream's clock."""
        out.fill(0.0)
        for index in range(PLACES):
            playback = self._places[index]
            if playback is not None and self._mix(playback, out, block_s):
                self._places[index] = None
        self._apply_gain(out)
        np.clip(out, -1.0, 1.0, out=out)

    def _mix(self, playback: Playback, out: Samples, block_s: float) -> bool:
        """Add one clip's share of the block; True when its place is free again."""
        start = 0
        if playback.state is PlayState.WAITING:
            if playback.stopping:
                playback.state = PlayState.STOPPED
                return True
            if playback.at_s is not None:
                start = round((playback.at_s - block_s) * RATE_HZ)
                if start >= len(out):
                    return False
                if start < -LATEST_S * RATE_HZ:
                    playback.state = PlayState.LATE
                    return True
                start = max(start, 0)
            playback.started_s = block_s + start / RATE_HZ
            playback.state = PlayState.PLAYING
        samples = playback.clip.samples
        count = min(len(out) - start, len(samples) - playback.taken)
        piece = samples[playback.taken : playback.taken + count]
        if playback.stopping:
            count = min(count, RAMP)
            np.multiply(piece[:count], self._fall[:count], out=self._scratch[:count])
            piece = self._scratch[:count]
        np.add(out[start : start + count], piece, out=out[start : start + count])
        playback.taken += count
        if playback.stopping:
            playback.state = PlayState.STOPPED
        elif playback.taken == len(samples):
            playback.state = PlayState.DONE
        return playback.state is not PlayState.PLAYING

    def _apply_gain(self, out: Samples) -> None:
        target = self.volume * self.ducked
        if target != self._gain:
            count = min(RAMP, len(out))
            ramp = self._scratch[:count]
            np.multiply(self._rise[:count], target - self._gain, out=ramp)
            np.add(ramp, self._gain, out=ramp)
            np.multiply(out[:count], ramp, out=out[:count])
            np.multiply(out[count:], target, out=out[count:])
            self._gain = target
        elif target != 1.0:
            np.multiply(out, target, out=out)

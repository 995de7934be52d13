"""Keeps the ticks of the lap under way and of the metres before it, and gives each complete lap as a recording.

One block of memory, allocated once; a lap that is longer than it is given up. Writing files is the caller's business.
"""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path

import numpy as np

from coach.arrays import FloatArray
from coach.telemetry.channels import LIVE_CHANNELS
from coach.telemetry.frame import INDEX, Frame
from coach.telemetry.recording import Recording, SessionInfo

CAPACITY_TICKS = 60 * 60 * 12  # twelve minutes: the longest lap of any track that is raced (Nordschleife, 8 min) with its margins
LEAD_TICKS = 60 * 12  # of driving kept before the line: longer than any braking zone that begins before it
NAMES = tuple(channel.name for channel in LIVE_CHANNELS)
CLOCK, POSITION = INDEX["session_time_s"], INDEX["lap_dist_frac"]


class Recorder:
    """The ticks since a while before the line."""

    def __init__(self, capacity: int = CAPACITY_TICKS) -> None:
        self._block: FloatArray = np.empty((capacity, len(NAMES)))
        self._filled = 0

    def add(self, frame: Frame) -> None:
        """Keep a tick; a lap that does not end is forgotten when the block is full."""
        if self._filled == self._block.shape[0]:
            self._keep_last(LEAD_TICKS)
        self._block[self._filled] = frame.values
        self._filled += 1

    def forget(self) -> None:
        """The drive was broken: nothing before this belongs to what follows."""
        self._filled = 0

    def since(self, time_s: float) -> FloatArray:
        """The kept ticks from this time on the session clock on, shape (k, len(NAMES)): a view, good until the next tick."""
        first = bisect_left(range(self._filled), time_s, key=lambda tick: self._block[tick, CLOCK])
        return self._block[first : self._filled]

    def take(self, session: SessionInfo, after_line_ticks: int) -> Recording:
        """The lap that ended `after_line_ticks` ago with its margins; the ticks after the line, and a lead before it, stay for the next."""
        recording = recording_of(self._block[: self._filled], session)
        self._keep_last(after_line_ticks + LEAD_TICKS)
        return recording

    def _keep_last(self, ticks: int) -> None:
        kept = min(ticks, self._filled)
        self._block[:kept] = self._block[self._filled - kept : self._filled].copy()
        self._filled = kept


def recording_of(ticks: FloatArray, session: SessionInfo, name: str = "live") -> Recording:
    """Ticks of shape (k, len(LIVE_CHANNELS)), copied, as a recording; channels that are NaN throughout are absent."""
    known = np.flatnonzero(~np.isnan(ticks).all(axis=0))
    place = {NAMES[channel]: i for i, channel in enumerate(known)}
    columns = np.array([ticks[:, channel] for channel in known])
    return Recording(
        Path(name), session, ticks.shape[0], lambda channel: columns[place[channel]] if channel in place else None, frozenset(place)
    )

"""What an open output stream tells of itself: its clock, its delay, its gaps, and whether it still lives.

It is asked now and then by whoever keeps it open, under the lock of the stream's Python side.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection
from typing import Any

import numpy as np

from overlay.voice.clip import Samples

DEAD_AFTER_S = 3.0  # a sound server may take 2 s until its first sample moves
PROBE: Samples = np.zeros(1, dtype=np.float32)  # one silent sample: tells that the stream lives, and its delay
PROBES_KEPT = 240  # a minute


class StreamWatch:
    """Of one stream, from its opening on."""

    def __init__(self, stream: Any) -> None:
        self.underruns = 0  # gaps in the sound
        self.delays_s: deque[float] = deque(maxlen=PROBES_KEPT)  # from a call until its first sample is heard, as the device reports it
        self.offset_s = 0.0  # the library's clock minus ours
        self.has_times = True  # whether the device tells when its samples are heard
        self._stream = stream
        self._probe: Any = None
        self._probe_asked_s = 0.0  # on the library's clock
        self._stats: Any = None
        self._alive_s = time.perf_counter()

    @property
    def is_alive(self) -> bool:
        """Whether it has answered lately."""
        return time.perf_counter() - self._alive_s < DEAD_AFTER_S

    def look(self) -> Collection[Any]:
        """Read clock, delay and gaps, and ask anew; gives the actions that the stream still works on. A dying stream raises whatever it does."""
        self._read_clock()
        actions: Collection[Any] = self._stream.actions
        if self._probe is not None and self._probe not in actions:
            self._alive_s = time.perf_counter()
            delay_s = self._probe.actual_time - self._probe_asked_s
            self.has_times = 0.0 < delay_s < DEAD_AFTER_S
            self.delays_s.append(delay_s if self.has_times else float(self._stream.latency))
            self._probe = None
        if self._stats is not None and self._stats not in actions:
            self.underruns += self._stats.stats.output_underflows
            self._stats = None
        if self._probe is None:
            self._probe_asked_s = self._stream.time
            self._probe = self._stream.play_buffer(PROBE, channels=1)
        if self._stats is None:
            self._stats = self._stream.fetch_and_reset_stats()
        return actions

    def _read_clock(self) -> None:
        """Compare the clocks, as exactly as a busy interpreter allows; again at each look, because people set the wall clock."""
        best_s = float("inf")
        for _ in range(5):
            before_s = time.perf_counter()
            library_s = self._stream.time
            after_s = time.perf_counter()
            if after_s - before_s < best_s:
                best_s = after_s - before_s
                self.offset_s = library_s - (before_s + after_s) / 2

"""The 20-second output test: ticks on the second, and what the sound library tells of its delay and its steadiness meanwhile.

It measures what happens inside this machine. What a wireless headset adds after that nobody inside can see; the driver compares
the ticks with the printed beats and sets the output delay.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from overlay.voice.mixer import Mixer
from overlay.voice.mixing import PlayState
from overlay.voice.tones import brake_tick

LEAD_S = 1.0  # the first tick is planned this far ahead


@dataclass(frozen=True, slots=True)
class OutputReport:
    """Delays in s. `reported_*`: from the callback until its first sample is heard, as the device says."""

    ticks: int
    played: int
    reported_min_s: float
    reported_median_s: float
    reported_max_s: float
    callback_median_s: float
    callback_longest_s: float
    underruns: int
    worst_start_s: float  # planned against started, largest difference; after the stream's own clock


def run_output_test(mixer: Mixer, seconds: int, on_beat: Callable[[int], None]) -> OutputReport:
    """Play a tick each second, calling `on_beat` when it is due to be heard; takes `seconds`, needs an open mixer."""
    tick = brake_tick()
    before = mixer.history().underruns
    start_s = mixer.now_s + LEAD_S
    playbacks = []
    for beat in range(seconds):
        playbacks.append(mixer.play(tick, start_s + beat))
        time.sleep(max(0.0, start_s + beat - mixer.now_s))
        on_beat(beat + 1)
    time.sleep(LEAD_S)
    history = mixer.history()
    during = history.ran_s > start_s - LEAD_S
    delay, gaps = history.delay_s[during], np.diff(history.ran_s[during])
    off_s = [abs(each.started_s - each.at_s) for each in playbacks if each.state is PlayState.DONE and each.at_s is not None]
    return OutputReport(
        ticks=seconds,
        played=len(off_s),
        reported_min_s=float(delay.min()) if len(delay) else float("nan"),
        reported_median_s=float(np.median(delay)) if len(delay) else float("nan"),
        reported_max_s=float(delay.max()) if len(delay) else float("nan"),
        callback_median_s=float(np.median(gaps)) if len(gaps) else float("nan"),
        callback_longest_s=float(gaps.max()) if len(gaps) else float("nan"),
        underruns=history.underruns - before,
        worst_start_s=max(off_s, default=float("nan")),
    )

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
from overlay.voice.playback import PlayState
from overlay.voice.tones import brake_tick

LEAD_S = 1.0  # the first tick is planned this far ahead


@dataclass(frozen=True, slots=True)
class OutputReport:
    """Delays in s, from a call until its first sample is heard, as the device reports it."""

    ticks: int
    played: int
    delay_min_s: float
    delay_median_s: float
    delay_max_s: float
    underruns: int  # gaps in the sound
    worst_start_s: float  # planned against started, largest difference, on the stream's own clock


def run_output_test(mixer: Mixer, seconds: int, on_beat: Callable[[int], None]) -> OutputReport:
    """Play a tick each second, calling `on_beat` when it is due to be heard; takes `seconds`, needs an open mixer."""
    tick = brake_tick()
    underruns = mixer.underruns
    start_s = mixer.now_s + LEAD_S
    playbacks = []
    for beat in range(seconds):
        playbacks.append(mixer.play(tick, start_s + beat))
        time.sleep(max(0.0, start_s + beat - mixer.now_s))
        on_beat(beat + 1)
    time.sleep(LEAD_S)
    delays = np.array(mixer.delays_s or [float("nan")])
    off_s = [abs(each.started_s - each.at_s) for each in playbacks if each.state is PlayState.DONE and each.at_s is not None]
    return OutputReport(
        ticks=seconds,
        played=len(off_s),
        delay_min_s=float(delays.min()),
        delay_median_s=float(np.median(delays)),
        delay_max_s=float(delays.max()),
        underruns=mixer.underruns - underruns,
        worst_start_s=max(off_s, default=float("nan")),
    )

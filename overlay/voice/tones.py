"""Tones: the coach without words. Three rising approach tones whose third one falls on the point of action, and a brake tick."""

from __future__ import annotations

import numpy as np

from coach.cues.tones import APPROACH_S, APPROACH_STEP_S
from overlay.voice.clip import RATE_HZ, Clip, Samples, clip_of

# A pure fourth and an octave above A4: far enough apart to be told from each other at once, below the whine of gears and tyres.
APPROACH_HZ = (440.0, 587.33, 880.0)
TONE_S = 0.12
TICK_HZ = 1760.0
TICK_S = 0.03
LEVEL = 0.2  # peak, about as loud as speech at its level
EDGE_S = 0.008  # rise and fall: soft, yet exact in time


def approach_tones() -> Clip:
    """Three rising tones; the third starts APPROACH_S after the first."""
    sound = np.zeros(int((APPROACH_S + TONE_S) * RATE_HZ), dtype=np.float32)
    for step, hz in enumerate(APPROACH_HZ):
        start = int(step * APPROACH_STEP_S * RATE_HZ)
        tone = _tone(hz, TONE_S)
        sound[start : start + len(tone)] += tone
    return clip_of("", sound)


def brake_tick() -> Clip:
    """One short tick at the braking point."""
    return clip_of("", _tone(TICK_HZ, TICK_S))


def notice_tone() -> Clip:
    """The first approach tone alone: something new is on the screen."""
    return clip_of("", _tone(APPROACH_HZ[0], TONE_S))


def _tone(hz: float, length_s: float) -> Samples:
    t = np.arange(int(length_s * RATE_HZ)) / RATE_HZ
    edge = np.clip(np.minimum(t, length_s - t) / EDGE_S, 0.0, 1.0)
    sound: Samples = (LEVEL * np.sin(2 * np.pi * hz * t) * np.sin(edge * np.pi / 2) ** 2).astype(np.float32)
    return sound

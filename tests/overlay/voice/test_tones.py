"""The coach without words."""

from __future__ import annotations

import numpy as np
import pytest

from coach.cues.tones import APPROACH_S
from overlay.voice.clip import RATE_HZ
from overlay.voice.tones import APPROACH_HZ, LEVEL, approach_tones, brake_tick, notice_tone
from tests.overlay.voice.sound_server import bursts


def test_three_tones_rise_and_the_third_falls_on_the_action() -> None:
    sound = approach_tones().samples
    found = bursts(sound)
    assert len(found) == 3
    pitches = []
    for start, end in found:
        piece = sound[start:end]
        pitches.append(np.argmax(np.abs(np.fft.rfft(piece, RATE_HZ))))
    assert pitches == pytest.approx(APPROACH_HZ, abs=3)
    assert found[2][0] / RATE_HZ == pytest.approx(APPROACH_S, abs=0.002)


@pytest.mark.parametrize("clip", [approach_tones(), brake_tick(), notice_tone()])
def test_tones_are_soft_edged_and_never_loud(clip) -> None:
    assert np.abs(clip.samples).max() == pytest.approx(LEVEL, rel=0.05)
    assert abs(clip.samples[0]) < 1e-3
    assert abs(clip.samples[-1]) < 1e-3

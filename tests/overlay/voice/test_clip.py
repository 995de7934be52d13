"""Raw speech becomes a clip."""

from __future__ import annotations

import numpy as np
import pytest

from overlay.voice.clip import LEAD_S, PEAK, RATE_HZ, SPEECH_LEVEL_DB, TAIL_S, clip_of, speech_level_db, speech_samples


def tone(length_s: float, level: float, rate_hz: int = RATE_HZ, hz: float = 300.0) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(int(length_s * rate_hz)) / rate_hz)).astype(np.float32)


def silence(length_s: float, rate_hz: int = RATE_HZ) -> np.ndarray:
    return np.zeros(int(length_s * rate_hz), dtype=np.float32)


def test_silence_around_speech_is_cut_and_pauses_inside_stay() -> None:
    raw = np.concatenate([silence(0.4), tone(0.5, 0.1), silence(0.2), tone(0.3, 0.1), silence(0.7)])
    length_s = len(speech_samples(raw, RATE_HZ)) / RATE_HZ
    assert length_s == pytest.approx(1.0 + LEAD_S + TAIL_S, abs=0.011)


@pytest.mark.parametrize("rate_hz", [22_050, 24_000, 48_000])
def test_any_rate_keeps_length_and_pitch(rate_hz: int) -> None:
    out = speech_samples(tone(1.0, 0.1, rate_hz), rate_hz)
    assert len(out) / RATE_HZ == pytest.approx(1.0, abs=0.011 + LEAD_S + TAIL_S)
    spectrum = np.abs(np.fft.rfft(out))
    assert np.argmax(spectrum) * RATE_HZ / len(out) == pytest.approx(300, abs=2)


@pytest.mark.parametrize("level", [0.01, 0.05, 0.9])
def test_every_phrase_is_equally_loud(level: float) -> None:
    assert speech_level_db(speech_samples(tone(0.5, level), RATE_HZ)) == pytest.approx(SPEECH_LEVEL_DB, abs=0.3)


def test_pauses_do_not_make_a_phrase_louder() -> None:
    spaced = np.concatenate([tone(0.2, 0.1), silence(0.5), tone(0.2, 0.1)])
    assert np.abs(speech_samples(spaced, RATE_HZ)).max() == pytest.approx(np.abs(speech_samples(tone(0.4, 0.1), RATE_HZ)).max(), rel=0.05)


def test_a_spiky_sound_does_not_clip() -> None:
    raw = tone(0.5, 0.01)
    raw[5000] = 0.9
    assert np.abs(speech_samples(raw, RATE_HZ)).max() <= PEAK + 1e-6


def test_edges_are_silent() -> None:
    out = speech_samples(tone(0.5, 0.5), RATE_HZ)
    assert out[0] == 0
    assert out[-1] == 0


@pytest.mark.parametrize("raw", [silence(0.5), silence(0.0), np.full(1000, np.nan, dtype=np.float32)])
def test_nothing_to_hear_is_refused(raw: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"silent|no numbers"):
        speech_samples(raw, RATE_HZ)


def test_the_sound_cards_thread_reads_what_nobody_changes() -> None:
    clip = clip_of("x", tone(0.1, 0.1))
    with pytest.raises(ValueError, match="read-only"):
        clip.samples[0] = 1
    assert clip.spoken_s == pytest.approx(0.1)

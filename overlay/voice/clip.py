"""A clip: one phrase or tone, ready to be mixed. Raw speech becomes a clip here: resampled, trimmed, levelled, faded.

It does not know where the sound came from or when it is played.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000  # every device takes it, and the callback never resamples

Samples = npt.NDArray[np.float32]

FRAME_S = 0.01  # level is judged over 10 ms, two to three periods of a low voice
SILENCE_BELOW_DB = -40.0  # a frame this far below the loudest one is silence; room for weak "s" and "f", which lie 25-30 dB down
NO_SOUND = 1e-3  # -60 dB re full scale: engines speak at -10 to -20, and the noise of 16 bits is at -93
LEAD_S = 0.005  # kept before the first sound, so that its rise is whole
TAIL_S = 0.03  # kept after the last one: the decay of a plosive
FADE_S = 0.004  # edges start and end at zero: no click

SPEECH_LEVEL_DB = -20.0  # mean level of the voiced parts, re full scale; -20 leaves room for speech peaks (12-15 dB above its mean)
PEAK = 0.89  # -1 dB re full scale: nothing clips when it is converted to integers


@dataclass(frozen=True, slots=True)
class Clip:
    """Sound that can be mixed at once. A text-only clip has no samples; `spoken_s` then is the time it takes to read."""

    text: str
    samples: Samples  # mono at RATE_HZ, read-only
    spoken_s: float


def clip_of(text: str, samples: Samples) -> Clip:
    """Samples at RATE_HZ as a clip; they are made read-only, because the sound card's thread reads them."""
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    samples.flags.writeable = False
    return Clip(text, samples, len(samples) / RATE_HZ)


def speech_samples(raw: Samples, rate_hz: int) -> Samples:
    """Raw speech at any rate as samples for a clip: 48 kHz, no silence around it, the same loudness as every other phrase.

    ValueError: there is nothing to hear in it, or it holds NaN.
    """
    if not np.all(np.isfinite(raw)):
        raise ValueError("the speech holds samples that are no numbers")
    sound = trimmed(resampled(raw, rate_hz))
    if not len(sound):
        raise ValueError("the speech is silent")
    return faded(levelled(sound))


def resampled(raw: Samples, rate_hz: int) -> Samples:
    """The same sound at RATE_HZ."""
    if rate_hz == RATE_HZ:
        return raw
    import soxr  # noqa: PLC0415 - only the helper process resamples

    return np.asarray(soxr.resample(raw, rate_hz, RATE_HZ), dtype=np.float32)


def frame_levels(samples: Samples) -> npt.NDArray[np.float64]:
    """Root mean square of each 10 ms frame; the last, incomplete one counts as if silence followed."""
    frame = int(FRAME_S * RATE_HZ)
    whole = -(-len(samples) // frame) * frame
    padded = np.zeros(whole)
    padded[: len(samples)] = samples
    level: npt.NDArray[np.float64] = np.sqrt(np.mean(padded.reshape(-1, frame) ** 2, axis=1))
    return level


def loud_frames(samples: Samples) -> npt.NDArray[np.intp]:
    """Indices of the frames that are no silence."""
    levels = frame_levels(samples)
    if not len(levels) or levels.max() < NO_SOUND:
        return np.empty(0, dtype=np.intp)
    return np.flatnonzero(levels > levels.max() * 10 ** (SILENCE_BELOW_DB / 20))


def trimmed(samples: Samples) -> Samples:
    """Without the silence before and after; empty when nothing sounds."""
    loud = loud_frames(samples)
    if not len(loud):
        return samples[:0]
    frame = int(FRAME_S * RATE_HZ)
    start = max(0, loud[0] * frame - int(LEAD_S * RATE_HZ))
    return samples[start : (loud[-1] + 1) * frame + int(TAIL_S * RATE_HZ)]


def speech_level_db(samples: Samples) -> float:
    """Mean level of the sounding frames, dB re full scale: pauses between words do not make a phrase softer."""
    levels = frame_levels(samples)[loud_frames(samples)]
    return float(20 * np.log10(np.sqrt(np.mean(levels**2))))


def levelled(samples: Samples) -> Samples:
    """At SPEECH_LEVEL_DB, or as near as PEAK allows."""
    gain = 10 ** ((SPEECH_LEVEL_DB - speech_level_db(samples)) / 20)
    gain = min(gain, PEAK / float(np.abs(samples).max()))
    return samples * np.float32(gain)


def faded(samples: Samples) -> Samples:
    """Starting and ending at zero."""
    count = min(int(FADE_S * RATE_HZ), len(samples) // 2)
    ramp = np.linspace(0.0, 1.0, count, dtype=np.float32)
    out = samples.copy()
    out[:count] *= ramp
    out[len(out) - count :] *= ramp[::-1]
    return out

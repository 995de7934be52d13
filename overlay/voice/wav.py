"""Clips, and what was mixed of them, as files people can listen to."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from coach.files import atomic_writer
from overlay.voice.clip import RATE_HZ, Samples


def write_wav(path: Path, samples: Samples) -> None:
    """Samples at RATE_HZ as a 16-bit mono file. CannotWrite: full disk, no permission."""
    with atomic_writer(path) as file, wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(np.round(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())

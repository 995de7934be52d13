"""What a speech engine is, and which one to start. Engines run in the helper process only; importing this loads none of them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from overlay.voice.clip import Samples
from overlay.voice.engine_errors import BrokenEngine

ESPEAK, SAPI, KOKORO = "espeak", "sapi", "kokoro"


class Engine(Protocol):
    """One voice of one engine, loaded."""

    def speak(self, text: str, speed: float) -> tuple[Samples, int]:
        """Raw mono speech and its rate in Hz. Unspeakable: nothing came of this text."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine and voice to start. An empty voice is the engine's best for English."""

    engine: str
    voice: str = ""
    folder: Path | None = None  # of the neural voice's model


def system_engine(voice: str = "") -> EngineChoice:
    """The voice that every machine has: SAPI5 on Windows, espeak-ng from its wheel elsewhere."""
    return EngineChoice(SAPI if sys.platform == "win32" else ESPEAK, voice)


def load_engine(choice: EngineChoice) -> Engine:
    """Load an engine in this process. BrokenEngine: it cannot work here."""
    if choice.engine == ESPEAK:
        from overlay.voice.espeak import Espeak  # noqa: PLC0415 - each engine is loaded only where it is used

        return Espeak(choice.voice)
    if choice.engine == SAPI:
        from overlay.voice.sapi import Sapi  # noqa: PLC0415

        return Sapi(choice.voice)
    if choice.engine == KOKORO:
        from overlay.voice.kokoro import load_kokoro  # noqa: PLC0415

        return load_kokoro(choice.voice, choice.folder)
    raise BrokenEngine(f"no speech engine named {choice.engine}")


def engine_voices(choice: EngineChoice) -> list[str]:
    """Names of the voices an engine offers. BrokenEngine: it cannot work here."""
    if choice.engine == ESPEAK:
        from overlay.voice.espeak import espeak_voices  # noqa: PLC0415

        return espeak_voices()
    if choice.engine == SAPI:
        from overlay.voice.sapi import sapi_voices  # noqa: PLC0415

        return sapi_voices()
    from overlay.voice.kokoro import kokoro_voices  # noqa: PLC0415

    return kokoro_voices(choice.folder)

"""Windows' own voices (SAPI5) through COM. Written from Microsoft's documentation and tested with a stand-in only: it has not run on Windows yet."""

from __future__ import annotations

import math
import tempfile
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from overlay.voice.clip import Samples
from overlay.voice.engine_errors import BrokenEngine, Unspeakable

_CREATE_FOR_WRITE = 3  # SSFMCreateForWrite
_NOT_XML = 16  # SVSFIsNotXML: a "<" in a text is no markup
_48_KHZ_16_BIT_MONO = 38  # SAFT48kHz16BitMono
_RATE_STEPS_PER_THREEFOLD = 10  # SpVoice.Rate: +10 is three times as fast, -10 a third


class Sapi:
    """One voice, speaking into a file; the helper process only."""

    def __init__(self, voice: str = "", create: Callable[[str], Any] | None = None) -> None:
        self._create = create or _com()
        try:
            self._speaker = self._create("SAPI.SpVoice")
            if voice:
                self._speaker.Voice = _token(self._speaker, voice)
        except OSError as error:  # COMError is one
            raise BrokenEngine(f"Windows' voices do not work ({error})") from error

    def speak(self, text: str, speed: float) -> tuple[Samples, int]:
        """Raw speech at 48 kHz."""
        with tempfile.TemporaryDirectory(prefix="racing-coach-voice-") as folder:
            path = Path(folder) / "speech.wav"
            stream = self._create("SAPI.SpFileStream")
            stream.Format.Type = _48_KHZ_16_BIT_MONO
            stream.Open(str(path), _CREATE_FOR_WRITE)
            try:
                self._speaker.AudioOutputStream = stream
                self._speaker.Rate = round(_RATE_STEPS_PER_THREEFOLD * math.log(speed, 3))
                self._speaker.Speak(text, _NOT_XML)
            finally:
                stream.Close()
            with wave.open(str(path)) as file:
                pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
                if not len(pcm):
                    raise Unspeakable("nothing to say in it")
                return pcm.astype(np.float32) / np.float32(32768), file.getframerate()


def sapi_voices() -> list[str]:
    """Descriptions of the installed voices."""
    return [str(token.GetDescription()) for token in _tokens(_com()("SAPI.SpVoice"))]


def _tokens(speaker: Any) -> list[Any]:
    tokens = speaker.GetVoices()
    return [tokens.Item(index) for index in range(tokens.Count)]


def _token(speaker: Any, voice: str) -> Any:
    for token in _tokens(speaker):
        if voice.casefold() in str(token.GetDescription()).casefold():
            return token
    raise BrokenEngine(f'Windows has no voice named "{voice}"')


def _com() -> Callable[[str], Any]:
    try:
        from comtypes.client import CreateObject  # noqa: PLC0415 - Windows only
    except (ImportError, OSError) as error:
        raise BrokenEngine(f"Windows' voices need comtypes: pip install 'racing-coach[voice]' ({error})") from error
    create: Callable[[str], Any] = CreateObject
    return create

"""Windows' voices against a stand-in of their COM objects; the real ones need Windows."""

from __future__ import annotations

import wave
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from overlay.voice.engine_errors import BrokenEngine, Unspeakable
from overlay.voice.sapi import Sapi


class Stream:
    def __init__(self) -> None:
        self.Format = SimpleNamespace(Type=0)

    def Open(self, path: str, mode: int) -> None:
        assert mode == 3
        assert self.Format.Type == 38
        self.file = wave.open(path, "wb")  # noqa: SIM115 - closed by Close, as in Windows
        self.file.setparams((1, 2, 48_000, 0, "NONE", ""))

    def Close(self) -> None:
        self.file.close()


class Speaker:
    def __init__(self) -> None:
        self.Rate, self.Voice, self.AudioOutputStream = 0, None, None

    def GetVoices(self) -> Any:
        names = ["Microsoft David", "Microsoft Hazel"]
        return SimpleNamespace(Count=2, Item=lambda i: SimpleNamespace(GetDescription=lambda: names[i]))

    def Speak(self, text: str, flags: int) -> None:
        assert flags == 16
        assert self.AudioOutputStream
        self.AudioOutputStream.file.writeframes(np.full(len(text) * 100, 16384, dtype="<i2").tobytes())


def create(name: str) -> Any:
    return {"SAPI.SpVoice": Speaker, "SAPI.SpFileStream": Stream}[name]()


def test_speech_comes_from_the_file_windows_wrote() -> None:
    samples, rate_hz = Sapi("hazel", create).speak("Turn one.", 1.0)
    assert (len(samples), rate_hz) == (900, 48_000)
    assert samples == pytest.approx(0.5)


@pytest.mark.parametrize(("speed", "rate"), [(1.0, 0), (3.0, 10), (1 / 3, -10), (1.2, 2)])
def test_speed_is_windows_logarithmic_rate(speed: float, rate: int) -> None:
    voice = Sapi("", create)
    voice.speak("x", speed)
    assert voice._speaker.Rate == rate


def test_trouble_has_its_names() -> None:
    with pytest.raises(BrokenEngine, match="nobody"):
        Sapi("nobody", create)
    with pytest.raises(Unspeakable):
        Sapi("", create).speak("", 1.0)

    def refuse(_: str) -> Any:
        raise OSError("class not registered")

    with pytest.raises(BrokenEngine, match="class not registered"):
        Sapi("", refuse)

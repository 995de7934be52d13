"""The driver changes the voice while the stream is open, on a real sound server."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from coach.wording import catalogue
from overlay.chosen import Chosen
from overlay.live_session import Told
from overlay.order import Order
from overlay.pipeline import Pipeline
from overlay.settings.file import SettingsFile
from tests.overlay.running_app import wait_until
from tests.overlay.voice.conftest import OPENS_S
from tests.overlay.voice.sound_server import SoundServer, bursts

pytestmark = [
    pytest.mark.xdist_group("sound"),
    pytest.mark.skipif(sys.platform == "win32", reason="espeak-ng is the system voice elsewhere"),
]

TEXT = catalogue()["voice"]["test"]


def test_what_every_new_voice_says_is_heard_and_nothing_else_is_told(
    tmp_path: Path, sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PortAudio lists its devices only once, when it begins: whoever begins it again takes the open stream from its owner."""
    import sounddevice  # here: the fixture has skipped where nothing of sound is installed

    monkeypatch.setenv("RACING_COACH_HOME", str(tmp_path))
    begun: list[float] = []
    begins = sounddevice._initialize
    monkeypatch.setattr(sounddevice, "_initialize", lambda: (begun.append(time.perf_counter()), begins()))
    told: list[str] = []
    chosen = Chosen(SettingsFile())
    pipeline = Pipeline(Order(image=tmp_path / "memory.bin"), chosen, Told(told.append, print, print), lambda: told.append("no voice"))
    chosen.on_change = pipeline.use
    try:
        assert pipeline.speaker.mixer.wait_open(OPENS_S)
        begun.clear()
        for voice in ({"engine": "system"}, {"speed": 1.5}, {"engine": "tones"}, {"engine": "system", "name": "en-gb"}):
            chosen.keep(replace(chosen.for_all, voice=replace(chosen.for_all.voice, **voice)))
            clip = pipeline.speaker.plan(TEXT).result(30)
            start_s = time.perf_counter()
            playback = pipeline.speaker.say(TEXT)
            time.sleep(clip.spoken_s + 0.3)
            recording = sound_server.heard_since(start_s)
            assert not playback.refused, voice
            assert len(bursts(recording.sound, gap_s=0.5)) == 1, voice
        assert not begun
        chosen.keep(replace(chosen.for_all, voice=replace(chosen.for_all.voice, device="pulse")))
        wait_until(lambda: begun and pipeline.speaker.mixer.is_open, lambda: told)  # another output is looked for anew
        assert not pipeline.speaker.say(TEXT).refused
        assert not told
    finally:
        pipeline.close()

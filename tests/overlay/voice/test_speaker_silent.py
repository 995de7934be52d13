"""The overlay's speaker on a machine without sound."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from overlay.settings.model import Voice as VoiceChoice
from overlay.voice.notice import Level, Notice, Trouble
from overlay.voice.playback import PlayState
from overlay.voice.settings import VoiceSettings, voice_settings
from overlay.voice.speaker import Speaker

pytestmark = [
    pytest.mark.xdist_group("sound"),
    pytest.mark.skipif(sys.platform == "win32", reason="espeak-ng is the system voice elsewhere"),
]

TEXT = "Brake ten metres later."


@pytest.mark.usefixtures("no_sound")
def test_without_sound_everything_answers_and_nothing_raises(tmp_path: Path, notes: list[Notice]) -> None:
    speaker = Speaker(VoiceSettings(cache=tmp_path), notes.append)
    clip = speaker.plan(TEXT).result(30)
    assert clip.spoken_s > 0.8
    assert speaker.say(TEXT).state is PlayState.NO_DEVICE
    assert speaker.play(speaker.approach_tones).refused
    assert speaker.level is Level.TEXT
    speaker.mute(muted=True)
    speaker.say_again()
    speaker.close()
    assert [each.trouble for each in notes] == [Trouble.NO_DEVICE]


@pytest.mark.usefixtures("no_sound")
def test_tones_and_text_start_no_helper(tmp_path: Path) -> None:
    for level in (Level.TONES, Level.TEXT):
        speaker = Speaker(VoiceSettings(level=level, cache=tmp_path), lambda _: None)
        assert len(speaker.plan(TEXT).result(5).samples) == 0 or level is Level.TONES
        assert speaker.voice.helper_pid is None
        assert speaker.voice.level is level
        speaker.close()


def test_the_drivers_settings_become_the_voices() -> None:
    chosen = VoiceChoice(engine="system", name="en-us", speed=1.2, volume=0.5, device="Headset", output_delay_ms=150)
    made = voice_settings(chosen)
    assert (made.level, made.system_voice, made.kokoro_voice) == (Level.SYSTEM, "en-us", "")
    assert (made.speed, made.volume, made.device, made.output_delay_s) == (1.2, 0.5, "Headset", 0.15)
    assert voice_settings(VoiceChoice()) == VoiceSettings(volume=VoiceChoice().volume)

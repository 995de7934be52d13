"""`racing-coach voice`."""

from __future__ import annotations

import argparse
import json
import sys
import time
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coach.cli.main import main
from overlay.cli.voice import add_arguments, voice_wanted
from overlay.voice.notice import Level
from overlay.voice.settings import VoiceSettings
from tests.overlay.voice.conftest import no_sound, sound_server
from tests.overlay.voice.sound_server import SoundServer
from tests.overlay.voice.stand_in import published, write_stand_in

__all__ = ["no_sound", "sound_server"]  # fixtures

pytestmark = [
    pytest.mark.xdist_group("sound"),
    pytest.mark.skipif(sys.platform == "win32", reason="espeak-ng is the system voice elsewhere"),
]


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the person who runs the tests is read or written."""
    monkeypatch.setenv("RACING_COACH_HOME", str(tmp_path))


@pytest.fixture
def set_by_driver(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(
        'version = 1\n[voice]\nengine = "system"\nname = "en-gb"\nspeed = 1.5\nvolume = 0.25\ndevice = "Headset"\noutput_delay_ms = 150\n'
    )


def wanted(*words: str) -> VoiceSettings:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return voice_wanted(parser.parse_args(words))


@pytest.mark.usefixtures("set_by_driver")
def test_the_drivers_settings_hold_until_an_option_says_otherwise() -> None:
    his = VoiceSettings(Level.SYSTEM, system_voice="en-gb", speed=1.5, volume=0.25, device="Headset", output_delay_s=0.15)
    assert wanted("test") == his
    given = wanted("test", "--voice", "en-us", "--speed", "1", "--device", "Speakers", "--delay", "0")
    assert given == replace(his, system_voice="en-us", speed=1.0, device="Speakers", output_delay_s=0.0)
    assert wanted("test", "--level", "tones").level is Level.TONES
    assert wanted("install") == replace(his, level=Level.KOKORO)


@pytest.mark.usefixtures("no_sound", "set_by_driver")
def test_the_test_tries_the_drivers_own_output(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overlay.cli.voice.OPENS_WITHIN_S", 1.0)
    assert main(["voice", "test"]) == 2
    assert 'asked for "Headset"' in capsys.readouterr().err
    assert main(["voice", "test", "--device", "Speakers"]) == 2
    assert 'asked for "Speakers"' in capsys.readouterr().err


def test_a_phrase_becomes_a_wav_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "test", "--out", str(tmp_path / "a.wav"), "--text", "Turn one. Brake ten metres later."]) == 0
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 1, 2)
        pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    assert 1.0 < len(pcm) / 48_000 < 4.0
    assert 0.1 < np.abs(pcm).max() / 32767 < 0.9
    assert str(tmp_path / "a.wav") in capsys.readouterr().out


@pytest.mark.usefixtures("no_sound")
def test_the_list_works_without_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outputs"] == []
    assert "en-gb" in told["voices"]["espeak"]
    assert "kokoro" not in told["voices"]
    assert main(["voice", "list"]) == 0
    assert "racing-coach voice install" in capsys.readouterr().out


@pytest.mark.usefixtures("no_sound")
def test_a_test_without_sound_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overlay.cli.voice.OPENS_WITHIN_S", 1.0)
    assert main(["voice", "test"]) == 2
    assert "No sound output could be opened" in capsys.readouterr().err


def test_the_output_test_prints_what_it_saw(sound_server: SoundServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "test", "--seconds", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["level"] == "system"
    assert told["output"]["played"] == 1
    assert told["output"]["delay_median_s"] > 0.005


def test_the_test_is_as_loud_as_the_driver_has_set(tmp_path: Path, sound_server: SoundServer) -> None:
    loudest = []
    (tmp_path / "config").mkdir()
    for volume in (1.0, 0.25):
        (tmp_path / "config" / "settings.toml").write_text(f"version = 1\n[voice]\nvolume = {volume}\n")
        start_s = time.perf_counter()
        assert main(["voice", "test", "--seconds", "0"]) == 0
        loudest.append(np.abs(sound_server.heard_since(start_s).sound).max())
    assert loudest[1] == pytest.approx(0.25 * loudest[0], rel=0.1)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With the files of a voice as they are published."""
    folder = tmp_path / "files"
    folder.mkdir()
    write_stand_in(folder)
    monkeypatch.setattr("overlay.voice.install.install.__kwdefaults__", {"source": None, "files": published(folder), "got": lambda _: None})
    return folder


def test_installing_from_a_folder_makes_the_neural_voice_speak(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "install", "--from", str(folder)]) == 0
    assert "The coach speaks with: kokoro" in capsys.readouterr().out
    assert len(list((tmp_path / "cache").rglob("*.npz"))) > 0
    assert main(["voice", "list"]) == 0
    assert "kokoro: af_heart, bm_george" in capsys.readouterr().out


def test_installing_a_voice_that_the_engine_has_not_renders_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["voice", "install", "--from", str(folder), "--voice", "nonsense"]) == 2
    assert "racing-coach: --voice nonsense: kokoro has no such voice; it has af_heart, bm_george." in capsys.readouterr().err
    assert not list((tmp_path / "cache").rglob("*.npz"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--voice", "nonsense"], "--voice nonsense: espeak has no such voice; it has en-029, en-gb, "),
        (["--speed", "99"], "--speed 99: expected 0.5 to 2."),
        (["--speed", "nan"], "--speed nan: expected 0.5 to 2."),
        (["--delay", "-1"], "--delay -1: expected 0 to 1."),
        (["--text", " "], "--text is empty: there is nothing to say."),
        (["--level", "text"], "nothing is spoken at the level text: there is nothing to write."),
    ],
)
def test_what_cannot_be_spoken_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str) -> None:
    assert main(["voice", "test", "--out", str(tmp_path / "a.wav"), *words]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "a.wav").exists()


def test_a_speed_that_cannot_be_is_refused_before_the_download(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "install", "--from", str(tmp_path), "--speed", "0"]) == 2
    assert "--speed 0: expected 0.5 to 2." in capsys.readouterr().err


def test_installing_from_an_empty_folder_names_the_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "install", "--from", str(tmp_path)]) == 2
    assert "model_quantized.onnx" in capsys.readouterr().err

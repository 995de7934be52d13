"""`racing-coach voice`."""

from __future__ import annotations

import json
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from coach.cli.main import main
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


def test_installing_from_a_folder_makes_the_neural_voice_speak(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    write_stand_in(folder)
    monkeypatch.setattr("overlay.voice.install.install.__kwdefaults__", {"source": None, "files": published(folder), "got": lambda _: None})
    assert main(["voice", "install", "--from", str(folder)]) == 0
    assert "The coach speaks with: kokoro" in capsys.readouterr().out
    assert len(list((tmp_path / "cache").rglob("*.npz"))) > 0
    assert main(["voice", "list"]) == 0
    assert "kokoro: af_heart, bm_george" in capsys.readouterr().out


def test_installing_from_an_empty_folder_names_the_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voice", "install", "--from", str(tmp_path)]) == 2
    assert "model_quantized.onnx" in capsys.readouterr().err

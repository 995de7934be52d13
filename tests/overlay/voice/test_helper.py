"""The process that renders: what it says, and how it dies."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from overlay.voice.clip import PEAK, SPEECH_LEVEL_DB, speech_level_db
from overlay.voice.engine import ESPEAK, KOKORO, EngineChoice
from overlay.voice.engine_errors import BrokenEngine, Unspeakable
from overlay.voice.helper import Helper, HelperDied
from tests.overlay.voice.phrases import PHRASES

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="espeak-ng is the system voice elsewhere; SAPI needs Windows and is tested with a stand-in"
)


@pytest.fixture(scope="module")
def helper():
    helper = Helper(EngineChoice(ESPEAK))
    yield helper
    helper.close()


@pytest.mark.parametrize("speed", [0.7, 1.0, 1.4])
def test_phrases_are_equally_loud_unclipped_and_as_long_as_speech(helper: Helper, speed: float) -> None:
    for phrase in PHRASES:
        samples = helper.render(phrase, speed)
        assert speech_level_db(samples) == pytest.approx(SPEECH_LEVEL_DB, abs=1.5)
        assert np.abs(samples).max() <= PEAK + 1e-3
        words_per_minute = len(re.findall(r"[a-z]+|\d|\.(?=\d)", phrase.lower())) / (len(samples) / 48_000) * 60 / speed
        assert 80 < words_per_minute < 260, phrase


def test_a_phrase_does_not_carry_over_into_the_next(helper: Helper) -> None:
    """Some variants have an echo, and the library keeps it."""
    fresh = Helper(EngineChoice(ESPEAK))
    first = fresh.render("Brake later.", 1.0)
    fresh.close()
    helper.render("Full throttle sooner!", 1.0)
    after = helper.render("Brake later.", 1.0)
    assert len(after) == pytest.approx(len(first), abs=480)
    assert np.abs(after[:480]).max() == pytest.approx(np.abs(first[:480]).max(), abs=0.02)


def test_speed_is_speed(helper: Helper) -> None:
    slow, calm, fast = (len(helper.render("Brake ten metres later into turn three.", speed)) for speed in (0.7, 1.0, 1.4))
    assert slow > 1.2 * calm
    assert calm > 1.2 * fast


def test_digits_and_words_sound_alike(helper: Helper) -> None:
    assert len(helper.render("35 metres later", 1.0)) == pytest.approx(
        len(helper.render("thirty-five metres later", 1.0)), rel=0.05
    )  # voices flutter by 1-2 %


@pytest.mark.parametrize("text", ["", "   ", "...", "\u2026"])
def test_nothing_to_say_is_told_and_the_helper_lives(helper: Helper, text: str) -> None:
    with pytest.raises(Unspeakable):
        helper.render(text, 1.0)
    assert len(helper.render("Turn one.", 1.0))


@pytest.mark.parametrize("text", ["\U0001f3c1 box box", "日本語", "<speak>a & b</speak>", "Eau Rouge", "a" * 3000, 'quote " and \\ slash'])
def test_strange_text_is_said_somehow(helper: Helper, text: str) -> None:
    assert len(helper.render(text, 1.0))


def test_an_unknown_voice_is_a_broken_engine() -> None:
    with pytest.raises(BrokenEngine, match="no-such-voice"):
        Helper(EngineChoice(ESPEAK, "no-such-voice")).render("x", 1.0)


def test_every_english_voice_that_is_listed_speaks() -> None:
    listed = [name for name in engine_voices_in_a_process() if name.startswith("en")]
    assert "en-gb" in listed
    for name in listed:
        helper = Helper(EngineChoice(ESPEAK, name))
        assert len(helper.render("Turn one.", 1.0))
        helper.close()


def engine_voices_in_a_process() -> list[str]:
    """The library must not be loaded in this one."""
    code = "from overlay.voice.engine import *; print(*engine_voices(EngineChoice(ESPEAK)))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_a_helper_killed_in_the_middle_of_a_phrase_is_told_and_starts_again() -> None:
    helper = Helper(EngineChoice(ESPEAK))
    helper.render("Turn one.", 1.0)
    pid = helper.pid
    assert pid
    os.kill(pid, signal.SIGSTOP)  # stuck inside the phrase
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(HelperDied):
        helper.render("Brake ten metres later.", 1.0)
    assert len(helper.render("Brake ten metres later.", 1.0))
    assert helper.pid != pid
    helper.close()


def test_a_helper_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    helper = Helper(EngineChoice(ESPEAK))
    helper.render("Turn one.", 1.0)
    assert helper.pid
    os.kill(helper.pid, signal.SIGSTOP)
    monkeypatch.setattr("overlay.voice.helper.RENDER_S", 0.3)
    start_s = time.monotonic()
    with pytest.raises(HelperDied):
        helper.render("Brake ten metres later.", 1.0)
    assert time.monotonic() - start_s < 5
    helper.close()


def test_the_helper_ends_when_its_parent_is_killed() -> None:
    code = "import time; from overlay.voice.helper import *; h = Helper(EngineChoice('espeak')); h.render('a', 1.0); print(h.pid, flush=True); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    end_s = time.monotonic() + 10
    while time.monotonic() < end_s and is_running(pid):
        time.sleep(0.05)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        # An orphan nobody waits for stays as a zombie in a container.
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_gpl_parts_are_loaded_in_the_helper_only() -> None:
    code = (
        "import sys, time; from overlay.voice.speaker import *; from overlay.voice.settings import *; import tempfile, pathlib;"
        "s = Speaker(VoiceSettings(cache=pathlib.Path(tempfile.mkdtemp())), print); s.plan('Turn one.').result(30); s.close();"
        "print([m for m in sys.modules if m.startswith(('espeakng', 'phonemizer', 'kokoro', 'onnx', 'soxr'))]);"
        "print([l for l in open('/proc/self/maps') if 'espeak' in l])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-2:] == ["[]", "[]"]


def test_voices_are_told_by_a_process_that_ends(helper: Helper) -> None:
    fresh = Helper(EngineChoice(ESPEAK))
    names = fresh.voices()
    assert {"en-us", "en-gb", "de"} <= set(names)
    assert fresh.pid is None


def test_an_engine_that_cannot_work_has_no_voices(tmp_path: Path) -> None:
    with pytest.raises(BrokenEngine, match="not installed"):
        Helper(EngineChoice(KOKORO, folder=tmp_path)).voices()

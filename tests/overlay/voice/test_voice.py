"""Text to clips, whatever goes wrong."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from overlay.voice.cache import ClipCache
from overlay.voice.clip import Samples
from overlay.voice.engine import ESPEAK, KOKORO, EngineChoice
from overlay.voice.helper import HelperDied
from overlay.voice.model import MODEL
from overlay.voice.notice import Level, Notice, Notices, Trouble
from overlay.voice.tones import notice_tone
from overlay.voice.voice import Voice, reading_s, speakable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the system voice of these tests is espeak-ng")

TEXT = "Brake ten metres later."


@pytest.fixture
def cache(tmp_path: Path) -> ClipCache:
    return ClipCache(tmp_path / "phrases")


@pytest.fixture
def voice(cache: ClipCache, notices: Notices) -> Iterator[Voice]:
    voice = Voice([EngineChoice(ESPEAK)], cache, notices)
    yield voice
    voice.close()


def told(notes: list[Notice]) -> list[tuple[Trouble, bool]]:
    return [(each.trouble, each.over) for each in notes]


def test_a_text_becomes_speech_of_known_length(voice: Voice, notes: list[Notice]) -> None:
    clip = voice.render(TEXT)
    assert clip.text == TEXT
    assert clip.spoken_s == pytest.approx(len(clip.samples) / 48_000)
    assert 0.8 < clip.spoken_s < 2.5
    assert voice.level is Level.SYSTEM
    assert not notes


def test_a_rendered_text_is_ready_at_once(voice: Voice) -> None:
    assert voice.ready(TEXT) is None
    clip = voice.request(TEXT).result(30)
    assert voice.ready(TEXT) is clip
    start_s = time.perf_counter()
    assert voice.request(TEXT).result(0) is clip
    assert time.perf_counter() - start_s < 0.05


def test_a_second_session_takes_phrases_from_disk(voice: Voice, cache: ClipCache, notices: Notices) -> None:
    first = voice.render(TEXT)
    second = Voice([EngineChoice(ESPEAK)], cache, notices)
    clip = second.render(TEXT)
    assert second.helper_pid is None, "a helper was started although the phrase was stored"
    np.testing.assert_allclose(clip.samples, first.samples, atol=1e-4)
    second.close()


def test_what_is_needed_now_comes_before_plans_and_the_bank(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    voice.render("Warm up.")
    helper = voice._helper
    assert helper
    original = helper.render

    def slow(text: str, speed: float) -> Samples:
        time.sleep(0.1)
        order.append(text)
        return original(text, speed)

    monkeypatch.setattr(helper, "render", slow)
    voice.prepare(["first", "bank one", "bank two"])
    time.sleep(0.05)
    planned = voice.request("planned")
    voice.render("now")
    planned.result(10)
    assert order == ["first", "now", "planned"]


def test_a_helper_killed_mid_phrase_is_said_once_and_the_phrase_comes_anyway(voice: Voice, notes: list[Notice]) -> None:
    voice.render("Warm up.")
    assert voice.helper_pid
    os.kill(voice.helper_pid, 19)  # stopped, as if in the middle of it
    future = voice.request(TEXT)
    time.sleep(0.2)
    os.kill(voice.helper_pid, 9)
    assert future.result(30).spoken_s > 0.8
    assert told(notes) == [(Trouble.HELPER_DIED, False), (Trouble.HELPER_DIED, True)]


def test_a_text_that_kills_the_helper_becomes_a_tone_and_others_are_said(
    voice: Voice, notes: list[Notice], monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = voice._helper
    assert helper
    original = helper.render

    def deadly(text: str, speed: float) -> Samples:
        if "deadly" in text:
            raise HelperDied("it ended")
        return original(text, speed)

    monkeypatch.setattr(helper, "render", deadly)
    clip = voice.render("deadly words")
    np.testing.assert_array_equal(clip.samples, notice_tone().samples)
    assert len(voice.render(TEXT).samples) > 48_000 * 0.8
    assert told(notes)[:2] == [(Trouble.HELPER_DIED, False), (Trouble.UNSPEAKABLE, False)]
    assert voice.level is Level.SYSTEM


@pytest.mark.parametrize("text", ["", "...", "\x00\x07"])
def test_an_unspeakable_text_becomes_a_tone_with_one_notice(voice: Voice, notes: list[Notice], text: str) -> None:
    np.testing.assert_array_equal(voice.render(text).samples, notice_tone().samples)
    voice.render(text)
    assert told(notes) == [(Trouble.UNSPEAKABLE, False)]


def test_control_signs_do_not_cut_a_phrase() -> None:
    assert speakable("Brake\x00 ten\n metres\t later.") == "Brake ten metres later."


def test_no_engine_left_means_tones(cache: ClipCache, notices: Notices, notes: list[Notice]) -> None:
    voice = Voice([EngineChoice(ESPEAK, "no-such-voice")], cache, notices)
    clip = voice.render(TEXT)
    np.testing.assert_array_equal(clip.samples, notice_tone().samples)
    assert clip.spoken_s == pytest.approx(max(reading_s(TEXT), len(clip.samples) / 48_000))
    assert voice.level is Level.TONES
    assert voice.ready("anything else") is not None
    voice.close()
    assert told(notes) == [(Trouble.SYSTEM_FAILED, False)]
    assert "no-such-voice" in notes[0].text


def test_a_voice_that_dies_again_and_again_is_given_up(voice: Voice, notes: list[Notice], monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(text: str, speed: float) -> Samples:
        raise HelperDied("it ended")

    assert voice._helper
    monkeypatch.setattr(voice._helper, "render", dead)
    voice.render("one")
    voice.render("two")
    assert voice.level is Level.TONES
    assert told(notes) == [(Trouble.HELPER_DIED, False), (Trouble.UNSPEAKABLE, False), (Trouble.SYSTEM_FAILED, False)]


def test_text_only_is_silent_and_takes_its_reading_time(cache: ClipCache, notices: Notices) -> None:
    voice = Voice([], cache, notices, silent=True)
    clip = voice.render(TEXT)
    assert not len(clip.samples)
    assert clip.spoken_s == pytest.approx(4 / (238 / 60))
    assert voice.level is Level.TEXT
    voice.close()


def test_a_damaged_model_falls_back_to_the_system_voice(
    cache: ClipCache, notices: Notices, notes: list[Notice], stand_in: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(stand_in, folder)
    content = bytearray((folder / MODEL.name).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (folder / MODEL.name).write_bytes(content)
    voice = Voice([EngineChoice(KOKORO, "", folder), EngineChoice(ESPEAK)], cache, notices)
    assert voice.render(TEXT).spoken_s > 0.8
    assert voice.level is Level.SYSTEM
    voice.close()
    assert told(notes) == [(Trouble.KOKORO_FAILED, False)]
    assert "damaged" in notes[0].text
    assert "racing-coach voice install" in notes[0].text


def test_a_damaged_stored_phrase_is_rendered_again(voice: Voice, cache: ClipCache, notices: Notices, notes: list[Notice]) -> None:
    voice.render(TEXT)
    (path,) = cache.folder.iterdir()
    path.write_bytes(b"nonsense")
    second = Voice([EngineChoice(ESPEAK)], cache, notices)
    assert second.render(TEXT).spoken_s > 0.8
    second.close()
    assert told(notes) == [(Trouble.CACHE_DAMAGED, False), (Trouble.CACHE_DAMAGED, True)]
    assert len(list(cache.folder.iterdir())) == 1


def test_a_full_disk_costs_no_word(voice: Voice, notes: list[Notice], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for text in (TEXT, "Turn one.", "Turn two."):
        assert len(voice.render(text).samples) > 20_000
    assert told(notes) == [(Trouble.CACHE_FULL, False)]
    assert "no space left" in notes[0].text


def test_closing_in_the_middle_of_a_phrase_is_quick_and_says_nothing(voice: Voice, notes: list[Notice]) -> None:
    voice.render("Warm up.")
    assert voice.helper_pid
    os.kill(voice.helper_pid, 19)
    futures = [voice.request(TEXT), voice.request("Turn one.")]
    time.sleep(0.1)
    start_s = time.monotonic()
    voice.close()
    assert time.monotonic() - start_s < 3
    assert [each.result(0).text for each in futures] == [TEXT, "Turn one."]
    assert not notes


def test_memory_is_bounded(voice: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("overlay.voice.voice.MEMORY_S", 3.0)
    for index in range(6):
        voice.render(f"Turn number {index}.")
    assert sum(each.spoken_s for each in voice._memory.values()) <= 3.0
    assert voice.ready("Turn number 5.") is not None
    assert voice.ready("Turn number 0.") is None


def test_lap_times_are_read_out_in_words_and_shown_in_figures(voice: Voice) -> None:
    shown, in_words = voice.render("Best lap. 1:02.3."), voice.render("Best lap. one, oh two point three.")
    assert shown.text == "Best lap. 1:02.3."
    np.testing.assert_allclose(shown.samples, in_words.samples, atol=1e-4)  # espeak adds a little noise of its own

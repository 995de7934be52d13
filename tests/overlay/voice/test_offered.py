"""Which voices are offered, and how they are called."""

from __future__ import annotations

import threading
import time

import pytest

from overlay.voice.engine import ESPEAK, KOKORO, SAPI, EngineChoice
from overlay.voice.engine_errors import BrokenEngine
from overlay.voice.offered import OfferedVoice, OfferedVoices, english

ENOUGH_S = 5.0


def known(voices: OfferedVoices, choice: EngineChoice) -> tuple[OfferedVoice, ...]:
    """What is offered once the engine has answered."""
    until = time.monotonic() + ENOUGH_S
    while not voices.of(choice) and time.monotonic() < until:
        time.sleep(0.01)
    return voices.of(choice)


def test_each_engine_is_asked_once_and_beside() -> None:
    asked = []

    def ask(choice: EngineChoice) -> list[str]:
        asked.append(choice.engine)
        time.sleep(0.05)
        return ["de", "en-gb", "en-shaw"]

    voices = OfferedVoices(ask)
    assert voices.of(EngineChoice(ESPEAK)) == ()
    assert known(voices, EngineChoice(ESPEAK)) == (OfferedVoice("en-gb", "British"),)
    known(voices, EngineChoice(ESPEAK))
    assert asked == [ESPEAK]


def test_a_broken_engine_offers_nothing_and_ends_nothing(recwarn: pytest.WarningsRecorder) -> None:
    asked = threading.Event()

    def ask(choice: EngineChoice) -> list[str]:
        asked.set()
        raise BrokenEngine(choice.engine)

    voices = OfferedVoices(ask)
    voices.of(EngineChoice(KOKORO))
    assert asked.wait(ENOUGH_S)
    for thread in [thread for thread in threading.enumerate() if thread.name == "voices"]:
        thread.join(ENOUGH_S)
    assert voices.of(EngineChoice(KOKORO)) == ()
    assert not recwarn.list  # a thread that dies warns


def test_neural_voices_are_called_by_who_speaks_and_only_english_ones_are_offered() -> None:
    offered = english(KOKORO, ["af_heart", "bm_george", "ff_siwis", "zm_yunxi", "odd"])
    assert [(one.name, one.words) for one in offered] == [
        ("af_heart", "Heart, American woman"),
        ("bm_george", "George, British man"),
    ]


def test_windows_own_voices_are_offered_as_they_are_called() -> None:
    names = ["Microsoft Zira Desktop - English (United States)", "Microsoft Hedda Desktop - German"]
    assert [one.name for one in english(SAPI, names)] == names

"""The voices to choose from: asked of each engine once, beside, and named so that one can tell who speaks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from overlay.voice.engine import ESPEAK, KOKORO, EngineChoice
from overlay.voice.engine_errors import BrokenEngine
from overlay.voice.helper import Helper, HelperDied

# What espeak-ng calls its English; the spelling of its own for Shaw's alphabet is none of speech.
ENGLISH = {
    "en-us": "American",
    "en-us-nyc": "New York",
    "en-gb": "British",
    "en-gb-x-rp": "British, Received Pronunciation",
    "en-gb-scotland": "Scottish",
    "en-gb-x-gbclan": "Lancastrian",
    "en-gb-x-gbcwmd": "West Midlands",
    "en-029": "Caribbean",
}
# A neural voice's name begins with the language that it was recorded in and with who speaks; the coach's words are English.
ACCENTS = {"a": "American", "b": "British"}
WHO = {"f": "woman", "m": "man"}


@dataclass(frozen=True, slots=True)
class OfferedVoice:
    """A voice by the engine's name for it, and in the driver's words."""

    name: str
    words: str


class OfferedVoices:
    """Asks once per engine; until the answer is there, and where the engine is broken, nothing is offered."""

    def __init__(self, ask: Callable[[EngineChoice], list[str]] = lambda choice: Helper(choice).voices()) -> None:
        self._ask = ask
        self._known: dict[EngineChoice, tuple[OfferedVoice, ...]] = {}

    def of(self, choice: EngineChoice) -> tuple[OfferedVoice, ...]:
        """What is known of this engine now."""
        if choice not in self._known:
            self._known[choice] = ()
            threading.Thread(target=self._find_out, args=(choice,), name="voices", daemon=True).start()
        return self._known[choice]

    def _find_out(self, choice: EngineChoice) -> None:
        with suppress(BrokenEngine, HelperDied):  # the voice itself says so when it is to speak
            self._known[choice] = english(choice.engine, self._ask(choice))


def english(engine: str, names: Iterable[str]) -> tuple[OfferedVoice, ...]:
    """Those that speak English, as far as the engine's names say: Windows' do not."""
    if engine == KOKORO:
        return tuple(OfferedVoice(name, _described(name)) for name in names if name[:1] in ACCENTS and name[1:2] in WHO)
    if engine == ESPEAK:
        return tuple(OfferedVoice(name, ENGLISH[name]) for name in ENGLISH if name in set(names))
    return tuple(OfferedVoice(name, name) for name in names)


def _described(name: str) -> str:
    """Of `bm_george`: George, British man."""
    return f"{name[3:].replace('_', ' ').title()}, {ACCENTS[name[0]]} {WHO[name[1]]}"

"""The test phrase: said as soon as it is rendered, and why it cannot be heard, if it cannot."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Protocol

from coach.wording import catalogue
from overlay.voice.clip import Clip
from overlay.voice.playback import Playback, PlayState

Told = Callable[[str], None]  # what to show now, in any thread; nothing: it is heard
NOT_YET = "It is being made ready, and is said then."  # the only words after which others come
UNHEARD = {
    PlayState.MUTED: "the coach is muted. The hotkey or the button that mutes it lets it speak, too.",
    PlayState.NO_DEVICE: "no sound output answers. Choose another device.",
}


class Mouth(Protocol):
    """What speaks."""

    def plan(self, text: str) -> Future[Clip]:
        """Render a text."""

    def play(self, clip: Clip) -> Playback:
        """Play it."""


def say_test_phrase(mouth: Mouth, volume: float, told: Told) -> None:
    """Say it, now or once it is rendered."""
    phrase = mouth.plan(catalogue()["voice"]["test"])

    def play(rendered: Future[Clip]) -> None:
        clip = rendered.result()
        why = _why_silent(clip, mouth.play(clip), volume)
        with suppress(RuntimeError):  # the window is gone
            told(f"It cannot be heard: {why}" if why else "")

    if not phrase.done():
        told(NOT_YET)
    phrase.add_done_callback(play)


def _why_silent(clip: Clip, played: Playback, volume: float) -> str:
    if not len(clip.samples):
        return "the engine is set to text. Choose another one."
    if played.refused:
        return UNHEARD.get(played.state, f"{played.state.value}.")
    return "" if volume else "the volume is 0."

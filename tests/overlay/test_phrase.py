"""The test phrase is said once it is rendered, and whoever cannot hear it is told why."""

from __future__ import annotations

from concurrent.futures import Future

import numpy as np
import pytest

from overlay.phrase import NOT_YET, say_test_phrase
from overlay.voice.clip import Clip, clip_of
from overlay.voice.playback import Playback, PlayState

SOUND = clip_of("Hello", np.ones(480, dtype=np.float32))


class Mouth:
    """Renders when told to, and plays as far as it can."""

    def __init__(self, state: PlayState | None = None) -> None:
        self.state = state
        self.rendered: Future[Clip] = Future()
        self.played: list[Clip] = []

    def plan(self, text: str) -> Future[Clip]:
        return self.rendered

    def play(self, clip: Clip) -> Playback:
        self.played.append(clip)
        return Playback(clip, None, self.state)


def test_a_phrase_that_is_not_ready_is_said_when_it_is() -> None:
    mouth = Mouth()
    told: list[str] = []
    say_test_phrase(mouth, 0.8, told.append)
    assert (told, mouth.played) == ([NOT_YET], [])
    mouth.rendered.set_result(SOUND)
    assert (told[1:], mouth.played) == ([""], [SOUND])


@pytest.mark.parametrize(
    ("state", "volume", "clip", "says"),
    [
        (None, 0.8, SOUND, ""),
        (PlayState.MUTED, 0.8, SOUND, "muted"),
        (PlayState.NO_DEVICE, 0.8, SOUND, "no sound output"),
        (None, 0.0, SOUND, "volume is 0"),
        (None, 0.8, clip_of("Hello", np.zeros(0, dtype=np.float32)), "set to text"),
    ],
)
def test_who_cannot_hear_it_is_told_why(state: PlayState | None, volume: float, clip: Clip, says: str) -> None:
    mouth = Mouth(state)
    mouth.rendered.set_result(clip)
    told: list[str] = []
    say_test_phrase(mouth, volume, told.append)
    [words] = told
    assert (says in words) if says else not words

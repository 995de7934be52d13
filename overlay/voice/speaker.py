"""What the overlay uses: the voice, the mixer, the bank, mute and "say it again" behind one object.

It does not decide what to say; the cue's text is shown on screen in any case.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

import numpy as np

from coach.wording import catalogue
from overlay.voice.cache import ClipCache
from overlay.voice.clip import Clip, clip_of
from overlay.voice.mixer import Mixer
from overlay.voice.notice import Level, Notice, Notices
from overlay.voice.playback import Playback, PlayState
from overlay.voice.settings import VoiceSettings
from overlay.voice.tones import approach_tones, brake_tick
from overlay.voice.voice import NOW, Voice


class Speaker:
    """The coach's mouth. Every call returns at once and none raises; what became of a phrase is in its `Playback`."""

    def __init__(self, settings: VoiceSettings, on_notice: Callable[[Notice], None]) -> None:
        """`on_notice` is called in a background thread: put the notice into a queue or a signal."""
        self._on_notice = on_notice
        notices = Notices(on_notice)
        self.mixer = Mixer(notices, device=settings.device, volume=settings.volume, output_delay_s=settings.output_delay_s)
        self.voice = self._begin(settings)
        self.muted = False
        self.approach_tones = approach_tones()
        self.brake_tick = brake_tick()
        self._last: Clip | None = None
        self._said: Playback | None = None  # the newest words of the coach
        self._again: Playback | None = None  # what was repeated last
        self._lock = threading.Lock()  # the driver asks in Qt's thread for what the coach says in the live one

    @property
    def level(self) -> Level:
        """How the coach speaks now; text when there is no sound or it is muted."""
        return self.voice.level if self.mixer.is_open and not self.muted else Level.TEXT

    def use_voice(self, settings: VoiceSettings) -> None:
        """Another voice from here on, through the same stream: who opens a second one ends the sound library under the first."""
        gone, self.voice = self.voice, self._begin(settings)
        self._last = None
        threading.Thread(target=gone.close, name="old-voice", daemon=True).start()

    def plan(self, text: str) -> Future[Clip]:
        """Render for later. The clip tells how long it takes to say (`spoken_s`); the future never holds an error."""
        return self.voice.request(text)

    def say(self, text: str, at_s: float | None = None) -> Playback:
        """Say a text that was planned or is in the bank, now or at a time of `mixer.now_s`.

        NOT_READY: it was neither; it is rendered now, for the next time.
        """
        voice = self.voice  # read once: Qt's thread may put another in its place
        clip = voice.ready(text)
        if clip is None:
            voice.request(text, NOW)
            self._last = clip_of(text, np.zeros(0, dtype=np.float32))
            return Playback(self._last, at_s, PlayState.NOT_READY)
        return self.play(clip, at_s)

    def play(self, clip: Clip, at_s: float | None = None) -> Playback:
        """Play a clip from `plan`, or tones. What is being repeated gives way."""
        with self._lock:
            if clip.text:
                self._last = clip
            if self.muted:
                return Playback(clip, at_s, PlayState.MUTED)
            if _is_on(self._again):
                self.mixer.stop(self._again)
            playback = self.mixer.play(clip, at_s)
            if clip.text:
                self._said = playback
            return playback

    def say_again(self) -> Playback | None:
        """The last text once more, now; None when nothing was said yet, a phrase sounds, or it is muted."""
        with self._lock:
            if self._last is None or self.muted or _is_on(self._said) or _is_on(self._again):
                return None
            self._again = self.mixer.play(self.voice.ready(self._last.text) or self._last)  # it may be rendered by now
            return self._again

    def forget(self) -> None:
        """What was said until now is not repeated any more."""
        with self._lock:
            self._last = None

    def mute(self, muted: bool) -> None:
        """Be silent at once, or speak again."""
        self.muted = muted
        if muted:
            self.mixer.stop()

    def close(self) -> None:
        """End the helper and free the device."""
        self.voice.close()
        self.mixer.close()

    def _begin(self, settings: VoiceSettings) -> Voice:
        """A voice that renders the bank. Its notices are its own: what the one before had told is no news of this one's."""
        voice = Voice(
            settings.engines(),
            ClipCache(settings.cache_folder()),
            Notices(self._on_notice),
            speed=settings.speed,
            silent=settings.level is Level.TEXT,
        )
        voice.prepare(bank_texts())
        return voice


def _is_on(playback: Playback | None) -> bool:
    """Whether it sounds, or is about to."""
    return playback is not None and playback.state in {PlayState.WAITING, PlayState.PLAYING}


def bank_texts() -> list[str]:
    """Texts that must be ready before anything happens: the reactive calls of the catalogue, and the test phrase."""
    words = catalogue()
    return [*words.get("reactive", {}).values(), words["voice"]["test"]]

"""The two ways in which the live coach is heard: through the loudspeaker, or on a tape beside a drive that goes faster than time."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from concurrent.futures import Future, wait
from functools import partial
from pathlib import Path

import numpy as np

from coach.events import ToneState
from coach.files import atomic_writer
from overlay.voice.clip import RATE_HZ, Clip, Samples
from overlay.voice.notice import Level
from overlay.voice.playback import REFUSED
from overlay.voice.speaker import Speaker
from overlay.voice.tones import approach_tones, brake_tick
from overlay.voice.voice import Voice

TAPE_HZ = 24_000  # speech has next to nothing above 12 kHz; half the size


class Loudspeaker:
    """The driver's own."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker

    @property
    def tones_only(self) -> bool:
        """Whether every voice has failed, or none was asked for but tones."""
        return self.speaker.voice.level is Level.TONES

    @property
    def delay_s(self) -> float:
        """As the device reports it, with what a headset adds; 0 while there is none."""
        return self.speaker.mixer.delay_s if self.speaker.mixer.is_open else 0.0

    def render(self, texts: Sequence[str], lengths_s: dict[str, float], within_s: float) -> None:
        """For later; what is measured later than `within_s` still goes into `lengths_s`."""
        clips = {text: self.speaker.plan(text) for text in texts}
        wait(clips.values(), within_s)
        for text, clip in clips.items():
            clip.add_done_callback(partial(_measured, text, lengths_s))

    def say(self, text: str, in_s: float) -> str:
        """In so many seconds; a clip that cannot be there within 20 ms is not played."""
        state = self.speaker.say(text, self.speaker.mixer.now_s + in_s).state
        return state.value if state in REFUSED else ""

    def tone(self, tone: ToneState, in_s: float) -> str:
        """In so many seconds; a clip that cannot be there within 20 ms is not played."""
        clip = self.speaker.approach_tones if tone is ToneState.APPROACH else self.speaker.brake_tick
        state = self.speaker.play(clip, self.speaker.mixer.now_s + in_s).state
        return state.value if state in REFUSED else ""

    def forget(self) -> None:
        """Another car or track."""
        self.speaker.forget()


def _measured(text: str, lengths_s: dict[str, float], clip: Future[Clip]) -> None:
    lengths_s[text] = clip.result().spoken_s


class Tape:
    """What would have been heard, by the session's clock. `at_s` is set by whoever drives."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._said: list[tuple[float, Samples]] = []
        self._tones: list[tuple[float, Samples]] = []
        self.at_s = 0.0

    @property
    def delay_s(self) -> float:
        """A tape has none."""
        return 0.0

    @property
    def tones_only(self) -> bool:
        """Whether every voice has failed."""
        return self._voice.level is Level.TONES

    def render(self, texts: Sequence[str], lengths_s: dict[str, float], within_s: float) -> None:
        """For later; whoever writes a tape has the time to wait for all of it."""
        lengths_s.update({text: self._voice.render(text).spoken_s for text in texts})

    def say(self, text: str, in_s: float) -> str:
        """Put it on the tape where it is heard."""
        self._said.append((self.at_s + in_s, self._voice.render(text).samples))
        return ""

    def tone(self, tone: ToneState, in_s: float) -> str:
        """Put it on the tape where it is heard."""
        self._tones.append((self.at_s + in_s, (approach_tones() if tone is ToneState.APPROACH else brake_tick()).samples))
        return ""

    def forget(self) -> None:
        """What is on the tape stays."""

    @property
    def spoken(self) -> int:
        """Phrases on the tape."""
        return len(self._said)

    def write(self, path: Path, from_s: float, to_s: float) -> None:
        """The tape as a WAV file, 16 bit mono."""
        step = RATE_HZ // TAPE_HZ
        tape = np.zeros(int((to_s - from_s) * TAPE_HZ) + 1, dtype=np.float32)
        for at_s, samples in (*self._said, *self._tones):
            halved = samples[: samples.size // step * step].reshape(-1, step).mean(axis=1)
            first = int((at_s - from_s) * TAPE_HZ)
            part = halved[: max(0, tape.size - first)]
            tape[first : first + part.size] += part
        with atomic_writer(path) as file, wave.open(file, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(TAPE_HZ)
            sound.writeframes((np.clip(tape, -1.0, 1.0) * 32767.0).astype("<i2").tobytes())

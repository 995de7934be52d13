"""The mixer: one always-open output stream, watched, and opened again when its device went away.

The sound card's thread runs rtmixer's C callback: it only adds preloaded float32, without the interpreter's lock, so a busy Python thread
cannot make a gap. Times are `time.perf_counter` seconds at which a sample is *heard*: the device's own delay, as PortAudio reports
it, and the driver's output delay (Bluetooth) are taken off.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any

import numpy as np

from overlay.voice.clip import RATE_HZ, Clip, Samples
from overlay.voice.devices import QUEUE, NoDevice, NoSoundLibrary, open_stream
from overlay.voice.notice import Notices, Trouble
from overlay.voice.playback import Playback, PlayState
from overlay.voice.stream_watch import StreamWatch

LATEST_S = 0.020  # a planned clip that would start later than this is not started at all
HAND_OVER_S = 0.100  # ahead of its start; until then volume, mute and wall-clock changes still count
AT_ONCE_S = 0.012  # nearer than this the stream's next block is as exact as a time
WATCH_S = 0.25
SETTLING_S = 0.1
SETTLED_BY_S = 5.0  # a device that still reports a short delay then has one
PROMPT_S = 0.2  # a steady stream plays a probe sooner than this; wireless outputs report less, too
RETRY_S = 2.0
CLOSING_S = 3.0
FADE = 480  # 10 ms at a stop, so that it does not click


class Mixer:
    """Plays clips now or at a planned time. Nothing here raises into the caller; `Playback.state` tells what became of a clip."""

    def __init__(self, notices: Notices, *, device: str = "", volume: float = 1.0, output_delay_s: float = 0.0) -> None:
        self.output_delay_s = output_delay_s
        self.volume = volume  # factor on every sample, from the next clip on; 1 is the level phrases are rendered at
        self.ducked = 1.0  # a second factor, below 1 while somebody else speaks (a spotter, the radio)
        self._notices = notices
        self._device = device
        self._stream: Any = None
        self._watch: StreamWatch | None = None  # of the stream, or of the last one
        self._live: list[Playback] = []  # waiting or playing
        self._stopped: deque[Any] = deque(maxlen=QUEUE)  # a cancellation on its way points to what it cancels, and does not keep it
        self._lock = threading.RLock()  # of the stream's Python side and `_live`; the sound card's thread knows nothing of it
        self._is_open = threading.Event()
        self._closing = self._lost = self._reopen = False
        self._wake = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="sound output", daemon=True)
        self._keeper.start()

    @property
    def now_s(self) -> float:
        """The clock that `at_s` is read on."""
        return time.perf_counter()

    @property
    def is_open(self) -> bool:
        """Whether clips can be heard."""
        return self._is_open.is_set()

    @property
    def underruns(self) -> int:
        """Gaps in the sound since the device was opened."""
        watch = self._watch
        return watch.underruns if watch else 0

    @property
    def delays_s(self) -> tuple[float, ...]:
        """From a call until its first sample is heard, as the device has reported it over the last minute."""
        watch = self._watch
        return tuple(watch.delays_s) if watch else ()

    @property
    def delay_s(self) -> float:
        """From `play` until the first sample is heard, with the driver's output delay."""
        watch = self._watch
        return (watch.delays_s[-1] if watch and watch.delays_s else 0.0) + self.output_delay_s

    def wait_open(self, timeout_s: float) -> bool:
        """Wait for the device; False when it did not open in time."""
        return self._is_open.wait(timeout_s)

    def play(self, clip: Clip, at_s: float | None = None) -> Playback:
        """Play as soon as possible, or so that the first sample is heard at `at_s`; a plan that would be more than 20 ms late is refused."""
        playback = Playback(clip, at_s)
        with self._lock:
            if not self.is_open:
                playback.final = PlayState.NO_DEVICE
            elif not len(clip.samples):
                playback.final = PlayState.DONE
            else:
                self._live.append(playback)
                self._attempt(playback)
        if playback.action is None and playback.final is None:
            self._wake.set()  # the keeper hands it over in time
        return playback

    def stop(self, only: Playback | None = None) -> None:
        """Fade out what sounds within the next blocks, all of it or one clip; plans are dropped."""
        with self._lock:
            stopped = [playback for playback in self._live if only is None or playback is only]
            for playback in stopped:
                self._stopped.append(playback.action)
                with suppress(Exception):  # a stream that has just gone is silent, too
                    if playback.state is PlayState.PLAYING:
                        self._fade_out(playback)
                    elif playback.action is not None:
                        self._stream.cancel(playback.action)
                if playback.state is not PlayState.DONE:
                    playback.final = PlayState.STOPPED
                self._live.remove(playback)

    def use_device(self, name: str) -> None:
        """Move to another output; what sounds on the old one is lost."""
        self._device = name
        self._reopen = True
        self._wake.set()

    def close(self) -> None:
        """Stop and free the device."""
        self._closing = True
        self._wake.set()
        self._keeper.join(timeout=2 * CLOSING_S)

    def _attempt(self, playback: Playback) -> None:
        """Hand over, unless the stream has just gone; the keeper finds that out, too. The lock is held."""
        try:
            self._hand_over(playback)
        except Exception:  # noqa: BLE001 - whatever a dying stream raises
            playback.final = PlayState.NO_DEVICE
            self._live.remove(playback)

    def _hand_over(self, playback: Playback) -> None:
        """Give a clip to the stream when its time has come. The lock is held."""
        assert self._watch is not None
        start_s, strict, offset_s = 0.0, False, self._watch.offset_s
        if playback.at_s is not None:
            slack_s = playback.at_s - (time.perf_counter() + self.delay_s)
            if slack_s < -LATEST_S:
                playback.final = PlayState.LATE
                self._live.remove(playback)
                return
            if slack_s > self._lead_s:
                return
            if slack_s > AT_ONCE_S:
                start_s, strict = playback.at_s - self.output_delay_s + offset_s, True
        playback.clock_offset_s = offset_s - self.output_delay_s
        playback.action = self._stream.play_buffer(self._gained(playback.clip), channels=1, start=start_s, allow_belated=not strict)

    @property
    def _lead_s(self) -> float:
        """How long before its start a clip is handed over."""
        return HAND_OVER_S if self._watch is None or self._watch.has_times else AT_ONCE_S

    def _gained(self, clip: Clip) -> Samples:
        gain = self.volume * self.ducked
        return clip.samples if gain == 1.0 else np.clip(clip.samples * np.float32(gain), -1.0, 1.0)

    def _fade_out(self, playback: Playback) -> None:
        """Cut a clip a moment ahead, and play its next 10 ms falling from exactly there. The lock is held."""
        action = playback.action
        cut_s = self._stream.time + self.delay_s - self.output_delay_s + AT_ONCE_S
        at = round((cut_s - action.actual_time) * RATE_HZ)
        rest = self._gained(playback.clip)[at : at + FADE]
        self._stream.cancel(action, time=cut_s)
        if len(rest):
            self._stream.play_buffer(rest * np.linspace(1, 0, len(rest), dtype=np.float32), channels=1, start=cut_s)

    # The keeper's thread from here on.

    def _keep(self) -> None:
        while not self._closing:
            if self._stream is None:
                self._open()
            elif self._reopen or not self._is_alive():
                self._lose()
                continue
            self._wake.wait(RETRY_S if self._stream is None else self._until_next_s())
            self._wake.clear()
        self._free()

    def _until_next_s(self) -> float:
        """How long nothing needs doing."""
        with self._lock:
            starts = [each.at_s for each in self._live if each.action is None and each.at_s is not None]
            lead_s = self.delay_s + self._lead_s
        return min([WATCH_S, *(max(0.0, at_s - lead_s - time.perf_counter()) for at_s in starts)])

    def _open(self) -> None:
        self._reopen = False
        try:
            stream = open_stream(self._device)
        except NoSoundLibrary as error:
            self._no_device(Trouble.NO_SOUND_LIBRARY, str(error))
            return
        except NoDevice as error:
            self._no_device(Trouble.NO_DEVICE, str(error))
            return
        with self._lock:
            self._stream, self._watch = stream, StreamWatch(stream)
        if self._flows(self._watch.delays_s):
            self._is_open.set()
            self._lost = False
            self._notices.end(Trouble.NO_DEVICE, Trouble.DEVICE_LOST, Trouble.NO_SOUND_LIBRARY)
        else:
            self._free()
            self._no_device(Trouble.NO_DEVICE, "it takes no sound")

    def _flows(self, delays_s: deque[float]) -> bool:
        """Whether samples move steadily; False when none does for some seconds (`StreamWatch.is_alive`).

        The first blocks only fill buffers, and a clip played then would wait for who knows how long. A sound server may report nearly no delay,
        and leave gaps, for two seconds more.
        """
        settled_by_s = time.perf_counter() + SETTLED_BY_S
        while not self._closing:
            time.sleep(SETTLING_S)
            if not self._is_alive():
                return False
            delay_s = delays_s.pop() if delays_s else float("nan")
            is_full = delay_s > self._stream.latency / 2 or time.perf_counter() > settled_by_s
            if is_full and delay_s < PROMPT_S:
                delays_s.append(delay_s)
                return True
        return False

    def _no_device(self, trouble: Trouble, detail: str) -> None:
        if not self._lost:  # that it went away was said
            self._notices.begin(trouble, detail)

    def _is_alive(self) -> bool:
        try:
            return bool(self._stream.active) and self._look()
        except Exception:  # noqa: BLE001 - whatever a dead stream raises: it is dead
            return False

    def _look(self) -> bool:
        """Hand over what is due, take back what is over; False when the stream answers no more."""
        with self._lock:
            assert self._watch is not None
            actions = self._watch.look()
            for playback in list(self._live):
                if playback.action is None:
                    self._attempt(playback)
                elif playback.action not in actions:
                    playback.final = PlayState.DONE if playback.action.done_frames else PlayState.LATE
                    self._live.remove(playback)
            return self._watch.is_alive

    def _lose(self) -> None:
        self._free()
        if not self._reopen:
            self._lost = True
            self._notices.begin(Trouble.DEVICE_LOST)

    def _free(self) -> None:
        """Close the stream; a device that is gone may block the call for ever, so it is left alone after a while."""
        with self._lock:
            self._is_open.clear()
            stream, self._stream = self._stream, None
            for playback in self._live:
                if playback.state is not PlayState.DONE:
                    playback.final = PlayState.NO_DEVICE
            self._live.clear()
        if stream is not None:
            closer = threading.Thread(target=_close, args=(stream,), name="closing sound output", daemon=True)
            closer.start()
            closer.join(timeout=CLOSING_S)


def _close(stream: Any) -> None:
    stream.abort(ignore_errors=True)
    stream.close(ignore_errors=True)

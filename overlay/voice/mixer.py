"""The mixer: one always-open output stream, watched, and opened again when its device went away.

All calls into the sound library happen in one thread of its own, so neither the window nor the engine ever waits for a
device. Times are `time.perf_counter` seconds at which a sample is *heard*: the device's own delay, as PortAudio reports it, and the
driver's output delay (Bluetooth) are already taken off.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from overlay.voice.clip import RATE_HZ, Clip, Samples
from overlay.voice.devices import NoDevice, NoSoundLibrary, open_stream
from overlay.voice.mixing import LATEST_S, Mixing, Playback, PlayState
from overlay.voice.notice import Notices, Trouble

WATCH_S = 0.25
DEAD_AFTER_S = 3.0  # a living stream calls back 30 to 200 times a second, but a sound server may take 2 s until its first sample moves
FLOWING_AFTER_S = 0.1  # the first callbacks only fill the buffer
RETRY_S = 2.0
CLOSING_S = 3.0
HISTORY = 4096  # callbacks remembered for the output test, half a minute


@dataclass(frozen=True, slots=True)
class CallbackHistory:
    """What the last callbacks looked like: when they ran (s), how long until their first sample is heard (s), how many samples they wrote."""

    ran_s: npt.NDArray[np.float64]
    delay_s: npt.NDArray[np.float64]
    frames: npt.NDArray[np.float64]
    underruns: int


class Mixer:
    """Plays clips now or at a planned time. Nothing here raises into the caller; `Playback.state` tells what became of a clip."""

    def __init__(self, notices: Notices, *, device: str = "", volume: float = 1.0, output_delay_s: float = 0.0) -> None:
        self.output_delay_s = output_delay_s
        self._notices = notices
        self._device = device
        self._mixing = Mixing()
        self._mixing.volume = volume
        self._stream: Any = None
        self._latency_s = 0.0  # what PortAudio promises; used where a device gives no times
        self._clock_offset_s = 0.0  # the sound library's clock minus ours
        self._history = np.zeros((3, HISTORY))
        self._calls = 0
        self._underruns = 0
        self._filled_until_s = 0.0  # when the end of the last block is heard
        self._is_open = threading.Event()
        self._closing = False
        self._lost = False
        self._reopen = False
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

    def wait_open(self, timeout_s: float) -> bool:
        """Wait for the device; False when it did not open in time."""
        return self._is_open.wait(timeout_s)

    def play(self, clip: Clip, at_s: float | None = None) -> Playback:
        """Play as soon as possible, or so that the first sample is heard at `at_s`; a plan more than 20 ms gone is refused."""
        playback = Playback(clip, at_s)
        if not self.is_open:
            playback.state = PlayState.NO_DEVICE
        elif at_s is not None and at_s < self._filled_until_s - LATEST_S:
            playback.state = PlayState.LATE
        else:
            self._mixing.add(playback)
        return playback

    def stop(self) -> None:
        """Fade out what sounds within the next block; plans are dropped."""
        self._mixing.stop()

    @property
    def volume(self) -> float:
        """Factor on every sample; 1 is the level phrases are rendered at."""
        return self._mixing.volume

    @volume.setter
    def volume(self, volume: float) -> None:
        self._mixing.volume = max(0.0, volume)

    def duck(self, factor: float = 1.0) -> None:
        """Be softer while somebody else speaks (a spotter, the radio); 1 ends it."""
        self._mixing.ducked = factor

    def use_device(self, name: str) -> None:
        """Move to another output; what sounds on the old one is lost."""
        self._device = name
        self._reopen = True
        self._wake.set()

    def history(self) -> CallbackHistory:
        """The last callbacks, oldest first."""
        calls = self._calls
        ran, delay, frames = self._history[:, np.arange(max(0, calls - HISTORY), calls) % HISTORY]
        return CallbackHistory(ran, delay, frames, self._underruns)

    def close(self) -> None:
        """Stop and free the device."""
        self._closing = True
        self._wake.set()
        self._keeper.join(timeout=CLOSING_S)

    def _fill(self, out: Samples, frames: int, times: Any, status: Any) -> None:
        """Runs in the sound card's thread: mixes and notes three numbers, nothing else."""
        current = times.currentTime
        heard = times.outputBufferDacTime
        if heard <= current:  # some devices give no times
            heard = current + self._latency_s
        block_s = heard - self._clock_offset_s + self.output_delay_s
        self._mixing.fill(out[:, 0], block_s)
        self._filled_until_s = block_s + frames / RATE_HZ
        history, place = self._history, self._calls % HISTORY
        history[0, place] = current - self._clock_offset_s
        history[1, place] = heard - current
        history[2, place] = frames
        self._calls += 1
        if status:
            self._underruns += 1

    def _keep(self) -> None:
        """Runs in the keeper's thread: opens, watches, opens again."""
        calls_seen, seen_s = 0, 0.0
        while not self._closing:
            if self._stream is None:
                self._open()
                calls_seen, seen_s = self._calls, time.perf_counter()
            else:
                self._read_clock()
                if self._calls != calls_seen:
                    calls_seen, seen_s = self._calls, time.perf_counter()
                if self._reopen or not self._stream.active or time.perf_counter() - seen_s > DEAD_AFTER_S:
                    self._lose()
                    continue
            self._wake.wait(WATCH_S if self._stream is not None else RETRY_S)
            self._wake.clear()
        self._is_open.clear()
        self._free()
        self._mixing.lose_all()

    def _open(self) -> None:
        self._reopen = False
        try:
            self._stream = open_stream(self._device, self._fill)
        except NoSoundLibrary as error:
            self._no_device(Trouble.NO_SOUND_LIBRARY, str(error))
        except NoDevice as error:
            self._no_device(Trouble.NO_DEVICE, str(error))
        else:
            self._latency_s = float(self._stream.latency)
            self._read_clock()
            if self._flows():
                self._is_open.set()
                self._lost = False
                self._notices.end(Trouble.NO_DEVICE, Trouble.DEVICE_LOST, Trouble.NO_SOUND_LIBRARY)
            else:
                self._free()
                self._no_device(Trouble.NO_DEVICE, "it takes no sound")

    def _flows(self) -> bool:
        """Whether the device takes samples; until it does a clip would wait for who knows how long."""
        started_s = time.perf_counter()
        while not self._closing and time.perf_counter() < started_s + DEAD_AFTER_S:
            calls = self._calls
            time.sleep(FLOWING_AFTER_S)
            if self._calls > calls and self._history[0, (self._calls - 1) % HISTORY] > started_s + FLOWING_AFTER_S:
                self._calls = self._underruns = 0
                return True
        return False

    def _no_device(self, trouble: Trouble, detail: str) -> None:
        if not self._lost:  # that it went away was said
            self._notices.begin(trouble, detail)

    def _read_clock(self) -> None:
        """Read both clocks; again at each look, because the sound library's may follow the wall clock, which people set."""
        self._clock_offset_s = self._stream.time - time.perf_counter()

    def _lose(self) -> None:
        self._is_open.clear()
        self._free()
        self._mixing.lose_all()
        if not self._reopen:
            self._lost = True
            self._notices.begin(Trouble.DEVICE_LOST)

    def _free(self) -> None:
        """Close the stream; a device that is gone may block the call for ever, so it is left alone after a while."""
        if self._stream is None:
            return
        stream, self._stream = self._stream, None
        closer = threading.Thread(target=_close, args=(stream,), name="closing sound output", daemon=True)
        closer.start()
        closer.join(timeout=CLOSING_S)


def _close(stream: Any) -> None:
    stream.abort(ignore_errors=True)
    stream.close(ignore_errors=True)

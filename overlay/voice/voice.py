"""Text to clips, in the background: memory first, then the disk cache, then the best engine that works.

Nothing raises into the caller and nobody waits unless he asks to. A text no engine can say becomes a notice tone; with no engine left, all do.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace

import numpy as np

from coach.errors import CannotWrite
from coach.wording.spoken import aloud
from overlay.voice.cache import ClipCache, DamagedClip, cache_key
from overlay.voice.clip import Clip, Samples, clip_of
from overlay.voice.engine import KOKORO, EngineChoice
from overlay.voice.engine_errors import BrokenEngine, Unspeakable
from overlay.voice.helper import Helper, HelperDied
from overlay.voice.model import model_id
from overlay.voice.notice import Level, Notices, Trouble
from overlay.voice.settings import SPEED_RANGE
from overlay.voice.tones import notice_tone

TRIES = 2  # a phrase on which the helper died is tried once more, no more: it may be the phrase
DEATHS_IN_A_ROW = 3  # without one phrase between them: it is the engine
MEMORY_S = 90.0  # of speech kept ready: all of a session's plans and the bank; 17 MB
READING_WORDS_PER_S = 238 / 60  # silent reading of English (Brysbaert 2019, J. Mem. Lang. 109)

CLOSE, NOW, PLANNED, BANK = range(4)  # order in which waiting texts are rendered


class _Closing(Exception):
    """The voice is being closed: what waits is not worth a trouble."""


class Voice:
    """Renders texts one after another in a thread of its own, by a helper process."""

    def __init__(
        self, engines: Sequence[EngineChoice], cache: ClipCache, notices: Notices, *, speed: float = 1.0, silent: bool = False
    ) -> None:
        """`engines` best first; `silent`: text only, no tones either."""
        self.speed = min(max(speed, SPEED_RANGE[0]), SPEED_RANGE[1])
        self._engines = list(engines)
        self._cache = cache
        self._notices = notices
        self._silent = silent
        self._deaths = 0
        self._closing = False
        self._memory: OrderedDict[str, Clip] = OrderedDict()
        self._memory_lock = threading.Lock()
        self._tickets = itertools.count()
        self._waiting: queue.PriorityQueue[tuple[int, int, str, Future[Clip] | None]] = queue.PriorityQueue()
        self._helper = self._next_helper()
        self._worker = threading.Thread(target=self._work, name="voice", daemon=True)
        self._worker.start()

    @property
    def level(self) -> Level:
        """How texts are rendered now."""
        helper = self._helper  # read once: the voice's thread may give the engine up meanwhile
        if helper is None:
            return Level.TEXT if self._silent else Level.TONES
        return Level.KOKORO if helper.choice.engine == KOKORO else Level.SYSTEM

    @property
    def helper_pid(self) -> int | None:
        """The process that renders, when one runs: for the page that shows what the coach costs."""
        helper = self._helper
        return helper.pid if helper else None

    def ready(self, text: str) -> Clip | None:
        """The clip, when it can be played at once."""
        if self._helper is None:
            return self._without_speech(text)
        with self._memory_lock:
            clip = self._memory.get(text)
            if clip is not None:
                self._memory.move_to_end(text)
            return clip

    def request(self, text: str, order: int = PLANNED) -> Future[Clip]:
        """The clip, as soon as it is rendered; the future never holds an error."""
        future: Future[Clip] = Future()
        clip = self.ready(text)
        if clip is not None:
            future.set_result(clip)
        else:
            self._waiting.put((order, next(self._tickets), text, future))
        return future

    def prepare(self, texts: Iterable[str]) -> None:
        """Render these when nothing else waits: the bank of reactive calls."""
        for text in texts:
            self._waiting.put((BANK, next(self._tickets), text, None))

    def render(self, text: str, timeout_s: float = 60.0) -> Clip:
        """The clip, waiting for it; the notice tone when it takes too long."""
        try:
            return self.request(text, NOW).result(timeout_s)
        except TimeoutError:
            return self._without_speech(text)

    def close(self) -> None:
        """End the helper; what waits becomes notice tones."""
        self._closing = True
        helper = self._helper
        if helper:
            helper.interrupt()
        self._waiting.put((CLOSE, 0, "", None))
        self._worker.join(timeout=5.0)

    # The voice's thread from here on.

    def _work(self) -> None:
        while True:
            order, _, text, future = self._waiting.get()
            if order == CLOSE:
                break
            clip = self.ready(text) or self._make(text)
            if future:
                future.set_result(clip)
        if self._helper:
            self._helper.close()
        self._helper = None
        while not self._waiting.empty():
            _, _, text, future = self._waiting.get()
            if future:
                future.set_result(self._without_speech(text))

    def _make(self, text: str) -> Clip:
        """From the cache or an engine, whatever it takes."""
        said = speakable(aloud(text))
        while self._helper is not None and not self._closing:
            key = self._key(self._helper.choice, said)
            stored = self._stored(key)
            if stored is not None:
                return self._remember(clip_of(text, stored))
            try:
                samples = self._rendered(self._helper, said)
            except Unspeakable:
                self._notices.begin(Trouble.UNSPEAKABLE, text)
                return self._remember(self._without_speech(text))
            except BrokenEngine as error:
                self._give_up_engine(str(error))
            except _Closing:
                break
            else:
                self._notices.end(Trouble.UNSPEAKABLE, Trouble.HELPER_DIED)
                self._store(key, samples)
                return self._remember(clip_of(text, samples))
        return self._without_speech(text)

    def _rendered(self, helper: Helper, text: str) -> Samples:
        """By the engine; a helper that dies is started again. Unspeakable, BrokenEngine, _Closing."""
        for _ in range(TRIES):
            try:
                samples = helper.render(text, self.speed)
            except HelperDied as error:
                if self._closing:
                    raise _Closing from error
                self._deaths += 1
                if self._deaths >= DEATHS_IN_A_ROW:
                    raise BrokenEngine(str(error)) from error
                self._notices.begin(Trouble.HELPER_DIED)
            else:
                self._deaths = 0
                return samples
        raise Unspeakable("the voice died of it twice")

    def _give_up_engine(self, why: str) -> None:
        assert self._helper
        failed = self._helper
        failed.close()
        self._helper = self._next_helper()
        last = self._helper is None
        self._notices.begin(Trouble.SYSTEM_FAILED if last else Trouble.KOKORO_FAILED, why)

    def _next_helper(self) -> Helper | None:
        self._deaths = 0
        return Helper(self._engines.pop(0)) if self._engines else None

    def _key(self, choice: EngineChoice, text: str) -> str:
        model = model_id(choice.folder) if choice.folder else ""
        return cache_key(choice.engine, choice.voice, model, self.speed, text)

    def _stored(self, key: str) -> Samples | None:
        try:
            return self._cache.get(key)
        except DamagedClip:
            self._notices.begin(Trouble.CACHE_DAMAGED)
            return None

    def _store(self, key: str, samples: Samples) -> None:
        try:
            self._cache.put(key, samples)
        except CannotWrite as error:
            self._notices.begin(Trouble.CACHE_FULL, str(error).rstrip("."))
        else:
            self._notices.end(Trouble.CACHE_FULL, Trouble.CACHE_DAMAGED)

    def _remember(self, clip: Clip) -> Clip:
        with self._memory_lock:
            self._memory[clip.text] = clip
            kept_s = sum(each.spoken_s for each in self._memory.values())
            while kept_s > MEMORY_S and len(self._memory) > 1:
                kept_s -= self._memory.popitem(last=False)[1].spoken_s
        return clip

    def _without_speech(self, text: str) -> Clip:
        clip = clip_of(text, np.zeros(0, dtype=np.float32)) if self._silent else replace(notice_tone(), text=text)
        return replace(clip, spoken_s=max(clip.spoken_s, reading_s(text)))


def speakable(text: str) -> str:
    """Without control characters, at which a voice would stop or stumble."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def reading_s(text: str) -> float:
    """How long it takes to read a line of text."""
    return len(text.split()) / READING_WORDS_PER_S

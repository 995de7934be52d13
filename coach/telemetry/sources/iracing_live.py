"""The live iRacing adapter: what the simulator publishes, as frames and events, through pyirsdk.

`poll` takes the time from its caller, never blocks and never raises for what the simulator does: a simulator that is not
there yet, closes, restarts, changes its session or its variables ends in events and another attempt a second later. `wait`
and `stream` are the only places that sleep. On Windows the adapter reads the simulator's shared memory and wakes on its data
event; elsewhere, or for a test, it reads a file that holds the same memory.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from coach.telemetry.frame import Frame
from coach.telemetry.recording import SessionInfo
from coach.telemetry.session_info import parse_session
from coach.telemetry.sources.iracing_memory import IracingMemory, Unusable

RETRY_S = 1.0  # between two attempts to find the simulator: asking is an HTTP request and a mapping
STALE_S = 1.0  # 60 ticks: pyirsdk itself goes on reporting a connection after the simulator has died
_POLL_S = 0.001  # where nothing signals a tick: the age that a tick may reach before it is seen
_SLEEP_SHARE = 0.95  # of a tick slept through before looking every _POLL_S, so that the look drifts ahead of the tick
_LONGEST_SLEEP_S = 0.1  # a caller that wants to stop is heard within this
_WRAP = 1 << 32


@dataclass(frozen=True, slots=True)
class SessionText:
    """The session as the simulator states it, not parsed yet: `parse` costs about a millisecond and may run in any thread.

    `raw` is about the session and the player only; nobody else is in it.
    """

    raw: bytes
    session_num: int | None

    def parse(self, *, keep_player_name: bool = False) -> SessionInfo:
        """What the text says. Never raises."""
        return parse_session(self.raw, "iracing", session_num=self.session_num, keep_player_name=keep_player_name)


@dataclass(frozen=True, slots=True)
class Connected:
    """The simulator is there and its ticks advance. `missing`: live channels that this car or build does not give (NaN in frames)."""

    session: SessionText
    missing: frozenset[str]


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """Another session, or what is stated about the session, the car or the player has changed."""

    session: SessionText


@dataclass(frozen=True, slots=True)
class Dropped:
    """Ticks that were published and never seen, before the frame that follows."""

    ticks: int


@dataclass(frozen=True, slots=True)
class Disconnected:
    """No more frames until the next Connected."""

    why: str


LiveEvent = Connected | SessionChanged | Dropped | Disconnected | Frame


class IracingLive:
    """The connection. `image` names a file that holds live memory; None is the simulator itself (Windows)."""

    _tick_at_s: float  # when the newest tick was seen, and when the event was last waited for
    _waited_at_s: float

    def __init__(self, image: Path | None = None) -> None:
        self._image = image
        self._memory: IracingMemory | None = None
        self._try_at_s = float("-inf")
        self._forget()

    @property
    def connected(self) -> bool:
        """Between a Connected and its Disconnected."""
        return self._session is not None

    def poll(self, now_s: float) -> list[LiveEvent]:
        """What has happened since the last call, in order. `now_s`: any clock that only goes forward, in seconds."""
        try:
            if self._memory is None:
                self._open(now_s)
            return [] if self._memory is None else self._read(self._memory, now_s)
        except Unusable as error:
            return self._lose(now_s, str(error))

    def close(self) -> None:
        """Let the simulator's memory go. A later poll connects again."""
        if self._memory is not None:
            self._memory.close()
        self._memory = None
        self._try_at_s = float("-inf")
        self._forget()

    def wait(self, now_s: float) -> None:
        """Sleep until the next tick is due: on the simulator's own signal where there is one, else by the clock."""
        if self._memory is None:
            time.sleep(min(max(self._try_at_s - now_s, _POLL_S), _LONGEST_SLEEP_S))
        elif self._memory.has_event and self._tick_at_s > self._waited_at_s:
            self._waited_at_s = now_s
            self._memory.wait_for_event()
        else:  # no signal, or one that brought no tick: an event left set would otherwise spin
            due_s = self._tick_at_s + _SLEEP_SHARE / max(self._memory.header.tick_rate, 1)
            time.sleep(min(max(due_s - now_s, _POLL_S), _LONGEST_SLEEP_S))

    def _forget(self) -> None:
        """Nothing is known of a connection."""
        self._session: SessionText | None = None
        self._tick = 0
        self._ticks: tuple[int, ...] = ()  # of the buffers when all that was new in them had been read
        self._tick_at_s = self._waited_at_s = float("-inf")
        self._update = -1  # of the session text that was taken last
        self._text = b""
        self._draft: bytes | None = None  # a text seen once; it counts when a later tick shows the same

    def _open(self, now_s: float) -> None:
        if now_s < self._try_at_s:
            return
        self._try_at_s = now_s + RETRY_S
        self._memory = IracingMemory(self._image)
        ticks = self._memory.ticks()
        self._tick = max(ticks, key=lambda tick: _ahead(tick, ticks[0]))
        self._tick_at_s = now_s

    def _lose(self, now_s: float, why: str) -> list[LiveEvent]:
        was_connected = self.connected
        self.close()
        self._try_at_s = now_s + RETRY_S
        return [Disconnected(why)] if was_connected else []

    def _read(self, memory: IracingMemory, now_s: float) -> list[LiveEvent]:
        update = memory.session_update()
        ticks = memory.ticks()
        events: list[LiveEvent] = []
        unseen = [] if ticks == self._ticks else self._unseen(memory, ticks)
        self._ticks = ticks
        for buffer, tick in unseen:
            frame = memory.read(buffer, tick)
            if frame is None:  # half written: it is looked at again
                self._ticks = ()
                continue
            lost = _ahead(tick, self._tick) - 1
            if self.connected and lost > 0:
                events.append(Dropped(lost))
            self._tick, self._tick_at_s = tick, now_s
            events.extend(self._session_events(memory, update, frame))
            if self.connected:
                events.append(frame)
        if now_s - self._tick_at_s > STALE_S:
            raise Unusable("the simulator has stopped publishing ticks")
        return events

    def _unseen(self, memory: IracingMemory, ticks: tuple[int, ...]) -> list[tuple[int, int]]:
        """(buffer, tick) of the ticks not read yet, oldest first: after a late poll up to three are still there.

        The oldest buffer is the one that the simulator writes next. A build that does not mark the beginning of a write would
        let half a tick through there, so it is left alone.
        """
        order = sorted(range(len(ticks)), key=lambda i: _ahead(ticks[i], self._tick))
        if _ahead(ticks[order[-1]], self._tick) < 0:
            raise Unusable("the simulator has started anew")
        if len(order) > 1 and not memory.marks_begin(order[0]):
            del order[0]
        return [(i, ticks[i]) for i in order if _ahead(ticks[i], self._tick) > 0]

    def _session_events(self, memory: IracingMemory, update: int, frame: Frame) -> list[LiveEvent]:
        """What a tick says about the session. A text is taken when two ticks show the same: it may be half written at first."""
        number = int(frame["session_num"]) if frame.has("session_num") else None
        text = self._text
        if update != self._update:
            text = memory.session_text()
            if text != self._draft:
                self._draft = text
                return []
            memory.check_variables()
            self._update, self._draft = update, None
        before, session = self._session, SessionText(text, number)
        self._text, self._session = text, session
        if before is None:
            return [Connected(session, memory.missing)]
        return [] if before == session else [SessionChanged(session)]


def stream(source: IracingLive, stopped: Callable[[], bool], clock_s: Callable[[], float] = time.monotonic) -> Iterator[LiveEvent]:
    """Events until `stopped` says so: the loop of a live thread. The source is closed at the end."""
    try:
        while not stopped():
            yield from source.poll(clock_s())
            source.wait(clock_s())
    finally:
        source.close()


def _ahead(tick: int, than: int) -> int:
    """How far one tick count is ahead of another; the counters are 32-bit and wrap."""
    return (tick - than + _WRAP // 2) % _WRAP - _WRAP // 2

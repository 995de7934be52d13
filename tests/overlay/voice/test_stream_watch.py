"""What a stream tells of itself, without a sound card: a stream that does what the test says."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from overlay.voice import stream_watch
from overlay.voice.stream_watch import StreamWatch

AHEAD_S = 1000.0  # the library's clock before ours


class Stream:
    """Answers a probe when it is told to."""

    latency = 0.05

    def __init__(self) -> None:
        self.actions: list[Any] = []
        self.underflows = 0

    @property
    def time(self) -> float:
        return time.perf_counter() + AHEAD_S

    def play_buffer(self, samples: Any, channels: int) -> Any:
        self.actions.append(SimpleNamespace(actual_time=0.0))
        return self.actions[-1]

    def fetch_and_reset_stats(self) -> Any:
        self.actions.append(SimpleNamespace(stats=SimpleNamespace(output_underflows=self.underflows)))
        return self.actions[-1]

    def answer(self, delay_s: float) -> None:
        for action in self.actions:
            if hasattr(action, "actual_time"):
                action.actual_time = self.time + delay_s
        self.actions.clear()


def test_the_clocks_are_compared() -> None:
    watch = StreamWatch(Stream())
    watch.look()
    assert watch.offset_s == pytest.approx(AHEAD_S, abs=0.01)


def test_a_probe_tells_the_delay() -> None:
    stream = Stream()
    watch = StreamWatch(stream)
    watch.look()
    stream.answer(0.03)
    watch.look()
    assert watch.has_times
    assert watch.delays_s[-1] == pytest.approx(0.03, abs=0.02)


def test_a_device_that_tells_no_times_is_taken_at_its_latency() -> None:
    stream = Stream()
    watch = StreamWatch(stream)
    watch.look()
    stream.answer(-50.0)
    watch.look()
    assert not watch.has_times
    assert watch.delays_s[-1] == stream.latency


def test_gaps_are_counted_once() -> None:
    stream = Stream()
    watch = StreamWatch(stream)
    for underflows, seen in ((2, 0), (0, 2), (1, 2), (0, 3)):
        stream.underflows = underflows
        watch.look()
        stream.answer(0.03)
        assert watch.underruns == seen


def test_a_stream_that_answers_no_more_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_watch, "DEAD_AFTER_S", 0.05)
    stream = Stream()
    watch = StreamWatch(stream)
    watch.look()
    assert watch.is_alive
    time.sleep(0.06)
    watch.look()
    assert not watch.is_alive
    stream.answer(0.03)
    watch.look()
    assert watch.is_alive

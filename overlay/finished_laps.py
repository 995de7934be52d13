"""Finished laps under analysis: what each of them tells, with the words that may follow rendered before the plan is made.

The live loop hands laps over and takes their reports at later ticks; it waits for none, but for a while when a session ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from coach.cues.plan import texts_of
from coach.cues.settings import CueSettings
from coach.cues.topics import Entry, TopicState
from coach.live.report import LapReport
from coach.session import LapDone, State
from coach.telemetry.recording import Recording
from coach.wording.spoken import best_lap, calls

T = TypeVar("T")
RENDERED_AHEAD = 3  # candidates whose words are rendered before they are topics
# At a lap's end, for the lengths of what is about to be planned: a plan with an estimated one is better than a late plan.
RENDER_WAIT_S = 3.0


class Analysis(Protocol):
    """What is needed of the analyst: `coach.live.analyst.Analyst` itself, or the lap desk that has one."""

    settings: CueSettings

    def add(self, recording: Recording) -> LapReport:
        """Analyze the newest lap."""


@dataclass(frozen=True, slots=True)
class Inline:
    """Analysis at once, in the caller's thread: for a drive that goes faster than time."""

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Done before it returns."""
        done: Future[T] = Future()
        done.set_result(work())
        return done

    def shutdown(self, *, wait: bool) -> None:
        """Nothing runs."""


class Beside:
    """Analysis in a thread beside the live loop."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="analysis")

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Start it."""
        return self._pool.submit(work)

    def shutdown(self, *, wait: bool) -> None:
        """Begin nothing more; what was submitted goes on to its end."""
        self._pool.shutdown(wait=wait)


class FinishedLaps:
    """Those of one coach. `render`: the voice's; texts, where their lengths go, and how long it may take."""

    def __init__(
        self, analyst: Callable[[], Analysis], render: Callable[[Sequence[str], dict[str, float], float], None], work: Inline | Beside
    ) -> None:
        self._new_analyst, self._render, self._work = analyst, render, work
        self.reports: list[Future[LapReport]] = []
        self.count = 0
        self._chosen: LapReport | None = None  # the newest reference, and the laps that were under analysis when it came
        self._under_way = set[Future[LapReport]]()
        self._is_closed = False
        self._analyst = analyst()

    def begin_anew(self) -> None:
        """Of another car or track: with another analyst, and what the old one still tells is taken no more."""
        self._analyst = self._new_analyst()
        self.reports.clear()

    def use(self, settings: CueSettings) -> None:
        """Another style from the next lap on."""
        self._analyst.settings = settings

    def expect(self, chosen: LapReport) -> None:
        """A reference that was found or chosen: laps under analysis that were measured against the one before do not bring that back."""
        self._chosen, self._under_way = chosen, set(self.reports)

    def add(self, done: LapDone, state: State | None) -> None:
        """A lap has ended."""
        analyst = self._analyst
        report = self._work.submit(lambda: self._analyze(analyst, done, state))
        self.reports.append(report)
        self.count += 1
        number = self.count
        if state is not None:
            self._work.submit(lambda: self._measure_rest(report, state, number))

    def taken(self) -> Iterator[tuple[LapReport, LapReport]]:
        """What has come in, in the order of the laps: each report as it counts now, and as the lap was measured."""
        while self.reports and self.reports[0].done():
            done = self.reports.pop(0)
            chosen = self._chosen if done in self._under_way else None
            self._under_way.discard(done)
            measured = done.result()
            yield _in_step(measured, chosen), measured

    def wait(self, within_s: float) -> None:
        """For those under analysis."""
        wait(self.reports, within_s)

    def close(self, *, wait: bool) -> None:
        """No more laps. Those under analysis are still analyzed, so that they are saved; nothing more is rendered for them."""
        self._is_closed = True
        self._work.shutdown(wait=wait)

    def _analyze(self, analyst: Analysis, done: LapDone, state: State | None) -> LapReport:
        report = analyst.add(done.recording)
        if state is not None:
            self._measure(_what_may_be_said(report, state)[0], state, RENDER_WAIT_S)
        return report

    def _measure_rest(self, report: Future[LapReport], state: State, number: int) -> None:
        """What there was no time for, until the next lap is over; a plan made meanwhile is decided with the true length."""
        likely, others = _what_may_be_said(report.result(), state) if report.exception() is None else ((), ())
        for text in (*likely, *others):
            if number == self.count:
                self._measure([text], state, RENDER_WAIT_S)

    def _measure(self, texts: Sequence[str], state: State, within_s: float) -> None:
        """Also what was rendered before: the voice forgets what nobody has asked for longest."""
        if not self._is_closed:
            self._render(texts, state.clips_s, within_s)


def _in_step(measured: LapReport, chosen: LapReport | None) -> LapReport:
    """A lap's report with the reference that was chosen while it was under analysis, unless it was measured with that one already."""
    if chosen is None or chosen.running is None or measured.running is None or measured.given == chosen.given:
        return measured
    return replace(measured, running=chosen.running, rule=chosen.rule, caveat="")


def _what_may_be_said(report: LapReport, state: State) -> tuple[list[str], list[str]]:
    """On the coming lap: what is about to be planned, and what is less likely, or may be rendered while the car is on its way to it."""
    working = [text for entry in state.topics.entries if entry.state is TopicState.WORKING for text in _texts(entry)]
    silent = [text for entry in state.topics.entries if entry.state in {TopicState.WAITING, TopicState.RESTING} for text in _texts(entry)]
    cued = {entry.topic for entry in state.topics.entries if entry.cued_for}
    found = [text for candidate in report.found[:RENDERED_AHEAD] for text in texts_of(candidate, again=candidate.topic in cued)]
    first, others = (working, found) if working else (found[:2], found[2:])
    remark = best_lap(report.lap.lap_time_s) if report.is_best and report.lap is not None else ()
    return first, [*remark, *others, *silent, *calls()]


def _texts(entry: Entry) -> tuple[str, str]:
    return texts_of(entry.candidate, again=bool(entry.cued_for))

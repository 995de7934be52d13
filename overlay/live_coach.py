"""The live engine at work: ticks in, snapshots and words out. No window, no sound device, no clock of its own.

One thread calls `feed` with what the source says. Finished laps are analyzed in a second thread, whose report is taken at a later
tick; the voice renders what could be said before the plan is made, so that the plan knows how long the clips are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from coach.cues.plan import texts_of
from coach.cues.settings import CueSettings
from coach.cues.topics import Entry, TopicState
from coach.events import SAID, CueState, Event, EventKind, ToneState
from coach.live.report import LapReport
from coach.session import LapDone, State, another_voice, foresee, gone, missed, new_session, step, take
from coach.telemetry.frame import Frame
from coach.telemetry.recording import Recording, SessionInfo
from coach.wording.spoken import best_lap, calls
from overlay.snapshots import SnapshotMaker
from overlay.state import SIMULATOR, Snapshot, Units

T = TypeVar("T")
RENDERED_AHEAD = 3  # candidates whose words are rendered before they are topics
# At a lap's end, for the lengths of what is about to be planned: a plan with an estimated one is better than a late plan.
RENDER_WAIT_S = 3.0


class Spoken(Protocol):
    """What is needed of the voice."""

    @property
    def tones_only(self) -> bool:
        """Whether it can no longer speak and sounds tones instead."""

    @property
    def delay_s(self) -> float:
        """From a call of `say` until its first sample is heard."""

    def lengths_s(self, texts: Sequence[str], timeout_s: float) -> dict[str, float]:
        """Render for later, in this order; how long each takes to say, as far as that is known in time."""

    def say(self, text: str, in_s: float) -> str:
        """Say it so that it is heard in so many seconds; why not, or empty."""

    def tone(self, tone: ToneState, in_s: float) -> str:
        """Sound it in so many seconds; why not, or empty."""


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


class LiveCoach:
    """One driver's coach. `heard` gets every event; `lap` every analyzed lap; `line_is_shown`: whether a cue can be read where it is not heard."""

    def __init__(
        self,
        settings: CueSettings,
        analyst: Callable[[], Analysis],
        voice: Spoken,
        *,
        heard: Callable[[Event], None],
        lap: Callable[[LapReport], None],
        work: Inline | Beside,
        units: Units = Units.METRIC,
        simulator: str = SIMULATOR,
        line_is_shown: Callable[[], bool] = lambda: True,
    ) -> None:
        self._settings, self._new_analyst, self._voice = settings, analyst, voice
        self._heard, self._lap, self._work, self._line_is_shown = heard, lap, work, line_is_shown
        self._analyst = analyst()
        self._reports: list[Future[LapReport]] = []
        self._chosen: LapReport | None = None  # the newest reference, and the laps that were under analysis when it came
        self._under_way = set[Future[LapReport]]()
        self._finished = 0  # laps
        self._is_closed = False
        self.state: State | None = None
        self.maker = SnapshotMaker(settings.laps_needed, units, simulator)

    @property
    def snapshot(self) -> Snapshot:
        """The newest picture; any thread may read it."""
        return self.maker.snapshot

    def session(self, info: SessionInfo) -> None:
        """Another session: of the same drive what was learned stays, else everything begins anew."""
        before = self.state
        if before is None:
            self.state = State(self._settings, info)
        else:
            self.state, events = new_session(info, before)
            for event in events:
                self._hear(event, before)
        if self.state is not before:
            self._analyst = self._new_analyst()
            self._reports.clear()
            self.maker.session()
        elif self.state.report is not None:
            self.maker.know(self.state.report)  # the screen forgets it with the simulator

    def use(self, settings: CueSettings) -> None:
        """Another style from here on."""
        self._settings = self._analyst.settings = settings
        if self.state is not None:
            self.state.settings = self.state.silence.settings = self.state.topics.settings = self.state.arbiter.settings = settings

    def another_voice(self) -> None:
        """Another voice says the same words in another time: plans made with the old one's are dropped, its lengths measured anew."""
        if self.state is not None:
            for event in another_voice(self.state):
                self._hear(event, self.state)

    def tick(self, frame: Frame) -> None:
        """One tick of the simulator."""
        state = self.state
        if state is None:
            return
        state.heard_after_s = self._voice.delay_s
        self._take_finished(state)
        for output in step(frame, state):
            if isinstance(output, Event):
                self._hear(output, state)
            else:
                self._finish(output)
        self.maker.tick(frame, state)

    def expect(self, report: LapReport) -> None:
        """A reference that was found or chosen, for the delta from now on."""
        state = self.state
        if state is None:
            return
        self._chosen, self._under_way = report, set(self._reports)
        before = state.report
        for event in foresee(report, state):
            self._hear(event, state)
        if state.report is not None and state.report is not before:
            self.maker.know(state.report)

    def settle(self, within_s: float) -> None:
        """Take the laps that are under analysis, one that has just ended among them. What is not finished by then is taken at a later tick."""
        self._hand_out()
        wait(self._reports, within_s)
        if self.state is not None:
            self._take_finished(self.state)

    def lost(self, why: str) -> None:
        """The simulator has gone; the coach waits for it."""
        self._hand_out()
        self.maker.lost(why)

    def close(self, *, wait: bool = False) -> None:
        """No more laps. Those under analysis are still analyzed, so that they are saved; nothing more is rendered for them."""
        self._hand_out()
        self._is_closed = True
        self._work.shutdown(wait=wait)

    def _hand_out(self) -> None:
        if self.state is not None:
            for done in gone(self.state):
                self._finish(done)

    def _finish(self, done: LapDone) -> None:
        analyst, state = self._analyst, self.state
        report = self._work.submit(lambda: self._analyze(analyst, done, state))
        self._reports.append(report)
        self._finished += 1
        number = self._finished
        if state is not None:
            self._work.submit(lambda: self._measure_rest(report, state, number))

    def _analyze(self, analyst: Analysis, done: LapDone, state: State | None) -> LapReport:
        report = analyst.add(done.recording)
        if state is not None:
            self._measure(_what_may_be_said(report, state)[0], state, RENDER_WAIT_S)
        return report

    def _measure_rest(self, report: Future[LapReport], state: State, number: int) -> None:
        """What there was no time for, until the next lap is over; a plan made meanwhile is decided with the true length."""
        likely, others = _what_may_be_said(report.result(), state) if report.exception() is None else ((), ())
        for text in (*likely, *others):
            if number == self._finished:
                self._measure([text], state, RENDER_WAIT_S)

    def _measure(self, texts: Sequence[str], state: State, within_s: float) -> None:
        """Also what was rendered before: the voice forgets what nobody has asked for longest."""
        clips_s = state.clips_s  # of the voice that speaks now; another one gets others
        if not self._is_closed:
            clips_s.update(self._voice.lengths_s(texts, within_s))

    def _take_finished(self, state: State) -> None:
        while self._reports and self._reports[0].done():
            done = self._reports.pop(0)
            chosen = self._chosen if done in self._under_way else None
            self._under_way.discard(done)
            self._take(done.result(), state, chosen)

    def _take(self, report: LapReport, state: State, chosen: LapReport | None = None) -> None:
        """`chosen`: a reference that came while the lap was under analysis. Measured against the one before, the lap does not bring that back."""
        measured = report
        if chosen is not None and chosen.running is not None and report.running is not None and report.given != chosen.given:
            report = replace(report, running=chosen.running, rule=chosen.rule, caveat="")
        for event in take(report, state):
            self._hear(event, state)
        self.maker.report(report)
        self._lap(measured)

    def _hear(self, event: Event, state: State) -> None:
        if event.kind is EventKind.CUE and event.state == CueState.PLANNED.value:
            self._voice.lengths_s([event.text], 0.0)  # a remark is rendered while the car is on its way to the straight; a cue stays ready
        if event.kind is EventKind.CUE and event.state in SAID:
            refused = self._voice.say(event.text, state.heard_after_s)
            if refused and self._line_is_shown():
                event = replace(event, reason=f"shown only, {refused}")  # the engine has decided; what was heard is said here
            elif refused:
                event = missed(event, f"{refused}, and the cue line is hidden", state)
        if event.kind is EventKind.TONES and event.state in set(ToneState):
            refused = self._voice.tone(ToneState(event.state), event.heard_s - event.t_s)
            if refused:
                event = replace(event, reason=f"not heard, {refused}")
        self.maker.event(event, state)
        self._heard(event)


def _what_may_be_said(report: LapReport, state: State) -> tuple[list[str], list[str]]:
    """On the coming lap: what is about to be planned, and what is less likely, or may be rendered while the car is on its way to it."""
    working = [text for entry in state.topics.entries if entry.state is TopicState.WORKING for text in _texts(entry)]
    silent = [text for entry in state.topics.entries if entry.state in {TopicState.WAITING, TopicState.RESTING} for text in _texts(entry)]
    found = [text for candidate in report.found[:RENDERED_AHEAD] for text in texts_of(candidate)]
    first, others = (working, found) if working else (found[:2], found[2:])
    remark = best_lap(report.lap.lap_time_s) if report.is_best and report.lap is not None else ()
    return first, [*remark, *others, *silent, *calls()]


def _texts(entry: Entry) -> tuple[str, str]:
    return texts_of(entry.candidate, again=bool(entry.cued_for))

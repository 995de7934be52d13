"""The live engine at work: ticks in, snapshots and words out. No window, no sound device, no clock of its own.

One thread calls `tick` with what the source says. Finished laps are analyzed in a second one (`finished_laps.py`), whose reports are
taken at later ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from coach.cues.settings import CueSettings
from coach.events import SAID, CueState, Event, EventKind, ToneState
from coach.live.report import LapReport
from coach.session import State, another_voice, foresee, gone, missed, new_session, step, take
from coach.telemetry.frame import Frame
from coach.telemetry.recording import SessionInfo
from overlay.finished_laps import Analysis, Beside, FinishedLaps, Inline
from overlay.snapshots import SnapshotMaker
from overlay.state import SIMULATOR, Snapshot


class Spoken(Protocol):
    """What is needed of the voice."""

    @property
    def tones_only(self) -> bool:
        """Whether it can no longer speak and sounds tones instead."""

    @property
    def delay_s(self) -> float:
        """From a call of `say` until its first sample is heard."""

    def render(self, texts: Sequence[str], lengths_s: dict[str, float], within_s: float) -> None:
        """For later, in this order. How long each takes to say goes into `lengths_s` once it is known; waited for so long and no longer."""

    def say(self, text: str, in_s: float) -> str:
        """Say it so that it is heard in so many seconds; why not, or empty."""

    def tone(self, tone: ToneState, in_s: float) -> str:
        """Sound it in so many seconds; why not, or empty."""

    def forget(self) -> None:
        """Another car or track: what was said before is not repeated any more."""


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
        simulator: str = SIMULATOR,
        line_is_shown: Callable[[], bool] = lambda: True,
    ) -> None:
        self._settings, self._voice = settings, voice
        self._heard, self._lap, self._line_is_shown = heard, lap, line_is_shown
        self._finished_laps = FinishedLaps(analyst, voice.render, work)
        self.state: State | None = None
        self.maker = SnapshotMaker(settings.laps_needed, simulator)

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
            self._finished_laps.begin_anew()
            self.maker.session()
        elif self.state.report is not None:
            self.maker.know(self.state.report)  # the screen forgets it with the simulator

    def use(self, settings: CueSettings) -> None:
        """Another style from here on."""
        self._settings = settings
        self._finished_laps.use(settings)
        if self.state is not None:
            self.state.settings = self.state.silence.settings = self.state.topics.settings = self.state.arbiter.settings = settings

    def another_voice(self) -> None:
        """Another voice says the same words in another time: plans made with the old one's are dropped, its lengths measured anew."""
        if self.state is not None:
            for event in another_voice(self.state):
                self._hear(event, self.state)

    def show_again(self) -> None:
        """The last cue once more on its line; who hears the voice has it repeated there."""
        if self.state is not None:
            self.maker.show_again(self.state.place.t_s)

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
                self._finished_laps.add(output, state)
        self.maker.tick(frame, state)

    def expect(self, report: LapReport) -> None:
        """A reference that was found or chosen, for the delta from now on."""
        state = self.state
        if state is None:
            return
        self._finished_laps.expect(report)
        before = state.report
        for event in foresee(report, state):
            self._hear(event, state)
        if state.report is not None and state.report is not before:
            self.maker.know(state.report)

    def settle(self, within_s: float) -> None:
        """Take the laps that are under analysis, one that has just ended among them. What is not finished by then is taken at a later tick."""
        self._hand_out()
        self._finished_laps.wait(within_s)
        if self.state is not None:
            self._take_finished(self.state)

    def lost(self, why: str) -> None:
        """The simulator has gone; the coach waits for it."""
        self._hand_out()
        self.maker.lost(why)

    def close(self, *, wait: bool = False) -> None:
        """No more laps. Those under analysis are still analyzed, so that they are saved; nothing more is rendered for them."""
        self._hand_out()
        self._finished_laps.close(wait=wait)

    def _hand_out(self) -> None:
        if self.state is not None:
            for done in gone(self.state):
                self._finished_laps.add(done, self.state)

    def _take_finished(self, state: State) -> None:
        for report, measured in self._finished_laps.taken():
            for event in take(report, state):
                self._hear(event, state)
            self.maker.report(report)
            self._lap(measured)

    def _hear(self, event: Event, state: State) -> None:
        if event.kind is EventKind.CUE and event.state == CueState.PLANNED.value:
            forms = (form.text for plan in state.arbiter.plans for form in plan.forms)
            self._voice.render(list(dict.fromkeys((event.text, *forms))), state.clips_s, 0.0)  # while the car is on its way there
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

"""What the live coach asks of the voice."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coach.compare.study import open_drive
from coach.cues.plan import texts_of
from coach.cues.settings import CueSettings
from coach.demo import demo_session
from coach.events import CueState, Event, EventKind, ToneState
from coach.live.analyst import Analyst as RealAnalyst
from coach.live.report import LapReport
from coach.replay import frames_of
from coach.session import LapDone, asked_for
from coach.telemetry.recording import Recording, SessionInfo, recording_from_columns
from coach.wording.spoken import calls
from overlay.finished_laps import RENDER_WAIT_S, Inline
from overlay.live_coach import LiveCoach
from tests.coach.cues.made import entry, plan
from tests.coach.live.frames import frame


class Analyst:
    """Finds nothing."""

    settings = CueSettings()

    def add(self, recording: Recording) -> LapReport:
        return LapReport(recording, None)


class Forgetful:
    """Ready to say what it was asked to render since it last forgot everything."""

    tones_only = False
    delay_s = 0.0

    def __init__(self) -> None:
        self.ready: set[str] = set()

    def render(self, texts: Sequence[str], lengths_s: dict[str, float], within_s: float) -> None:
        self.ready.update(texts)
        lengths_s.update(dict.fromkeys(texts, 1.0))

    def say(self, text: str, in_s: float) -> str:
        return "" if text in self.ready else "not ready"

    def tone(self, tone: ToneState, in_s: float) -> str:
        return ""

    def forget(self) -> None:
        pass


def coach_of(voice: Forgetful, heard: list[Event], line_is_shown: Callable[[], bool] = lambda: True) -> LiveCoach:
    coach = LiveCoach(CueSettings(), Analyst, voice, heard=heard.append, lap=lambda _: None, work=Inline(), line_is_shown=line_is_shown)
    coach.session(SessionInfo("live"))
    return coach


def test_calls_are_ready_on_every_lap_though_the_voice_forgets() -> None:
    voice = Forgetful()
    coach = coach_of(voice, [])
    for _ in range(2):
        voice.ready.clear()
        coach._finished_laps.add(LapDone(recording_from_columns(Path("live"), SessionInfo("live"), {"speed_mps": np.ones(1)})), coach.state)
        assert set(calls()) <= voice.ready


def test_a_cue_that_is_planned_again_is_said_though_the_voice_forgot_it() -> None:
    voice, heard = Forgetful(), list[Event]()
    coach = coach_of(voice, heard)
    for _ in range(2):
        voice.ready.clear()
        for fate in (CueState.PLANNED, CueState.SPOKEN):
            coach._hear(Event(EventKind.CUE, 1.0, 1, 100.0, text="Brake later.", state=fate.value), coach.state)
        coach.state.clips_s["Brake later."] = 1.0
    assert [event.reason for event in heard if event.state == CueState.SPOKEN.value] == ["", ""]


class Wireless(Forgetful):
    """Heard a third of a second after it was spoken to."""

    delay_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self.said: list[float] = []

    def say(self, text: str, in_s: float) -> str:
        self.said.append(in_s)
        return super().say(text, in_s)


def test_what_is_heard_late_is_decided_for_the_moment_it_is_heard() -> None:
    voice = Wireless()
    coach = coach_of(voice, [])
    coach.tick(frame())
    assert coach.state.heard_after_s == voice.delay_s
    coach._hear(Event(EventKind.CUE, 1.0, 4, 100.0, text="Best lap.", state=CueState.SPOKEN.value), coach.state)
    assert voice.said == [voice.delay_s]


def test_each_form_of_what_is_planned_is_decided_by_its_true_length() -> None:
    """An amount may change with the lap, and with it the words: estimated by their number they would end a second late."""
    coach = coach_of(Forgetful(), [])
    one = plan(0.0, 100.0, 50.0, 200.0, entry(1))
    planned = replace(one, forms=(*one.forms, replace(one.forms[0], text="Word.")))
    coach.state.arbiter.plans = [planned]
    coach._hear(Event(EventKind.CUE, 1.0, 4, 100.0, text=planned.forms[0].text, state=CueState.PLANNED.value), coach.state)
    assert coach.state.clips_s == {form.text: 1.0 for form in planned.forms}


def test_a_cue_that_was_neither_heard_nor_shown_was_not_said() -> None:
    """A topic is measured from its first cue on, and its laps are used up by cues: none of that by one which reached nobody."""
    voice, heard = Forgetful(), list[Event]()
    line_is_shown = iter((True, False))
    coach = coach_of(voice, heard, lambda: next(line_is_shown))
    topic = entry(1)
    topic.cued_for = [3]
    coach.state.topics.entries.append(topic)
    for _ in range(2):
        topic.cued(4)  # as the engine does when it decides
        coach.state.corrections += 1
        coach.state.said = plan(0.0, 0.0, 0.0, 0.0, topic)
        cue = Event(EventKind.CUE, 1.0, 4, 100.0, 1, topic.topic.cause.value, "Slightly more speed.", CueState.SPOKEN.value, gain_s=0.2)
        coach._hear(cue, coach.state)
    assert [(event.state, event.reason) for event in heard] == [
        ("spoken", "shown only, not ready"),
        ("dropped", "not ready, and the cue line is hidden"),
    ]
    assert asked_for(heard[0], coach.state) is topic.candidate
    assert asked_for(heard[1], coach.state) is None
    assert (topic.cued_for, topic.silenced, coach.state.corrections) == ([3, 4], 4, 1)


def test_a_remark_that_reached_nobody_is_logged_as_dropped() -> None:
    heard = list[Event]()
    coach = coach_of(Forgetful(), heard, lambda: False)
    coach._hear(Event(EventKind.CUE, 1.0, 4, 100.0, text="Best lap.", state=CueState.SPOKEN.value), coach.state)
    assert [event.state for event in heard] == ["dropped"]


class Slow(Forgetful):
    """A voice that has measured one more text at each call, as one that takes seconds for each has."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[tuple[str, ...], float]] = []

    def render(self, texts: Sequence[str], lengths_s: dict[str, float], within_s: float) -> None:
        self.asked.append((tuple(texts), within_s))
        self.ready.update(next(([text] for text in texts if text not in self.ready), []))
        lengths_s.update({text: 1.5 for text in texts if text in self.ready})


class Later:
    """Work that waits until it is told to be done, one piece after the other."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], object], Future]] = []

    def submit(self, work: Callable[[], object]) -> Future:
        self.waiting.append((work, Future()))
        return self.waiting[-1][1]

    def do_next(self) -> None:
        work, future = self.waiting.pop(0)
        future.set_result(work())

    def shutdown(self, *, wait: bool) -> None: ...


def test_a_slow_voice_delays_a_lap_once_and_is_measured_on_while_the_next_one_is_driven() -> None:
    """The neural voice takes two seconds for a cue: one after the other they would come half a lap late."""
    voice, work = Slow(), Later()
    coach = LiveCoach(CueSettings(), Analyst, voice, heard=print, lap=lambda _: None, work=work)
    coach.session(SessionInfo("live"))
    entries = [entry(number) for number in (1, 2, 3)]
    coach.state.topics.entries = entries
    wanted = [text for one in entries for text in texts_of(one.candidate)]
    lap = LapDone(recording_from_columns(Path("live"), SessionInfo("live"), {"speed_mps": np.ones(1)}))
    coach._finished_laps.add(lap, coach.state)
    work.do_next()
    assert coach._finished_laps.reports[0].done()
    assert voice.asked == [(tuple(wanted), RENDER_WAIT_S)]
    assert coach.state.clips_s == {wanted[0]: 1.5}
    work.do_next()
    assert set(wanted) <= set(coach.state.clips_s)
    coach._finished_laps.add(lap, coach.state)
    coach._finished_laps.add(lap, coach.state)  # the next lap is over already: its analysis comes before what is left of this one
    work.do_next()
    asked = len(voice.asked)
    work.do_next()
    assert len(voice.asked) == asked


def test_laps_under_analysis_are_waited_for_so_long_and_no_longer() -> None:
    work, taken = Later(), list[LapReport]()
    coach = LiveCoach(CueSettings(), Analyst, Forgetful(), heard=lambda _: None, lap=taken.append, work=work)
    coach.session(SessionInfo("live"))
    for _ in range(2):
        coach._finished_laps.add(LapDone(recording_from_columns(Path("live"), SessionInfo("live"), {"speed_mps": np.ones(1)})), coach.state)
    work.do_next()
    begun_s = time.monotonic()
    coach.settle(0.05)
    assert 0.04 < time.monotonic() - begun_s < 5.0
    assert len(taken) == 1
    for _ in range(3):
        work.do_next()
    coach.settle(60.0)
    assert len(taken) == 2


@pytest.mark.parametrize("chosen_after_its_analysis", [True, False])
def test_a_lap_measured_against_the_reference_before_does_not_bring_it_back(chosen_after_its_analysis: bool) -> None:
    """Chosen just after the line, while the lap's analysis or its words take their time: the old one was back for a lap."""
    whole, work, analyst, taken = demo_session()[0], Later(), RealAnalyst(CueSettings()), list[LapReport]()
    analyst.given, analyst.given_says = (open_drive(whole),), "the old one"
    coach = LiveCoach(CueSettings(), lambda: analyst, Forgetful(), heard=lambda _: None, lap=taken.append, work=work)
    coach.session(whole.session)
    ticks = frames_of(whole)
    while not work.waiting:
        coach.tick(next(ticks))
    if chosen_after_its_analysis:
        work.do_next()
    analyst.given_says = "the new one"
    coach.expect(new := analyst.before_next_lap())
    if not chosen_after_its_analysis:
        work.do_next()
    coach.tick(next(ticks))
    (measured,) = taken
    assert measured.rule.startswith("the old one" if chosen_after_its_analysis else "the new one")
    assert coach.state.report.rule == coach.snapshot.reference.name == "the new one"
    assert coach.state.running is (new if chosen_after_its_analysis else measured).running
    assert coach.state.report.seen is measured.seen

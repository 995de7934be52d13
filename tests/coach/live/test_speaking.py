"""Which cues are planned when several topics are in work, on a made road: a corner every 500 m."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from coach.cues.plan import PROGRESS, apart, too_close
from coach.cues.settings import Style, settings_for
from coach.cues.topics import Entry, TopicState
from coach.events import CueState, Event, EventKind
from coach.laps.lap import Lap, LapKind
from coach.live.report import LapReport
from coach.live.speaking import at_most, plan_cues, plan_remarks, speak
from coach.live.state import Output, State
from coach.session import missed
from coach.telemetry.recording import Recording, SessionInfo
from tests.coach.cues.made import entry, plan, road
from tests.coach.live.frames import frame

SESSION = SessionInfo("made")
NOTHING = Recording(Path("nothing"), SESSION, 0, lambda _: None, frozenset())


def working(gains_s: dict[int, float], speed_mps: float, lap: Lap | None = None, *, is_best: bool = False) -> State:
    """The talkative style after a lap, with a topic at each of these corners."""
    settings = settings_for(Style.TALKATIVE)
    state = State(settings, SESSION)
    state.report = LapReport(NOTHING, lap, road=road(speed_mps), is_best=is_best)
    state.place.know_length(3000.0)
    for number, gain_s in gains_s.items():
        one = entry(number)
        one.candidate = replace(one.candidate, gain_s=gain_s)
        state.topics.entries.append(one)
    return state


def planned(gains_s: dict[int, float], speed_mps: float) -> list[Event]:
    """The events of planning the coming lap."""
    state, out = working(gains_s, speed_mps), []
    plan_cues(state, out)
    left = {one.corner for one in state.arbiter.plans}
    assert left <= {event.corner for event in out if event.state == CueState.PLANNED}
    return out


@pytest.mark.parametrize("order", [(2, 3), (3, 2)])
@pytest.mark.parametrize("dearer", [2, 3])
def test_of_two_cues_too_close_to_each_other_the_dearer_one_is_planned(order: tuple[int, int], dearer: int) -> None:
    out = planned({number: 0.4 if number == dearer else 0.1 for number in order}, 120.0)
    fates = {number: [event.state for event in out if event.corner == number][-1] for number in order}
    cheaper = 5 - dearer
    assert fates == {dearer: CueState.PLANNED, cheaper: CueState.DROPPED}
    (reason,) = [event.reason for event in out if event.state == CueState.DROPPED]
    assert reason == f"less than 4 s from the cue for Turn {dearer}, which is worth more"


def test_two_cues_with_time_between_them_are_both_planned() -> None:
    assert [event.state for event in planned({2: 0.4, 3: 0.1}, 50.0)] == [CueState.PLANNED, CueState.PLANNED]


def test_too_close_counts_the_silence_after_the_earlier_one() -> None:
    on = road(50.0)
    earlier = plan(100.0, 150.0, 200.0, 250.0, spoken_s=1.0)  # over at 150 m at the earliest, and 4 s later at 350 m
    assert too_close(plan(300.0, 349.0, 400.0, 450.0), earlier, on, 4.0)
    assert not too_close(earlier, plan(300.0, 351.0, 400.0, 450.0), on, 4.0)


def test_of_two_cues_too_close_to_each_other_the_cheaper_one_keeps_the_form_that_comes_when_the_other_was_said() -> None:
    on = road(50.0)
    early, late = plan(100.0, 150.0, 200.0, 900.0).forms[0], plan(700.0, 800.0, 850.0, 900.0).forms[0]
    cheaper = replace(plan(100.0, 150.0, 200.0, 900.0), forms=(early, late))
    between = plan(160.0, 300.0, 350.0, 400.0)
    assert too_close(cheaper, between, on, 4.0)
    assert apart(cheaper, [between], on, 4.0) == replace(cheaper, forms=(late,))
    assert apart(cheaper, [between, plan(690.0, 790.0, 850.0, 900.0)], on, 4.0) is None
    assert apart(cheaper, [], on, 4.0) == cheaper


@pytest.mark.parametrize(("corner", "fate"), [(1, "a best lap is praised first"), (4, "")])
def test_a_best_lap_is_praised_before_anything_is_corrected(corner: int, fate: str) -> None:
    lap = Lap(5, LapKind.TIMED, 0, 1, 0.0, 62.3)
    state, out = working({corner: 0.4}, 50.0, lap, is_best=True), []
    plan_cues(state, out)
    plan_remarks(state, out)
    cue, *rest = [event for event in out if event.corner == corner]
    assert cue.state == CueState.PLANNED
    assert [event.reason for event in rest] == [fate] * bool(fate)
    assert [plan.corner for plan in state.arbiter.plans] == [0] + [corner] * (not fate)
    assert state.topics.entries[0].silenced == (state.lap if fate else None)  # this lap does not use the topic up
    assert out[-1].text.startswith("Best lap")


@pytest.mark.parametrize(
    ("count", "told"), [(0, "corrections are switched off"), (1, "at most 1 correction a lap"), (2, "at most 2 corrections a lap")]
)
def test_how_many_are_said_on_a_lap_is_told_as_a_driver_would(count: int, told: str) -> None:
    assert at_most(count, "correction") == told


def test_who_wants_no_remarks_is_not_told_that_there_were_some() -> None:
    state, out = working({}, 50.0, Lap(5, LapKind.TIMED, 0, 1, 0.0, 62.3), is_best=True), list[Event]()
    state.settings = settings_for(Style.QUIET)
    plan_remarks(state, out)
    assert [(event.state, event.reason) for event in out] == [(CueState.DROPPED, "remarks are switched off")]


def with_effect() -> tuple[State, Entry]:
    """A topic at rest that has clearly brought something."""
    state = working({1: 0.4}, 50.0, Lap(5, LapKind.TIMED, 0, 1, 0.0, 62.3))
    (one,) = state.topics.entries
    one.state, one.before_s, one.since_s, one.before_action = TopicState.RESTING, (0.5, 0.52, 0.49), [0.1, 0.11, 0.12], (1.0, 1.0, 1.0)
    one.since_action = [1.0, 1.0, 1.0]
    one.cued(3)
    return state, one


def remarks(state: State) -> list[tuple[str, str]]:
    out: list[Event] = []
    plan_remarks(state, out)
    return [(event.state, event.text) for event in out if event.kind is EventKind.CUE]


def say_next(state: State) -> Event:
    """Say what is planned next, on a straight."""
    state.place.t_s, state.place.station_m, state.place.speed_mps, state.silent = 100.0, state.arbiter.next_m, 50.0, ""
    spoken: list[Output] = []
    speak(frame(), state, spoken)
    (event,) = [event for event in spoken if isinstance(event, Event)]
    assert event.state == CueState.SPOKEN
    return event


def test_what_a_topic_has_brought_is_planned_again_until_it_was_said() -> None:
    state, _ = with_effect()
    state.arbiter.add(plan(100.0, 110.0, 150.0, 200.0, entry(4)))  # a cue comes first
    said = "Turn 1 is better by four tenths."
    assert remarks(state) == [(CueState.DROPPED, said)]
    state.arbiter.clear()
    assert remarks(state) == [(CueState.PLANNED, said)]
    assert remarks(state) == [], "it waits to be said"
    missed(say_next(state), "muted, and the cue line is hidden", state)
    assert remarks(state) == [(CueState.PLANNED, said)], "it reached nobody"
    say_next(state)
    assert remarks(state) == [], "once is enough"


@pytest.mark.parametrize("about", ["", PROGRESS, "lockup"])
def test_a_remark_that_reached_nobody_counts_for_nothing(about: str) -> None:
    """Neither among a lap's remarks, nor as the rest of a call, nor does the next cue keep its distance."""
    state, one = with_effect()
    state.arbiter.add(replace(plan(100.0, 300.0, 350.0, 900.0), corner=1, about=about))
    event = say_next(state)
    assert (state.remarks, list(state.watch.called), one.praised) == (1, [(1, about)] * bool(about), not about)
    assert missed(event, "muted", state).state == CueState.DROPPED
    assert (state.remarks, state.watch.called, one.praised) == (0, {}, False)
    state.arbiter.add(plan(150.0, 300.0, 350.0, 900.0, one))
    assert say_next(state).corner == 1

"""Calls right after a corner, on drives whose mistakes are known."""

from __future__ import annotations

from functools import cache

import pytest

from coach.compare.cause import Cause
from coach.compare.comparison import ReferenceKind
from coach.cues.candidate import Candidate, Claim
from coach.cues.plan import PROGRESS
from coach.cues.settings import Style, settings_for
from coach.cues.topic import Topic
from coach.cues.topics import Entry, TopicState
from coach.events import SAID, CueState, Event, EventKind
from coach.live.analyst import Analyst
from coach.live.calling import _comes_first, _refusal
from coach.replay import frames_of
from coach.session import State, step, take
from coach.sim.car import load_car
from coach.sim.circuit import load_circuit
from coach.sim.faults import parse_faults
from coach.sim.order import Order
from coach.sim.output import made_from
from coach.sim.skill import load_skill
from coach.telemetry.recording import Recording, SessionInfo
from coach.wording.spoken import calls
from tests.coach.cues.made import entry
from tests.coach.drives import simulated
from tests.coach.played import Played, play

pytestmark = pytest.mark.xdist_group("session")  # the drives are made once
CORNER = 7  # the second hairpin, before the longest straight
CLEAN_LAPS = 10


@cache
def mistakes() -> Played:
    return play(simulated("tsukuba_mx5"), Style.NORMAL)


def called(played: Played) -> list[Event]:
    return [cue for cue in played.spoken if cue.text in calls()]


def drive(laps: int, seed: int, *faults: str, driver: str = "expert", circuit_id: str = "tsukuba") -> Recording:
    circuit = load_circuit(circuit_id)
    order = Order(
        circuit=circuit, car=load_car("mx5"), skill=load_skill(driver), laps=laps, seed=seed, faults=parse_faults(faults, circuit, laps)
    )
    run = order.drive()
    return made_from(run.columns, run.lap_times_s, circuit, order.car, order.skill.name).recording


def test_a_lock_up_and_wheelspin_are_called_on_the_straight_that_follows():
    assert [(cue.lap, cue.corner, cue.cause, cue.text) for cue in called(mistakes())] == [
        (5, CORNER, "lockup", "Wheels locked."),
        (6, CORNER, "wheelspin", "Wheelspin."),
    ]


def test_a_call_is_proven_and_comes_soon_and_in_time():
    played = mistakes()
    for cue in called(played):
        (planned,) = (one for one in played.of(EventKind.CUE, CueState.PLANNED) if one.text in calls() and one.lap == cue.lap)
        low_s, _ = planned.interval_s
        assert low_s > 0.0
        assert planned.time_lost_s >= played.settings.least_loss_s
        assert not played.busy_at(cue)
        assert played.to_next_action_s(cue) >= 1.0
        seen = max(one.station_m for one in played.of(EventKind.DETECTION) if one.lap == cue.lap and one.corner == cue.corner)
        assert 0.0 < cue.station_m - seen < 250.0


def test_what_is_not_called_has_its_reason():
    played = mistakes()
    calls_made = {(cue.lap, cue.corner, cue.cause) for cue in played.of(EventKind.CUE) if cue.text in calls()}
    for one in played.of(EventKind.DETECTION):
        if one.cause in {"inconsistency", "abs_overuse"} or one.t_s < 200.0:  # told at the lap's end, and those of the first counted lap
            continue
        assert bool(one.reason) != ((one.lap, one.corner, one.cause) in calls_made), one
    reasons = [cue.reason for cue in played.of(EventKind.CUE, CueState.DROPPED) if cue.text in calls()]
    assert reasons == ["the straight is shorter than 4 s"]  # wheelspin out of turn 4


@pytest.mark.parametrize(("about", "told"), [("lockup", "lock-up comes first"), (PROGRESS, "how the corner has changed comes first")])
def test_what_comes_first_is_named_in_words(about, told):
    assert _comes_first(about) == told


def test_why_nothing_is_called_is_told_as_a_driver_would():
    state, corner = State(settings_for(), SessionInfo("made")), entry(1).candidate.corner
    state.watch.note(1, "lockup", 5)
    assert _refusal("lockup", corner, 5, None, state) == "it cost nothing beyond your own noise, and did not come on 3 laps running"
    state.watch.called[1, "lockup"] = 4
    assert _refusal("lockup", corner, 5, None, state) == "called there within the last 2 laps"


@pytest.mark.parametrize(
    ("overrides", "style"), [({"call_lockup": 0, "call_wheelspin": 0, "call_oversteer": 0}, Style.NORMAL), ({}, Style.QUIET)]
)
def test_calls_can_be_switched_off(overrides, style):
    assert called(play(simulated("tsukuba_mx5"), style, **overrides)) == []


def test_the_highest_priority_is_called():
    first = called(play(simulated("tsukuba_mx5"), Style.NORMAL, call_oversteer=9.0))
    assert [cue.cause for cue in first] == ["lockup", "oversteer"]


@pytest.mark.parametrize("circuit_id", ["tsukuba", "lime-rock"])
def test_a_clean_expert_hears_no_call_in_ten_laps(circuit_id):
    played = play(drive(CLEAN_LAPS + 1, 21, circuit_id=circuit_id), Style.NORMAL)
    assert len(played.of(EventKind.LAP, "clean", "best")) >= CLEAN_LAPS
    assert called(played) == []


@pytest.mark.parametrize(
    ("faults", "words"),
    [(("slow_apex@T7:8%@L1-6",), ["Better, "]), (("slow_apex@T7:8%@L7",), ["Slower, "]), ((), [])],
    ids=["better", "slower", "same"],
)
def test_a_topics_corner_that_has_changed_is_called_and_one_that_has_not_is_not(faults, words):
    """Six laps alike, the topic's first cue, then a lap that is different."""
    said = [cue for cue in cues_with_topic(drive(8, 5, *faults)) if cue.text in calls() and cue.state in SAID]
    assert [cue.lap for cue in said] == [7] * len(words)
    assert all(cue.text.startswith(word) for cue, word in zip(said, words, strict=True))


def test_a_better_corner_is_called_less_the_flattery_of_its_choice():
    """The laps before were slow by so much because slow laps choose a topic: only what remains is said, and nothing where nothing remains."""
    recording = drive(8, 5, "slow_apex@T7:8%@L1-6")

    def planned(flattered_s):
        return [cue for cue in cues_with_topic(recording, flattered_s) if cue.text in calls() and cue.state == CueState.PLANNED]

    (raw,), (less,) = planned(0.0), planned(0.12)
    assert less.time_lost_s == pytest.approx(raw.time_lost_s + 0.12, abs=1e-6)
    assert less.interval_s == pytest.approx([end + 0.12 for end in raw.interval_s], abs=1e-6)
    assert less.text != raw.text
    assert planned(-raw.time_lost_s) == planned(1.0) == []


def test_a_slower_corner_is_called_as_slow_as_it_was():
    said = [cues_with_topic(drive(8, 5, "slow_apex@T7:8%@L7"), flattered_s) for flattered_s in (0.0, 0.12)]
    assert said[0] == said[1]
    assert any(cue.text.startswith("Slower, ") for cue in said[0])


def cues_with_topic(recording: Recording, flattered_s: float = 0.0) -> list[Event]:
    """All cues of a drive; the engine is given a topic at the corner, first cued on lap 7, whose laps before are flattered by so much each.

    It takes up none of its own, which it would cue before that.
    """
    settings = settings_for(overrides={"topics_per_session": 0})
    state, analyst = State(settings, recording.session), Analyst(settings)
    events: list[Event] = []
    for frame in frames_of(recording):
        for output in step(frame, state):
            if isinstance(output, Event):
                events.append(output)
                continue
            report = analyst.add(output.recording)
            events += take(report, state)
            if report.lap is not None and report.lap.number == 6:
                corner = next(one for one in report.track.corners if one.number == CORNER)
                topic = Topic(CORNER, Cause.SLOW_APEX)
                candidate = Candidate(topic, corner, ReferenceKind.EXTERNAL, Claim.SURE, 0.2, (0.1, 0.3), 4, {}, {}, {})
                state.topics.entries = [Entry(candidate, TopicState.RESTING, (0.2, 0.2, 0.2), 3 * flattered_s, cued_for=[7])]
    return [event for event in events if event.kind is EventKind.CUE]


def test_no_call_on_the_way_to_a_best_lap():
    """Six laps with slow corners, then one without, faster than all of them in spite of its lock-up."""
    played = play(drive(8, 5, "slow_apex@T1:8%@L1-6", "slow_apex@T4:8%@L1-6", "lockup@T7:80m@L7"), Style.NORMAL)
    (seen,) = (one for one in played.of(EventKind.DETECTION) if (one.lap, one.corner, one.cause) == (7, CORNER, "lockup"))
    assert seen.reason == "on course for your best lap"
    assert called(played) == []

from __future__ import annotations

import itertools
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.cues.arbiter import Arbiter, Decision, Moment
from coach.cues.plan import Plan, plan_cue
from coach.cues.settings import CueSettings
from coach.events import CueState
from tests.coach.cues.made import LENGTH_M, entry, plan, road, road_with

SETTINGS = CueSettings()
ON = road(50.0)
TICK_S = 1 / 30


def drive(
    arbiter: Arbiter, pace: float = 1.0, *, on=ON, laps: int = 2, busy=lambda m: False, silent=lambda m: "", lengths=MappingProxyType({})
) -> list[tuple[Moment, Decision]]:
    """Drive round at a share of the usual pace, as `step` does, the stations shifted at the line."""
    decisions, station, t_s, left = [], 0.0, 0.0, laps
    while left:
        speed = 50.0 * pace
        now = Moment(t_s, station, speed, busy(station), silent(station))
        while (decision := arbiter.decide(now, on, lengths)) is not None:
            decisions.append((now, decision))
        station, t_s = station + speed * TICK_S, t_s + TICK_S
        if station >= LENGTH_M:
            station -= LENGTH_M
            arbiter.shift(-LENGTH_M)
            left -= 1
    return decisions


def one(planned: Plan, **more) -> tuple[Moment, Decision]:
    arbiter = Arbiter(SETTINGS)
    arbiter.add(planned)
    ((now, decision),) = drive(arbiter, **more)
    assert arbiter.plans == []
    return now, decision


def test_a_free_cue_is_spoken_where_it_was_planned():
    now, decision = one(plan(100.0, 150.0, 200.0, 250.0))
    assert decision.state is CueState.SPOKEN
    assert decision.reason == ""
    assert now.station_m == pytest.approx(100.0, abs=1.0)


def test_a_clip_that_turned_out_longer_than_planned_is_said_only_if_it_still_ends_in_time():
    planned = plan(100.0, 150.0, 200.0, 250.0, spoken_s=1.0)
    text = planned.forms[0].text
    now, decision = one(planned, lengths={text: 1.9})  # 2 s from the first place to where it must have ended
    assert (decision.state, decision.form.spoken_s) == (CueState.SPOKEN, 1.9)
    assert now.t_s + 1.9 <= 200.0 / 50.0
    _, decision = one(planned, lengths={text: 2.1})
    assert decision.state is CueState.DROPPED
    assert "in time" in decision.reason


def test_a_plan_over_the_line_is_spoken_on_the_next_lap():
    now, decision = one(plan(LENGTH_M + 100.0, LENGTH_M + 150.0, LENGTH_M + 200.0, LENGTH_M + 250.0))
    assert decision.state is CueState.SPOKEN
    assert now.t_s == pytest.approx((LENGTH_M + 100.0) / 50.0, abs=0.1)


@pytest.mark.parametrize(
    ("why", "reason"),
    [({"busy": lambda m: True}, "braking or turning"), ({"silent": lambda m: "yellow flag"}, "yellow flag")],
    ids=["busy", "silent"],
)
def test_what_holds_a_cue_back_is_the_reason_why_it_is_dropped(why, reason):
    _, decision = one(plan(100.0, 150.0, 200.0, 250.0), **why)
    assert decision.state is CueState.DROPPED
    assert reason in decision.reason


def test_a_cue_held_back_for_a_moment_is_spoken_when_there_still_is_time():
    now, decision = one(plan(100.0, 150.0, 200.0, 250.0), busy=lambda m: m < 130.0)
    assert decision.state is CueState.SPOKEN
    assert now.station_m == pytest.approx(130.0, abs=1.0)


def test_a_faster_car_is_spoken_to_in_time_or_not_at_all():
    _, decision = one(plan(145.0, 150.0, 200.0, 250.0), pace=1.3)
    assert decision.state is CueState.DROPPED
    assert "too late" in decision.reason
    now, decision = one(plan(100.0, 150.0, 200.0, 250.0), pace=1.3)
    assert decision.state is CueState.SPOKEN
    assert (250.0 - now.station_m) / now.speed_mps >= 1.0 + 1.0


def test_a_slower_car_is_not_taken_to_have_more_time():
    _, decision = one(plan(100.0, 150.0, 200.0, 250.0), pace=0.5, busy=lambda m: m < 151.0)
    assert decision.state is CueState.DROPPED


def test_the_short_form_is_taken_when_the_long_one_was_held_back():
    on = road_with(50.0, 800.0, 200.0)
    planned = plan_cue(entry(1), on, 0.0, SETTINGS, {})
    full, short = planned.forms
    assert full.deadline_m < short.start_m
    _, decision = one(planned, on=on, busy=lambda m: m < full.deadline_m + 1.0)
    assert decision.state is CueState.SHORTENED
    assert decision.form is short
    assert "braking" in decision.reason


def test_two_cues_keep_their_distance():
    arbiter = Arbiter(SETTINGS)
    arbiter.add(plan(100.0, 150.0, 200.0, 250.0))
    arbiter.add(plan(260.0, 310.0, 360.0, 410.0))
    arbiter.add(plan(360.0, 410.0, 460.0, 510.0))
    (first, a), (_, b), (third, c) = drive(arbiter)
    assert [a.state, b.state, c.state] == [CueState.SPOKEN, CueState.DROPPED, CueState.SPOKEN]
    assert "4 s after" in b.reason
    assert third.t_s - (first.t_s + a.form.spoken_s) >= SETTINGS.gap_s


def test_cleared_plans_are_given_back_and_remarks_may_stay():
    arbiter = Arbiter(SETTINGS)
    remark, topic = plan(100.0, 150.0, 200.0, 250.0), plan(300.0, 350.0, 400.0, 450.0, entry(1))
    arbiter.add(remark)
    arbiter.add(topic)
    assert arbiter.clear(topics_only=True) == [topic]
    assert arbiter.next_m == 100.0
    assert arbiter.clear() == [remark]
    assert drive(arbiter) == []


@settings(max_examples=40, deadline=None)  # one example drives some thousand ticks
@given(data=st.data())
def test_every_plan_is_settled_exactly_once_and_no_clip_is_late(data):
    pace = data.draw(st.floats(0.5, 1.5))
    held = data.draw(st.lists(st.tuples(st.floats(0.0, LENGTH_M), st.floats(0.0, 800.0)), max_size=4))
    arbiter, planned = Arbiter(SETTINGS), []
    for number in data.draw(st.lists(st.integers(1, 6), unique=True, max_size=5)):
        made = plan_cue(entry(number), ON, 0.0, SETTINGS, {})
        if isinstance(made, Plan):
            planned.append(made)
            arbiter.add(made)
    decisions = drive(arbiter, pace, laps=4, busy=lambda m: any(at <= m < at + long for at, long in held))
    assert sorted(decision.plan.corner for _, decision in decisions) == sorted(made.corner for made in planned)
    assert all(decision.reason for _, decision in decisions if decision.state is not CueState.SPOKEN)
    spoken = [(now, decision) for now, decision in decisions if decision.state is not CueState.DROPPED]
    for now, decision in spoken:
        assert not now.busy
        action_m = decision.plan.action_m if decision.plan.action_m >= now.station_m else decision.plan.action_m + LENGTH_M
        assert (action_m - now.station_m) / now.speed_mps >= decision.form.spoken_s + SETTINGS.end_before_action_s - 2 * TICK_S
    for (before, said), (after, _) in itertools.pairwise(spoken):
        assert after.t_s >= before.t_s + said.form.spoken_s + SETTINGS.gap_s - 1e-9

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.compare.cause import Cause
from coach.cues.candidate import Claim
from coach.cues.plan import Plan, Straight, clip_s, plan_call, plan_cue, plan_remark
from coach.cues.settings import CueSettings
from coach.wording.spoken import full_cue, short_cue
from tests.coach.cues.made import BRAKES_M, EVERY_M, LEAVES_M, LENGTH_M, entry, road, road_with

SETTINGS = CueSettings()
FULL, SHORT = full_cue("Turn 1", Cause.SLOW_APEX, {}), short_cue(Cause.SLOW_APEX)


def cue(number, on, from_m=0.0, settings=SETTINGS, **lengths):
    return plan_cue(entry(number), on, from_m, settings, {FULL: lengths.get("full", 2.0), SHORT: lengths.get("short", 1.0)})


@given(speed_mps=st.floats(15.0, 90.0), number=st.integers(1, 6), from_m=st.floats(0.0, LENGTH_M - 1.0), trim_s=st.floats(0.0, 1.0))
def test_every_form_ends_a_second_before_anything_must_be_done(speed_mps, number, from_m, trim_s):
    on, settings = road(speed_mps), CueSettings(trim_s=trim_s)
    planned = plan_cue(entry(number), on, from_m, settings, {})
    if isinstance(planned, str):
        assert "long enough" in planned
        return
    for form in planned.forms:
        assert from_m - 0.5 <= form.start_m <= form.deadline_m
        ends_s = on.time_at(form.deadline_m) + form.spoken_s
        assert on.time_at(planned.action_m) - ends_s >= settings.end_before_action_s + trim_s - 1e-6
        said_m = [form.start_m, on.station_at(ends_s + settings.end_before_action_s)]
        within = [at % EVERY_M for at in said_m]
        assert all(at <= BRAKES_M + 1e-6 or at >= LEAVES_M - 1.0 for at in within)
        assert said_m[1] - said_m[0] <= EVERY_M  # no corner between


def test_on_a_long_straight_the_sentence_comes_late_with_its_margin():
    planned = cue(1, road_with(50.0, 800.0, 200.0), full=2.0)
    assert [form.text for form in planned.forms] == [FULL, SHORT]
    full = planned.forms[0]
    assert full.deadline_m == pytest.approx(1500.0 - 50.0 * (2.0 + 1.0), abs=1.0)
    assert full.start_m == pytest.approx(full.deadline_m - 50.0 * SETTINGS.margin_s, abs=1.0)


def test_where_the_sentence_does_not_fit_it_comes_on_an_earlier_straight_and_else_short():
    planned = cue(1, road_with(50.0, 130.0, 200.0), full=2.0, short=1.0)  # 2.6 s before the corner, 1.6 s of them usable
    assert [form.text for form in planned.forms] == [FULL, SHORT]
    earlier, short = planned.forms
    assert earlier.end_m == pytest.approx(1500.0 - 130.0 - 200.0 - 50.0, abs=1.5)
    assert short.deadline_m == pytest.approx(1500.0 - 50.0 * 2.0, abs=1.0)


def test_an_earlier_straight_is_not_too_early():
    far = road_with(50.0, 130.0, 1100.0)  # the straight before ends 24.6 s before the corner
    planned = cue(1, far, full=2.0, short=1.0)
    assert [form.text for form in planned.forms] == [SHORT]


def test_where_no_straight_is_near_the_sentence_comes_on_the_last_one_that_is_long_enough():
    """Else a corner behind a chain of others, and a circuit with one straight, would never be spoken of."""
    planned = cue(1, road_with(50.0, 90.0, 1380.0), full=2.0, short=1.0)  # on the straight after the corner, 29 s before the next time
    assert [form.text for form in planned.forms] == [FULL]
    assert planned.forms[0].end_m == pytest.approx(LENGTH_M + 30.0 - 50.0, abs=1.5)
    assert planned.action_m == pytest.approx(LENGTH_M + 1500.0)


def test_without_room_on_any_straight_nothing_is_said():
    assert cue(1, road_with(50.0, 90.0, 1380.0), full=60.0, short=10.0) == "no straight is long enough for it"


def test_the_short_form_is_for_the_straight_that_leads_to_the_corner():
    on = road_with(50.0, 0.0, 200.0)  # busy right up to the braking
    planned = cue(1, on, full=2.0, short=1.0)
    assert [form.text for form in planned.forms] == [FULL]
    assert planned.forms[0].end_m == pytest.approx(1300.0 - 50.0, abs=1.5)


def test_a_corner_that_is_too_near_is_spoken_of_the_next_time_round():
    planned = cue(1, road_with(50.0, 800.0, 200.0), from_m=1450.0)
    assert planned.action_m == pytest.approx(1500.0 + LENGTH_M)
    assert planned.forms[0].start_m > LENGTH_M


def test_the_drivers_taste_moves_the_cue_earlier():
    on = road_with(50.0, 800.0, 200.0)
    sooner = cue(1, on, settings=CueSettings(trim_s=0.4))
    assert sooner.forms[0].deadline_m == pytest.approx(cue(1, on).forms[0].deadline_m - 20.0, abs=1.0)


def test_a_remark_is_told_on_the_next_straight_that_is_long_enough():
    planned = plan_remark(["Best lap. 1:02.3."], 0, road(30.0), 350.0, SETTINGS, {})
    assert isinstance(planned, Plan)
    (form,) = planned.forms
    assert form.start_m == pytest.approx(LEAVES_M, abs=1.0)
    assert form.end_m == pytest.approx(EVERY_M + BRAKES_M - 30.0, abs=1.5)


def test_a_remark_without_a_straight_is_dropped_with_the_reason():
    assert isinstance(plan_remark(["word " * 60], 0, road(50.0), 0.0, SETTINGS, {}), str)


@pytest.mark.parametrize(("left_s", "text"), [(4.5, "Best lap. 1:02.3."), (3.0, "Best lap.")])
def test_a_remark_is_shorter_where_there_is_no_room_for_more_rather_than_half_a_lap_late(left_s: float, text: str):
    """What is said 6 s before the next line seems to be about the lap that ends there."""
    on = road(25.0)
    full, short = "Best lap. 1:02.3.", "Best lap."
    planned = plan_remark([full, short], 0, on, EVERY_M + BRAKES_M - 25.0 * left_s, SETTINGS, {full: 3.0, short: 1.0})
    assert isinstance(planned, Plan)
    assert [form.text for form in planned.forms] == [text]
    assert planned.last_m < EVERY_M + BRAKES_M


def test_that_it_is_something_to_try_is_said_the_first_time():
    one = entry(1)
    one.candidate = replace(one.candidate, claim=Claim.TRY)
    on = road(30.0)
    first = plan_cue(one, on, 0.0, SETTINGS, {})
    one.cued(3)
    again = plan_cue(one, on, 0.0, SETTINGS, {})
    assert isinstance(first, Plan)
    assert isinstance(again, Plan)
    assert first.forms[0].text == full_cue("Turn 1", Cause.SLOW_APEX, {}, to_try=True)
    assert again.forms[0].text == FULL


def test_a_call_comes_at_once_on_the_straight_after_the_corner_and_ends_a_second_before_the_next():
    planned = plan_call("Wheelspin.", "wheelspin", 1, road(50.0), Straight(440.0, EVERY_M + BRAKES_M), SETTINGS, {})
    assert isinstance(planned, Plan)
    (form,) = planned.forms
    assert form.start_m == pytest.approx(440.0, abs=1.0)
    assert form.deadline_m == pytest.approx(EVERY_M + BRAKES_M - 50.0 * (1.0 + form.spoken_s), abs=1.0)
    assert planned.about == "wheelspin"


@pytest.mark.parametrize("acts_m", [EVERY_M + BRAKES_M, 440.0 + 50.0 * (SETTINGS.call_straight_s - 0.1), 400.0])
def test_a_call_without_a_straight_long_enough_is_none(acts_m):
    speed_mps = 100.0 if acts_m == EVERY_M + BRAKES_M else 50.0  # 3.6 s of straight; or he acts before its end; or has acted already
    assert "shorter than 4 s" in plan_call("Wheelspin.", "wheelspin", 1, road(speed_mps), Straight(440.0, acts_m), SETTINGS, {})


def test_what_was_driven_of_the_straight_already_counts():
    straight = Straight(440.0, 440.0 + 50.0 * 3.5, driven_s=1.0)
    assert isinstance(plan_call("Wheelspin.", "wheelspin", 1, road(50.0), straight, SETTINGS, {}), Plan)


def test_a_call_that_is_too_long_for_the_straight_is_none():
    assert "in time" in plan_call("word " * 40, "lockup", 1, road(50.0), Straight(440.0, EVERY_M + BRAKES_M), SETTINGS, {})


def test_the_voices_own_length_wins_over_the_count_of_words():
    assert clip_s("one two three", {"one two three": 2.5}) == 2.5
    assert clip_s("one two three four", {}) == pytest.approx(4 * 0.33)
    assert clip_s("one", {}) == 0.6

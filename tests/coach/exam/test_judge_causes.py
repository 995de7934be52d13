from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from coach.compare.cause import CARRIED, Cause, CauseShare
from coach.exam.answers import accepted_answers
from coach.exam.judge_causes import KnownMistake, judge_lap
from coach.exam.marking import cause_marks
from coach.exam.marks import Status
from coach.exam.papers import CauseAnswer, Form
from coach.sim.plan import FAULT_KINDS

ANSWER = CauseAnswer(
    cluster="ground car driver",
    form=Form.SINGLE,
    kind="brake_early",
    corner="T1",
    size=15.0,
    lap=3,
    true_loss_s=0.30,
    answers=frozenset({Cause.BRAKE_EARLY}),
    time_lost_s=0.28,
    said=((Cause.SLOW_APEX, 0.15), (Cause.BRAKE_EARLY, 0.12)),
    by_method=(Cause.SLOW_APEX, Cause.BRAKE_EARLY),
    confident=False,
    in_place=True,
)


def test_the_second_cause_counts_among_two_only() -> None:
    assert not ANSWER.right_within(1)
    assert ANSWER.right_within(2)


def test_the_right_cause_at_another_corner_is_wrong() -> None:
    assert not replace(ANSWER, in_place=False).right_within(2)


@pytest.mark.parametrize(("parts", "sums"), [((0.27,), True), ((0.30,), True), ((0.24,), False), ((0.15, 0.12), True), ((), False)])
def test_parts_sum_within_ten_percent(parts: tuple[float, ...], sums: bool) -> None:
    said = tuple((Cause.LINE, part) for part in parts)
    assert replace(ANSWER, said=(*said, (Cause.UNEXPLAINED, 0.28 - sum(parts)))).parts_sum is sums


def test_small_losses_may_be_20_ms_off() -> None:
    assert replace(ANSWER, time_lost_s=0.06, said=((Cause.LINE, 0.078),)).parts_sum
    assert not replace(ANSWER, time_lost_s=0.06, said=((Cause.LINE, 0.082),)).parts_sum


def test_the_price_of_a_cause_that_was_not_named_is_wholly_missing() -> None:
    assert ANSWER.price_error_s == pytest.approx(-0.18)
    assert replace(ANSWER, said=()).price_error_s == pytest.approx(-0.30)


def test_marks_ask_only_for_what_cost_time() -> None:
    right = replace(ANSWER, said=((Cause.BRAKE_EARLY, 0.3),), confident=True)
    cheap = replace(ANSWER, true_loss_s=0.04)
    marks = {mark.name: mark for mark in cause_marks([right, cheap], Form.SINGLE, wanted=True)}
    assert marks["single faults: first cause right"].n == 1
    assert marks["single faults: first cause right"].status is Status.PASS


def test_a_wrong_answer_that_was_sure_fails_the_mark() -> None:
    wrong = replace(ANSWER, confident=True)
    marks = {mark.name: mark for mark in cause_marks([wrong], Form.SINGLE, wanted=True)}
    assert marks["single faults: right when sure"].status is Status.FAIL


def _window(number: int, lost_s: float, *causes: CauseShare) -> SimpleNamespace:
    corner = SimpleNamespace(complex_id=0)
    verdict = SimpleNamespace(causes=causes, by_method=(), confident=True)
    return SimpleNamespace(
        corner=corner, number=number, start_m=100.0 * number, end_m=100.0 * number + 100.0, time_lost_s=lost_s, verdict=verdict
    )


@pytest.mark.parametrize(("origin", "in_place"), [({}, False), ({CARRIED: 1.0}, True), ({CARRIED: 3.0}, False)])
def test_the_corner_that_is_blamed_is_judged_not_the_one_that_pays(origin: dict[str, float], in_place: bool) -> None:
    paid_at_2 = _window(2, 0.3, CauseShare(Cause.BRAKE_LATE, 0.3, origin))
    comparison = SimpleNamespace(corners=[_window(1, 0.1), paid_at_2, _window(3, 0.0)], track=SimpleNamespace(length_m=1000.0))
    mistake = KnownMistake(Form.SINGLE, "brake_late", "T1", 8.0, 3, 120.0, 180.0, 180.0, loss_s=0.4, answers=frozenset({Cause.BRAKE_LATE}))
    assert judge_lap("ground", mistake, comparison).in_place is in_place


@pytest.mark.parametrize("cause", list(FAULT_KINDS))
def test_every_fault_is_its_own_answer_with_two_neighbours_at_most(cause: Cause) -> None:
    assert cause in accepted_answers(cause)
    assert len(accepted_answers(cause)) <= 3

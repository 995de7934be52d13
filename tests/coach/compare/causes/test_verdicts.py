"""A mistake whose price is spread over several windows has a cause where it costs most."""

from __future__ import annotations

import pytest

from coach.compare.cause import CARRIED, Cause, CauseShare
from coach.compare.causes.verdicts import verdicts_of, whole_costs
from tests.coach.compare.causes.drawn_pairs import Drive, pair_of, time_lost_s

HERE = CauseShare(Cause.GEAR, 0.04)
CARRIED_ON = CauseShare(Cause.GEAR, 0.03, {CARRIED: 1.0})
LINE = CauseShare(Cause.LINE, 0.04)


def test_a_mistake_is_counted_with_what_was_paid_in_other_windows() -> None:
    said = [(HERE,), (CARRIED_ON,)]
    assert whole_costs([1, 2], said, said) == [pytest.approx(0.07), 0.0]


def test_the_larger_price_of_two_methods_counts() -> None:
    assert whole_costs([1, 2], [(HERE,), (CARRIED_ON,)], [(HERE,), ()]) == [pytest.approx(0.07), 0.0]


def test_methods_that_name_different_mistakes_count_nothing() -> None:
    assert whole_costs([1, 2], [(HERE,), (CARRIED_ON,)], [(LINE,), (CARRIED_ON,)]) == [0.0, 0.0]


def test_the_same_cause_at_another_corner_is_another_mistake() -> None:
    assert whole_costs([1, 2], [(HERE,), (HERE,)], [(HERE,), (HERE,)]) == [0.04, 0.04]


def test_what_no_cause_explains_is_no_mistake() -> None:
    rest = CauseShare(Cause.UNEXPLAINED, 0.04)
    assert whole_costs([1], [(rest,)], [(rest,)]) == [0.0]


def test_a_small_loss_in_the_window_has_a_cause_when_it_goes_on_behind_it() -> None:
    pair = pair_of(Drive(lifted_m=(700.0, 709.0)))
    near = [time_lost_s(pair, k) for k in (0, 1)]
    assert near[0] < 0.05 < sum(near)
    first, second = verdicts_of(pair)
    assert first.causes[0].cause is Cause.LIFT
    assert second.causes == ()


def test_a_loss_that_is_small_in_all_windows_has_no_cause() -> None:
    pair = pair_of(Drive(lifted_m=(700.0, 703.0)))
    assert 0.0 < sum(time_lost_s(pair, k) for k in (0, 1)) < 0.05
    assert all(not verdict.causes for verdict in verdicts_of(pair))

"""One answer from two methods and several references: confident only where everything agrees."""

from __future__ import annotations

import pytest

from coach.compare.cause import CARRIED, Cause, CauseShare, Doubt, Phase
from coach.compare.causes import impulses
from coach.compare.causes.agreement import (
    MIN_LOSS_S,
    Shares,
    Verdict,
    combined,
    first_cause,
    judge,
    merged,
    nothing_to_judge,
    verdict_of,
    vote,
)
from tests.coach.compare.causes.drawn_pairs import CORNERS, Drive, pair_of, time_lost_s

EARLY = CauseShare(Cause.BRAKE_EARLY, 0.2, {"onset_earlier_m": 12.0})
SLOW = CauseShare(Cause.SLOW_APEX, 0.1)


def said(*shares: CauseShare) -> Shares:
    """What one method says."""
    return merged(shares)


def verdict(*by_method: Shares, lost_s: float = 0.3, noise_s: float = 0.05) -> Verdict:
    """A verdict on a loss."""
    return verdict_of(by_method, time_lost_s=lost_s, noise_s=noise_s, phase=Phase.ENTRY, stability=1.0, doubts=())


def test_methods_that_agree_make_the_verdict_confident() -> None:
    one = verdict(said(EARLY, SLOW), said(EARLY))
    assert one.confident
    assert not one.reasons
    assert one.causes[0].cause is Cause.BRAKE_EARLY
    assert one.causes[0].detail["onset_earlier_m"] == 12.0


def test_methods_that_differ_name_both_causes_and_say_so() -> None:
    one = verdict(said(EARLY), said(CauseShare(Cause.LINE, 0.2)), lost_s=0.2)
    assert not one.confident
    assert {share.cause for share in one.causes[:2]} == {Cause.BRAKE_EARLY, Cause.LINE}
    assert one.reasons[0].causes == (Cause.BRAKE_EARLY, Cause.LINE)


def test_causes_sum_to_the_time_lost() -> None:
    one = verdict(said(EARLY, SLOW), said(CauseShare(Cause.LINE, 0.05)))
    assert sum(share.time_lost_s for share in one.causes) == pytest.approx(0.3)


def test_below_the_least_loss_no_cause_is_named() -> None:
    one = verdict(said(EARLY), said(EARLY), lost_s=0.9 * MIN_LOSS_S)
    assert one.causes == ()
    assert not one.confident


def test_a_loss_within_the_scatter_is_never_confident() -> None:
    one = verdict(said(EARLY), said(EARLY), noise_s=0.4)
    assert not one.confident
    assert one.causes[0].cause is Cause.BRAKE_EARLY


def test_many_small_causes_are_never_confident() -> None:
    small = [CauseShare(cause, 0.06) for cause in (Cause.LINE, Cause.LIFT, Cause.GEAR, Cause.POWER)]
    shares = said(CauseShare(Cause.SLOW_APEX, 0.07), *small)
    assert not verdict(shares, shares).confident


def test_agreement_is_the_part_that_both_give_to_the_same_causes() -> None:
    assert verdict(said(EARLY, SLOW), said(EARLY, SLOW)).agreement == pytest.approx(1.0)
    assert verdict(said(EARLY), said(SLOW)).agreement == 0.0


def test_a_carried_loss_stays_apart_and_counts_less() -> None:
    carried = CauseShare(Cause.THROTTLE_LATE, 0.12, {CARRIED: 1.0})
    shares = combined([said(carried, SLOW), said(carried, SLOW)])
    assert first_cause(shares) is Cause.SLOW_APEX
    assert sum(share.time_lost_s for share in shares) == pytest.approx(0.22)


def test_what_nothing_explains_is_no_cause() -> None:
    assert first_cause(said(CauseShare(Cause.UNEXPLAINED, 0.2), SLOW)) is Cause.UNEXPLAINED


def test_references_that_agree_keep_the_confidence() -> None:
    one = verdict(said(EARLY), said(EARLY))
    together = vote([one, one, one])
    assert together.confident
    assert together.stability == 1.0
    assert together.causes[0].time_lost_s == pytest.approx(0.2)


def test_references_that_differ_take_the_confidence() -> None:
    line = CauseShare(Cause.LINE, 0.19)
    together = vote([verdict(said(EARLY), said(EARLY)), verdict(said(line), said(line)), verdict(said(SLOW), said(SLOW))])
    assert not together.confident
    assert any("other references could name it" in reason.text for reason in together.reasons)


def test_a_second_cause_that_weighs_nearly_as_much_takes_the_confidence() -> None:
    def against_three(second_s: float) -> Verdict:
        shares = said(CauseShare(Cause.BRAKE_EARLY, 0.17), CauseShare(Cause.LINE, second_s))
        return vote([verdict(shares, shares)] * 3)

    assert against_three(0.10).confident
    assert against_three(0.10).stability == against_three(0.13).stability == 1.0
    assert not against_three(0.13).confident


def test_time_lost_against_one_reference_only_is_not_confident() -> None:
    nothing = verdict(said(), said(), lost_s=-0.1)
    together = vote([verdict(said(EARLY), said(EARLY)), nothing, nothing])
    assert not together.confident
    assert Doubt("time is lost against 1 of 3 references only") in together.reasons


def test_a_single_reference_is_its_own_vote() -> None:
    one = verdict(said(EARLY), said(EARLY))
    assert vote([one]) is one


def test_a_stretch_without_a_corner_has_a_reason_and_no_cause() -> None:
    one = nothing_to_judge("no corner here")
    assert one.causes == ()
    assert one.reasons == (Doubt("no corner here"),)


@pytest.mark.parametrize(
    ("drive", "phase"),
    [
        (Drive(lift_m=339.0, brake_on_m=340.0), Phase.ENTRY),
        (Drive(throttle_on_m=545.0), Phase.EXIT),
    ],
)
def test_the_phase_is_where_the_delta_grows(drive: Drive, phase: Phase) -> None:
    pair = pair_of(drive)
    shares = impulses.attribute(pair)[0]
    one = judge(pair, CORNERS[0], shares, shares)
    assert one.time_lost_s == pytest.approx(time_lost_s(pair))
    assert one.phase is phase

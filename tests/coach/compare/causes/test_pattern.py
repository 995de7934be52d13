"""Several laps: a habit is what is typical, and nothing is claimed that could as well be nothing."""

from __future__ import annotations

import numpy as np
import pytest

from coach.compare.cause import Cause, CauseShare, Phase
from coach.compare.causes.agreement import Verdict, verdict_of
from coach.compare.causes.pattern import interval_of, over_laps, t_95


def lap(**prices_s: float) -> Verdict:
    """A lap on which both methods say the same."""
    shares = tuple(CauseShare(Cause(name), price) for name, price in prices_s.items())
    lost = sum(prices_s.values())
    return verdict_of((shares, shares), time_lost_s=lost, noise_s=0.02, phase=Phase.EXIT, stability=1.0, doubts=())


def over(*laps: Verdict, own_reference: bool = False) -> Verdict:
    """The pattern of these laps."""
    return over_laps(laps, np.array([one.time_lost_s for one in laps]), own_reference=own_reference)


def test_a_cause_on_every_lap_is_a_confident_pattern() -> None:
    pattern = over(*(lap(throttle_late=0.1 + 0.01 * i, slow_apex=0.02) for i in range(5)))
    assert pattern.confident
    assert pattern.causes[0].cause is Cause.THROTTLE_LATE
    assert pattern.causes[0].detail["mean_s"] == pytest.approx(0.12)
    assert pattern.causes[0].detail["laps_seen"] == 5.0
    assert sum(share.time_lost_s for share in pattern.causes) == pytest.approx(pattern.time_lost_s)


def test_one_bad_lap_makes_no_habit() -> None:
    laps = [lap(throttle_late=0.08) for _ in range(5)] + [lap(slow_apex=0.9)]
    assert over(*laps).causes[0].cause is Cause.THROTTLE_LATE


def test_what_one_method_alone_says_comes_behind_what_both_say() -> None:
    by_method = (
        (CauseShare(Cause.LINE, 0.15), CauseShare(Cause.THROTTLE_LATE, 0.05)),
        (CauseShare(Cause.THROTTLE_LATE, 0.06), CauseShare(Cause.SLOW_APEX, 0.03)),
    )
    laps = [verdict_of(by_method, time_lost_s=0.2, noise_s=0.02, phase=Phase.EXIT, stability=1.0, doubts=()) for _ in range(4)]
    assert [share.cause for share in laps[0].causes[:2]] == [Cause.LINE, Cause.THROTTLE_LATE]
    pattern = over(*laps)
    named = [share for share in pattern.causes if share.cause is not Cause.UNEXPLAINED]
    assert [share.cause for share in named] == [Cause.THROTTLE_LATE, Cause.LINE, Cause.SLOW_APEX]
    assert named[0].time_lost_s >= named[1].time_lost_s > named[2].time_lost_s
    assert not pattern.confident


def test_agreement_on_one_lap_alone_moves_no_rank() -> None:
    apart = verdict_of(
        ((CauseShare(Cause.LINE, 0.15),), (CauseShare(Cause.SLOW_APEX, 0.1),)),
        time_lost_s=0.2,
        noise_s=0.02,
        phase=Phase.MID,
        stability=1.0,
        doubts=(),
    )
    pattern = over(*(apart for _ in range(4)), lap(throttle_late=0.05))
    assert next(share.cause for share in pattern.causes if share.cause is not Cause.UNEXPLAINED) is Cause.LINE


def test_an_interval_that_includes_zero_claims_nothing() -> None:
    pattern = over(lap(brake_early=0.3), lap(brake_early=0.01), lap(brake_early=0.02))
    assert not pattern.confident
    assert any("could as well be nothing" in reason.text for reason in pattern.reasons)


def test_two_laps_are_no_pattern() -> None:
    pattern = over(lap(brake_early=0.2), lap(brake_early=0.2))
    assert not pattern.confident
    assert any("a pattern needs 3" in reason.text for reason in pattern.reasons)


def test_an_own_reference_lowers_the_claim_and_says_why() -> None:
    laps = [lap(brake_early=0.2 + 0.01 * i) for i in range(5)]
    assert over(*laps).confident
    pattern = over(*laps, own_reference=True)
    assert not pattern.confident
    assert any("invisible" in reason.text for reason in pattern.reasons)


def test_interval_follows_students_t() -> None:
    low, high = interval_of(np.array([1.0, 2.0, 3.0]))
    assert (low + high) / 2.0 == pytest.approx(2.0)
    assert (high - low) / 2.0 == pytest.approx(t_95(2) / np.sqrt(3.0))
    assert interval_of(np.array([1.0])) == (-np.inf, np.inf)


def test_no_lap_gives_no_verdict() -> None:
    assert over_laps([], np.array([]), own_reference=False).causes == ()

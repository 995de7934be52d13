"""Both methods on a pair of laps, and the verdict on every corner: the one place that sees all corners of both at once."""

from __future__ import annotations

from collections.abc import Sequence

from coach.compare.cause import CARRIED, Cause, CauseShare
from coach.compare.causes import evidence, impulses
from coach.compare.causes.agreement import Shares, Verdict, first_cause, judge, merged
from coach.compare.pair import LapPair

Mistake = tuple[Cause, int]  # what, and the number of the corner where it was made


def verdicts_of(pair: LapPair) -> list[Verdict]:
    """One verdict per corner."""
    by_evidence, by_impulse = evidence.attribute(pair), impulses.attribute(pair)
    whole = whole_costs([corner.number for corner in pair.corners], by_evidence, by_impulse)
    return [
        judge(pair, corner, a, b, whole_s=cost) for corner, a, b, cost in zip(pair.corners, by_evidence, by_impulse, whole, strict=True)
    ]


def whole_costs(numbers: Sequence[int], *methods: Sequence[Shares]) -> list[float]:
    """Per window what the mistake that all methods name first cost in all windows together, s; 0 where they name none in common.

    Speed that a mistake left missing is paid for on and on, also in the windows behind its own; it counts in the window where it
    costs most. Each method leaves some of it unexplained, so the larger price is the nearer one. `numbers`: of the corners.
    """
    found = [_first_whole(numbers, [merged(shares) for shares in said]) for said in methods]
    return [max(cost for _, cost in row) if len({mistake for mistake, _ in row}) == 1 else 0.0 for row in zip(*found, strict=True)]


def _first_whole(numbers: Sequence[int], corners: Sequence[Shares]) -> list[tuple[Mistake | None, float]]:
    """Per window the mistake that one method names first, and what it cost in all windows; (None, 0) where it cost more elsewhere."""
    paid: dict[Mistake, list[float]] = {}
    for k, shares in enumerate(corners):
        for share in shares:
            paid.setdefault(_mistake(share, numbers[k]), [0.0] * len(numbers))[k] += share.time_lost_s
    firsts: list[tuple[Mistake | None, float]] = []
    for k, shares in enumerate(corners):
        first = next((share for share in shares if share.cause is first_cause(shares)), None)
        by_window = paid[_mistake(first, numbers[k])] if first and first.cause is not Cause.UNEXPLAINED else []
        firsts.append(
            (_mistake(first, numbers[k]), sum(by_window)) if first and by_window and by_window[k] >= max(by_window) else (None, 0.0)
        )
    return firsts


def _mistake(share: CauseShare, number: int) -> Mistake:
    return share.cause, int(share.detail.get(CARRIED, number))

"""Both methods on a pair of laps, and the verdict on every corner: the one place that sees all corners of both at once."""

from __future__ import annotations

from collections.abc import Sequence

from coach.compare.cause import CARRIED, Cause
from coach.compare.causes import evidence, impulses
from coach.compare.causes.agreement import Shares, Verdict, combined, first_cause, judge, merged
from coach.compare.pair import LapPair


def verdicts_of(pair: LapPair) -> list[Verdict]:
    """One verdict per corner."""
    by_evidence, by_impulse = evidence.attribute(pair), impulses.attribute(pair)
    numbers = [corner.number for corner in pair.corners]
    whole = whole_costs(numbers, [combined((merged(a), merged(b))) for a, b in zip(by_evidence, by_impulse, strict=True)])
    return [
        judge(pair, corner, a, b, whole_s=cost) for corner, a, b, cost in zip(pair.corners, by_evidence, by_impulse, whole, strict=True)
    ]


def whole_costs(numbers: Sequence[int], corners: Sequence[Shares]) -> list[float]:
    """What the mistake named first in each window cost in all windows together, s; 0 where it cost more in another window.

    Speed that a mistake left missing is paid for on and on, also in the windows behind it. `numbers`: of the corners, in their order.
    """
    paid: dict[tuple[Cause, int], list[float]] = {}
    for k, shares in enumerate(corners):
        for share in shares:
            by_window = paid.setdefault((share.cause, int(share.detail.get(CARRIED, numbers[k]))), [0.0] * len(numbers))
            by_window[k] += share.time_lost_s
    costs = []
    for k, shares in enumerate(corners):
        first = first_cause(shares)
        own = next((share for share in shares if share.cause is first), None)
        by_window = paid[own.cause, int(own.detail.get(CARRIED, numbers[k]))] if own else [0.0]
        named = own is not None and first is not Cause.UNEXPLAINED and by_window[k] >= max(by_window)
        costs.append(sum(by_window) if named else 0.0)
    return costs

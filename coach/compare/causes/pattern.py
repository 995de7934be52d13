"""What several laps have in common in one corner: the cause that returns, its mean price and the interval of that price.

Nothing is claimed where the interval of the mean includes zero, nor with fewer laps than a mean needs. With the driver's own
lap as the reference, what he does on every lap is in the reference too: the pattern is shown, but never with confidence.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import Cause, CauseShare, ranked
from coach.compare.causes.agreement import MIN_LOSS_S, Shares, Verdict, combined, first_cause, merged, nothing_to_judge, verdict_of

LEAST_LAPS = 3  # comparable laps needed for a pattern (coaching.md 0)
LEAST_SEEN = 2  # of them with the cause
# Two-sided 95 % quantiles of Student's t for 1, 2, ... degrees of freedom; beyond the table the normal quantile errs under 4 %.
T_95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101)
T_95_BEYOND = 2.04


def interval_of(values: FloatArray) -> tuple[float, float]:
    """95 % interval of the mean by Student's t; infinite with a single value."""
    n = len(values)
    if n < 2:
        return -np.inf, np.inf
    t = T_95[n - 2] if n - 2 < len(T_95) else T_95_BEYOND
    half = t * float(np.std(values, ddof=1)) / float(np.sqrt(n))
    mean = float(np.mean(values))
    return mean - half, mean + half


def over_laps(verdicts: Sequence[Verdict], lost: FloatArray, *, own_reference: bool) -> Verdict:
    """One verdict for one corner over comparable laps.

    `lost`, shape (laps,): time lost per lap, s. Causes carry in `detail` the interval of their mean price
    (`interval_low_s`, `interval_high_s`), the laps behind it (`laps`) and how many show it (`laps_seen`).
    """
    if not verdicts:
        return nothing_to_judge("no lap to judge")
    n = len(verdicts)
    by_method = tuple(_mean_shares([one.by_method[m] for one in verdicts]) for m in range(min(len(one.by_method) for one in verdicts)))
    if not by_method:
        return nothing_to_judge("no lap to judge")
    first = first_cause(combined(by_method))
    per_lap = [_price_of(first, combined(one.by_method)) for one in verdicts]
    stability = sum(first_cause(combined(one.by_method)) is first for one in verdicts) / n
    phases = [one.phase for one in verdicts]
    low, high = interval_of(lost)
    return verdict_of(
        by_method,
        time_lost_s=float(np.mean(lost)),
        noise_s=(high - low) / 2.0 if n > 1 else verdicts[0].noise_s,
        phase=max(phases, key=phases.count),
        stability=stability,
        doubts=_doubts(n, np.array(per_lap), first, own_reference=own_reference),
    )


def _doubts(n: int, prices: FloatArray, first: Cause, *, own_reference: bool) -> list[str]:
    doubts = []
    if n < LEAST_LAPS:
        doubts.append(f"a pattern needs {LEAST_LAPS} comparable laps, here are {n}")
    elif interval_of(prices)[0] <= 0.0:
        doubts.append(f"over {n} laps the price of {first} could as well be nothing")
    if n >= LEAST_LAPS and int(np.sum(prices > MIN_LOSS_S / 2.0)) < LEAST_SEEN:
        doubts.append(f"{first} shows on fewer than {LEAST_SEEN} laps")
    if own_reference:
        doubts.append("your own lap is the reference: what you do on every lap is invisible to it")
    return doubts


def _mean_shares(laps: Sequence[Shares]) -> Shares:
    """Mean price per cause over laps, 0 on laps without it, with the interval of that mean."""
    causes = list(dict.fromkeys(share.cause for shares in laps for share in shares))
    mean = []
    for cause in causes:
        prices = np.array([_price_of(cause, merged(shares)) for shares in laps])
        low, high = interval_of(prices)
        detail = {"interval_low_s": low, "interval_high_s": high, "laps": float(len(laps)), "laps_seen": float(np.sum(prices > 0.0))}
        mean.append(CauseShare(cause, float(np.mean(prices)), detail))
    return ranked(mean)


def _price_of(cause: Cause, shares: Shares) -> float:
    return sum(share.time_lost_s for share in shares if share.cause is cause)

"""What several laps have in common in one corner: the cause that returns, its price and the interval of that price.

Nothing is claimed where the interval of the mean includes zero, nor with fewer laps than a mean needs. With the driver's own
lap as the reference, what he does on every lap is in the reference too: the pattern is shown, but never with confidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from coach.arrays import FloatArray
from coach.compare.cause import Cause, CauseShare, Doubt, ranked
from coach.compare.causes.agreement import (
    MAIN_SHARE,
    MIN_LOSS_S,
    Shares,
    Verdict,
    combined,
    first_cause,
    nothing_to_judge,
    verdict_of,
    weights_of,
)

LEAST_LAPS = 3  # comparable laps needed for a pattern (coaching.md 0)
LEAST_SEEN = 2  # of them with the cause
SEEN_S = MIN_LOSS_S / 5.0  # a cause that costs less on a lap is not seen on it
# Two-sided 95 % quantiles of Student's t for 1, 2, ... degrees of freedom; beyond the table the last one errs under 4 %.
_T_95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101)
_T_95_BEYOND = 2.04

Table = Mapping[Cause, FloatArray]  # price of each cause on every lap, s, shape (laps,)


def t_95(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t, of one degree of freedom or more."""
    return _T_95[freedom - 1] if freedom <= len(_T_95) else _T_95_BEYOND


def interval_of(values: FloatArray) -> tuple[float, float]:
    """95 % interval of the mean by Student's t; infinite with a single value."""
    n = len(values)
    if n < 2:
        return -np.inf, np.inf
    half = t_95(n - 1) * float(np.std(values, ddof=1)) / float(np.sqrt(n))
    mean = float(np.mean(values))
    return mean - half, mean + half


def typical_of(prices: FloatArray) -> float:
    """What is typical over laps: the median of the means of all pairs, each value with itself too (Hodges and Lehmann 1963).

    One or two bad laps of seven do not move it, as they do not move the median, but it uses the size of every lap: of normal
    scatter it keeps 95 % of what the mean would, the median 64 %.
    """
    if prices.size == 0:
        return 0.0
    first, second = np.triu_indices(prices.size)
    return float(np.median(0.5 * (prices[first] + prices[second])))


def over_laps(verdicts: Sequence[Verdict], lost: FloatArray, *, own_reference: bool) -> Verdict:
    """One verdict for one corner over comparable laps; `lost`, shape (laps,), is the time lost on each, s.

    A habit is what is typical: causes rank by what the methods typically say over laps, doubled where both say it, so that
    one bad lap makes no habit; first comes the one on which both typically agree. Their times share the mean of all that was
    explained in that proportion. `detail` carries each
    cause's plain mean with its interval (`mean_s`, `interval_low_s`, `interval_high_s`), `laps` and `laps_seen`.
    """
    if not verdicts or not all(one.by_method for one in verdicts):
        return nothing_to_judge("no lap to judge")
    tables = [_table([weights_of(one.by_method[m]) for one in verdicts]) for m in range(min(len(one.by_method) for one in verdicts))]
    said = _table([weights_of(combined(one.by_method)) for one in verdicts])
    shares = _habits(tables, said)
    first = first_cause(shares)
    low, high = interval_of(lost)
    phases = [one.phase for one in verdicts]
    return verdict_of(
        tuple(_typical(table) for table in tables),
        shares=shares,
        time_lost_s=float(np.mean(lost)),
        noise_s=(high - low) / 2.0 if len(lost) > 1 else verdicts[0].noise_s,
        phase=max(phases, key=phases.count),
        stability=sum(first_cause(combined(one.by_method)) is first for one in verdicts) / len(verdicts),
        doubts=_doubts(said.get(first, np.zeros(len(verdicts))), first, own_reference=own_reference),
    )


def _table(laps: Sequence[Mapping[Cause, float]]) -> Table:
    """Prices per named cause over laps, 0 on laps without it."""
    causes = dict.fromkeys(cause for lap in laps for cause in lap if cause is not Cause.UNEXPLAINED)
    return {cause: np.array([lap.get(cause, 0.0) for lap in laps]) for cause in causes}


def _typical(table: Table) -> Shares:
    return ranked([CauseShare(cause, typical_of(prices)) for cause, prices in table.items()])


def _habits(tables: Sequence[Table], said: Table) -> Shares:
    """Shares of what was explained, in proportion to what is typical of each cause, the agreed one first."""
    typical = _typical_prices(tables, said)
    explained = sum(float(np.mean(prices)) for prices in said.values())
    total = sum(typical.values())
    shares = []
    for cause, price in typical.items():
        prices = said[cause]
        low, high = interval_of(prices)
        detail = {
            "mean_s": float(np.mean(prices)),
            "interval_low_s": low,
            "interval_high_s": high,
            "laps": float(len(prices)),
            "laps_seen": float(np.sum(prices > SEEN_S)),
        }
        shares.append(CauseShare(cause, explained * price / total if total > 0.0 else float(np.mean(prices)), detail))
    return ranked(shares)


def _typical_prices(tables: Sequence[Table], said: Table) -> dict[Cause, float]:
    """What is typical of each cause, s, largest first; no other cause is worth more than the one on which the methods typically agree.

    That holds where they agree on a main part of what was lost: agreeing on a few milliseconds outweighs nothing.

    Two methods that do not know each other are right where they agree (coaching.md 2.8), and over laps more so: what one of them
    alone says on most laps may be its own bias, which no number of laps averages away.
    """
    agreed = {cause: _agreed(tables, cause) for cause in said}
    typical = {cause: max(0.0, typical_of(prices + agreed[cause])) for cause, prices in said.items()}
    common = {cause: typical_of(prices) for cause, prices in agreed.items()}
    first = max(common, key=lambda cause: (common[cause], typical[cause]), default=Cause.UNEXPLAINED)
    explained = sum(float(np.mean(prices)) for prices in said.values())
    most = typical[first] if common.get(first, 0.0) > max(0.0, MAIN_SHARE * explained) else np.inf
    order = sorted(typical, key=lambda cause: (-min(typical[cause], most), cause is not first, -typical[cause]))
    return {cause: min(typical[cause], most) for cause in order}


def _agreed(tables: Sequence[Table], cause: Cause) -> FloatArray:
    """Per lap the price on which all methods agree, s."""
    if not all(cause in table for table in tables):
        return np.zeros(1)
    return np.asarray(np.maximum(0.0, np.min([table[cause] for table in tables], axis=0)), dtype=np.float64)


def _doubts(prices: FloatArray, first: Cause, *, own_reference: bool) -> Iterable[Doubt]:
    """Why the pattern of the first cause is none."""
    n = len(prices)
    if n < LEAST_LAPS:
        yield Doubt(f"a pattern needs {LEAST_LAPS} comparable laps, here are {n}")
    elif interval_of(prices)[0] <= 0.0:
        yield Doubt(f"over {n} laps the price of {{causes}} could as well be nothing", (first,))
    if n >= LEAST_LAPS and int(np.sum(prices > SEEN_S)) < LEAST_SEEN:
        yield Doubt(f"{{causes}} shows on fewer than {LEAST_SEEN} laps", (first,))
    if own_reference:
        yield Doubt("your own lap is the reference: what you do on every lap is invisible to it")

"""What a topic has brought: its corner before the first cue and on the laps since, corrected for how topics are chosen.

A corner is taken up because it cost much on the laps just driven, so it costs less on the next ones even if nobody says a word
(regression to the mean, the winner's curse). By how much the choice flatters it is computed from the choice itself: the mean of
its scatter, given that it came out above the threshold and above the corners it was preferred to (the conditional approach of Zhong and
Prentice, Biostatistics 9, 2008; corners' true means drawn together first, as in Efron and Morris, JASA 70, 1975). A corner that
stands out loses nothing, the first of many alike loses much. Laps since the first cue chose nothing and stay as they are.

It cannot tell a cue's effect from what the driver would have learned by himself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from coach.arrays import FloatArray
from coach.compare.causes.pattern import t_95
from coach.cues.topic import LapSeen, losses_at

LEAST_CORNERS = 4  # from here on means drawn together are better than each alone (Efron and Morris 1975)
REACH, STEPS = 5.0, 201  # of the integral over scatter, in standard errors
_Z = np.linspace(-REACH, REACH, STEPS)


@dataclass(frozen=True, slots=True)
class Effect:
    """What the topic's corner cost before its first cue and on the laps since, s per lap; `interval_s`: 95 %, of before minus since."""

    before_s: float
    after_s: float
    interval_s: tuple[float, float]
    n_before: int
    n_after: int


def flattery(number: int, laps: Sequence[LapSeen], least_s: float) -> float:
    """By how much the laps that chose a corner overstate what it costs, s: it lost over `least_s`, and more than the corners below it.

    Each test after a lap is taken as the only one, which leaves a fifth of the flattery in (tests/coach/cues/test_effect.py).
    """
    losses = {k: np.array(losses_at(laps, k)) for k in sorted({corner.number for lap in laps for corner in lap.corners})}
    losses = {k: seen for k, seen in losses.items() if seen.size >= 2}
    if number not in losses:
        return 0.0
    seen_s = np.array([seen.mean() for seen in losses.values()])
    means = seen_s.copy()
    scatter_s2 = np.array([seen.var(ddof=1) for seen in losses.values()])
    scatter_s2 = 0.5 * (scatter_s2 + scatter_s2.mean())
    errors = np.sqrt(scatter_s2 / [seen.size for seen in losses.values()])
    if means.size >= LEAST_CORNERS:
        between_s2 = max(0.0, float(means.var(ddof=1) - np.mean(errors**2)))
        drawn = errors**2 / np.maximum(errors**2 + between_s2, 1e-12)
        means += drawn * (means.mean() - means)
    mine = list(losses).index(number)
    if errors[mine] <= 0.0:
        return 0.0
    lost = means[mine] + errors[mine] * _Z
    weight = np.exp(-0.5 * _Z**2) * (lost >= least_s)
    for k, (mean, error) in enumerate(zip(means, errors, strict=True)):
        if seen_s[k] < seen_s[mine]:  # it was beaten; dearer ones were out of the race for another reason
            weight *= _below(lost, mean, error)
    return float(errors[mine] * (weight @ _Z) / weight.sum()) if weight.sum() > 0.0 else 0.0


def effect(before_s: Sequence[float], since_s: Sequence[float], flattered_s: float) -> Effect | None:
    """From losses at the corner before and since, s, the mean before being too large by `flattered_s`; None until two laps stand on either side."""
    before, since = np.array(before_s), np.array(since_s)
    if len(before) < 2 or len(since) < 2:
        return None
    was_s = float(before.mean()) - flattered_s
    gained_s = was_s - float(since.mean())
    half_s = t_95(len(before) + len(since) - 2) * pooled_scatter(before, since) * sqrt(1 / len(before) + 1 / len(since))
    return Effect(was_s, float(since.mean()), (gained_s - half_s, gained_s + half_s), len(before), len(since))


def pooled_scatter(before: FloatArray, since: FloatArray) -> float:
    """Standard deviation around the mean of either side, in the values' unit; both sides, (n,) and (m,), together more than two."""
    squares = float(((before - before.mean()) ** 2).sum() + ((since - since.mean()) ** 2).sum())
    return sqrt(squares / (len(before) + len(since) - 2))


def _below(lost: FloatArray, mean: float, error: float) -> FloatArray:
    """How often another corner costs less than each of these."""
    if error <= 0.0:
        return (lost >= mean).astype(np.float64)
    return np.array([0.5 * (1.0 + erf((x - mean) / (error * sqrt(2.0)))) for x in lost])

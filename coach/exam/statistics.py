"""Intervals for marks: how far a share or a mean may be off, given how few cases it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from coach.arrays import FloatArray

NORMAL_95 = 1.96  # two-sided 95 % quantile of the normal distribution
ROUNDS = 1000  # resamples; the ends of a 95 % interval then wander by under a tenth of its width


def wilson(right: int, n: int, z: float = NORMAL_95) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927); (0, 1) without a case. It takes cases for independent."""
    if n == 0:
        return 0.0, 1.0
    share, spread = right / n, z * z / n
    middle = (share + spread / 2.0) / (1.0 + spread)
    half = z * float(np.sqrt(share * (1.0 - share) / n + spread / (4.0 * n))) / (1.0 + spread)
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))  # rounding must not put the share outside


def mean(values: FloatArray) -> float:
    """Arithmetic mean."""
    return float(np.mean(values))


def root_mean_square(values: FloatArray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


def median(values: FloatArray) -> float:
    """Median."""
    return float(np.median(values))


def cluster_bootstrap(
    values: Sequence[float], clusters: Sequence[str], statistic: Callable[[FloatArray], float] = mean, seed: int = 1
) -> tuple[float, float]:
    """95 % percentile interval of a statistic, resampling whole clusters with replacement.

    A cluster is a circuit, car and driver: its values resemble each other, so resampling single values would claim too much.
    With fewer than two clusters nothing is known about other ones: (-inf, inf).
    """
    names = sorted(set(clusters))
    if len(names) < 2:
        return -np.inf, np.inf
    all_values, of = np.asarray(values, dtype=np.float64), np.asarray(clusters)
    groups = [all_values[of == name] for name in names]
    rng = np.random.default_rng(seed)
    drawn = [statistic(np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])) for _ in range(ROUNDS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)

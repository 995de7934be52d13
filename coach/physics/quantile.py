"""Quantiles by speed: the two small fits that an envelope is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coach.arrays import FloatArray

GOLDEN = 0.5 * (5.0**0.5 - 1.0)
AERO_SHARE = 0.75  # most of the grip at the highest speed that may come from downforce; a Formula 1 car has about 0.75 there
SPREAD = 1.3  # ratio of fast to slow samples below which downforce and grip cannot be told apart


@dataclass(frozen=True, slots=True)
class Grip:
    """A limit a + b v^2, m/s2: mechanical grip and what downforce adds, as far as it was seen (v <= v_seen_mps)."""

    a: float
    b: float
    v_seen_mps: float = np.inf

    def at(self, v_mps: FloatArray | float) -> FloatArray:
        """The limit at these speeds; above the highest one seen it no longer grows."""
        return np.asarray(self.a + self.b * np.square(np.minimum(v_mps, self.v_seen_mps)), dtype=np.float64)


def fit_grip(v_mps: FloatArray, accel_mps2: FloatArray, quantile: float) -> Grip:
    """Quantile regression of accelerations (k,) on a + b v^2, b >= 0: the share `quantile` of them lies below.

    For each b the best a is a plain quantile, and the pinball loss left over is convex in b: golden section finds it. Within
    a narrow range of speed (one corner, an oval) b is taken as 0.
    """
    u = np.square(v_mps)
    slow, fast = np.quantile(v_mps, [0.05, 0.95])
    flat = Grip(float(np.quantile(accel_mps2, quantile)), 0.0)
    if fast < SPREAD * slow or fast <= 0.0:
        return flat

    def loss(b: float) -> float:
        rest = accel_mps2 - b * u
        over = rest - np.quantile(rest, quantile)
        return float(np.sum(np.maximum(quantile * over, (quantile - 1.0) * over)))

    low, high = 0.0, AERO_SHARE * flat.a / float(fast) ** 2
    for _ in range(20):  # narrows b to 1e-4 of its range
        width = GOLDEN * (high - low)
        if loss(high - width) <= loss(low + width):
            high = low + width
        else:
            low = high - width
    b = 0.5 * (low + high)
    return Grip(float(np.quantile(accel_mps2 - b * u, quantile)), b, float(fast))


def sliding_quantile(
    v_mps: FloatArray, values: FloatArray, at_mps: FloatArray, half_width_mps: float, quantile: float
) -> tuple[FloatArray, FloatArray]:
    """Quantile of the values whose speed lies within half_width of each `at`, shape (k,), NaN without any; and their number."""
    order = np.argsort(v_mps)
    v, ordered = v_mps[order], values[order]
    first, last = np.searchsorted(v, at_mps - half_width_mps), np.searchsorted(v, at_mps + half_width_mps)
    found = [np.quantile(ordered[i:j], quantile) if j > i else np.nan for i, j in zip(first, last, strict=True)]
    return np.asarray(found, dtype=np.float64), (last - first).astype(np.float64)

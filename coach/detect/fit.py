"""Robust fits: mistakes in the laps must not bend what is usual."""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray

_REWEIGHTINGS = 20


def least_absolute(terms: FloatArray, target: FloatArray, least: float) -> FloatArray:
    """Least absolute deviations by reweighted least squares; residuals below `least` weigh alike. terms (n, m), target (n,) -> (m,)."""
    weight = np.ones(target.size)
    for _ in range(_REWEIGHTINGS):
        fit = np.linalg.lstsq(terms * weight[:, None], target * weight, rcond=None)[0]
        weight = 1 / np.sqrt(np.maximum(np.abs(target - terms @ fit), least))
    return np.asarray(fit, dtype=np.float64)

"""Smoothing of values on an evenly spaced station grid, open (a lap) or closed (a track)."""

from __future__ import annotations

import numpy as np

from coach.arrays import FloatArray


def smooth(values: FloatArray, width_m: float, step_m: float, *, closed: bool = False) -> FloatArray:
    """Hann-weighted moving mean, shape (n,), `width_m` wide at half height; the ends of an open array use what is there.

    NaN must not occur in `values`. A closed array wraps around: its last value neighbours its first.
    """
    half = min(round(width_m / step_m), (len(values) - 1) // 2)
    if half < 1:
        return values.copy()
    kernel = np.hanning(2 * half + 1 + 2)[1:-1]
    if closed:
        padded = np.concatenate([values[-half:], values, values[:half]])
        return np.convolve(padded, kernel / kernel.sum(), "valid")
    weight = np.convolve(np.ones(len(values)), kernel, "same")
    smoothed: FloatArray = np.convolve(values, kernel, "same") / weight
    return smoothed


def covered(values: FloatArray) -> slice:
    """The stretch from the first to the last finite value; empty when there is none."""
    finite = np.flatnonzero(np.isfinite(values))
    return slice(0, 0) if len(finite) == 0 else slice(int(finite[0]), int(finite[-1]) + 1)


def fill_closed(values: FloatArray) -> FloatArray:
    """NaN replaced by linear interpolation around the closed array; all NaN stays all NaN."""
    known = np.isfinite(values)
    if known.all() or not known.any():
        return values.copy()
    index = np.arange(len(values), dtype=np.float64)
    return np.interp(index, index[known], values[known], period=len(values))

"""Least squares on a chain of points, each tied to its neighbours only: a symmetric banded system, solved in one pass."""

from __future__ import annotations

import numba as nb
import numpy as np

from coach.arrays import FloatArray


@nb.njit("float64[::1](float64[:, ::1], float64[::1])", cache=True)
def solve_banded(band: FloatArray, right: FloatArray) -> FloatArray:
    """Solve A x = right for a symmetric positive definite A of shape (m, m) with w diagonals on either side, main one included.

    `band`, shape (m, w): band[i, j] = A[i, i + j]; entries that would lie outside A are not read. Elimination without pivoting
    (L D L^T), O(m w^2); neither argument is changed. Not for indefinite matrices.
    """
    rows, width = band.shape
    left, x = band.copy(), right.copy()
    for i in range(rows):
        reach = min(width, rows - i)
        for j in range(1, reach):
            factor = left[i, j] / left[i, 0]
            for k in range(j, reach):
                left[i + j, k - j] -= factor * left[i, k]
            x[i + j] -= factor * x[i]
    for i in range(rows - 1, -1, -1):
        for j in range(1, min(width, rows - i)):
            x[i] -= left[i, j] * x[i + j]  # the row as it was left over: U x = y
        x[i] /= left[i, 0]
    return x


def spread(banded: FloatArray) -> FloatArray:
    """The full matrix of a band, shape (m, m): the plain way, for tests."""
    rows, width = banded.shape
    upper = np.zeros((rows, rows)) + sum(np.diag(banded[: rows - j, j], j) for j in range(1, min(width, rows)))
    return np.asarray(np.diag(banded[:, 0]) + upper + np.transpose(upper), dtype=np.float64)

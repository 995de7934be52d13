"""Solving the closed, five-wide systems that smooth curves on a closed track lead to, in time proportional to their size."""

from __future__ import annotations

import numba as nb
import numpy as np

from coach.arrays import FloatArray

# Folding the ring (0, n-1, 1, n-2, ...) puts neighbours up to two apart within four places: a band without corners.
BAND = 4


def solve_ring_plain(diagonals: FloatArray, right: FloatArray) -> FloatArray:
    """The same as `solve_ring` by a dense solve."""
    n = right.size
    matrix = np.zeros((n, n))
    i = np.arange(n)
    for k in range(3):
        matrix[i, (i + k) % n] = diagonals[k]
        matrix[(i + k) % n, i] = diagonals[k]
    return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)


@nb.njit("float64[::1](float64[:, ::1], float64[::1])", cache=True)
def solve_ring(diagonals: FloatArray, right: FloatArray) -> FloatArray:
    """Solve M x = right for a symmetric positive definite M on a ring of n >= 5 places; shape (n,).

    diagonals, shape (3, n): M[i, i], M[i, i+1], M[i, i+2], indices modulo n. Banded Cholesky on the folded ring. Entries that
    are no number come out as no number.
    """
    n = right.size
    place = np.empty(n, dtype=np.int64)
    for i in range(n):
        place[i] = 2 * i if 2 * i < n else 2 * (n - 1 - i) + 1
    band = np.zeros((n, BAND + 1))  # band[row, row - column]
    x = np.empty(n)
    for i in range(n):
        x[place[i]] = right[i]
        for k in range(3):
            a, b = place[i], place[(i + k) % n]
            band[max(a, b), abs(a - b)] += diagonals[k, i]
    for row in range(n):
        for column in range(max(0, row - BAND), row + 1):
            total = band[row, row - column]
            for k in range(max(0, row - BAND), column):
                total -= band[row, row - k] * band[column, column - k]
            band[row, row - column] = np.sqrt(total) if column == row else total / band[column, 0]
    for row in range(n):
        for k in range(max(0, row - BAND), row):
            x[row] -= band[row, row - k] * x[k]
        x[row] /= band[row, 0]
    for row in range(n - 1, -1, -1):
        for k in range(row + 1, min(n, row + BAND + 1)):
            x[row] -= band[k, k - row] * x[k]
        x[row] /= band[row, 0]
    folded = np.empty(n)
    for i in range(n):
        folded[i] = x[place[i]]
    return folded

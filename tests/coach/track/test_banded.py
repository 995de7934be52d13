"""The banded solver gives what a dense solver gives."""

from __future__ import annotations

import numpy as np
import pytest

from coach.track.banded import solve_banded, spread


@pytest.mark.parametrize("rows", [1, 3, 6, 40])
def test_banded_solution_equals_the_dense_one(rows):
    chance = np.random.default_rng(rows)
    band, right = chance.normal(size=(rows, 6)), chance.normal(size=rows)
    band[:, 0] = 12.0  # more than its row: positive definite
    before = band.copy(), right.copy()
    assert solve_banded(band, right) == pytest.approx(np.linalg.solve(spread(band), right), abs=1e-12)
    assert np.array_equal(band, before[0])
    assert np.array_equal(right, before[1])

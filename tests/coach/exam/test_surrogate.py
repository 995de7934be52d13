from __future__ import annotations

import numpy as np
import pytest

from coach.exam.surrogate import fit_cost


def test_two_costs_fix_the_parabola() -> None:
    linear, quadratic = fit_cost([10.0, 20.0], [0.01 * 10 + 0.002 * 100, 0.01 * 20 + 0.002 * 400])
    assert (linear, quadratic) == (pytest.approx(0.01), pytest.approx(0.002))


def test_costs_are_never_negative_and_keep_the_smaller_size() -> None:
    for lost in ([0.1, 0.12], [0.05, 0.5], [0.0, 0.3], [-0.02, 0.1], [-0.1, -0.2]):
        linear, quadratic = fit_cost([10.0, 20.0], list(lost))
        assert linear >= 0.0
        assert quadratic >= 0.0
        assert linear * 10.0 + quadratic * 100.0 == pytest.approx(max(lost[0], 0.0), abs=1e-12)


def test_what_cannot_be_driven_twice_as_badly_is_steep() -> None:
    linear, quadratic = fit_cost([10.0, 20.0], [0.2, float(np.nan)])
    assert linear == 0.0
    assert quadratic == pytest.approx(0.002)

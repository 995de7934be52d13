"""The tyre has a peak, falls off beyond it, and gives less per newton the more it carries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.sim.tyre import curve, friction, inverse_shape, shape, stiffness_share

SHAPES = st.floats(1.2, 1.8)


@given(SHAPES)
def test_the_peak_is_one_at_slip_one(c: float) -> None:
    rho = np.linspace(0.0, 6.0, 6001)
    force = curve(rho, c)
    assert force.max() == pytest.approx(1.0, abs=1e-6)
    assert rho[np.argmax(force)] == pytest.approx(1.0, abs=2e-3)
    assert (np.diff(force[1001:]) < 0.0).all()
    assert force[-1] > np.sin(0.5 * np.pi * c)


@given(SHAPES, st.floats(0.0, 20.0))
def test_the_kernel_agrees_with_plain_numpy(c: float, rho: float) -> None:
    assert shape(rho, c) == pytest.approx(float(curve(np.array([rho]), c)[0]), abs=1e-12)


@given(SHAPES, st.floats(0.0, 0.999))
def test_the_inverse_is_the_slip_below_the_peak(c: float, share: float) -> None:
    rho = inverse_shape(share, c)
    assert 0.0 <= rho <= 1.0
    assert shape(rho, c) == pytest.approx(share, abs=1e-9)


def test_the_secant_is_finite_at_rest() -> None:
    assert stiffness_share(0.0, 1.4) == pytest.approx(stiffness_share(1e-4, 1.4), rel=1e-3)


def test_friction_falls_with_load() -> None:
    assert friction(3000.0, 1.4, 0.1, 3000.0) == pytest.approx(1.4)
    assert friction(6000.0, 1.4, 0.1, 3000.0) == pytest.approx(1.26)
    assert 6000.0 * friction(6000.0, 1.4, 0.1, 3000.0) > 3000.0 * friction(3000.0, 1.4, 0.1, 3000.0)

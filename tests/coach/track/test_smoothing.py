from __future__ import annotations

import numpy as np

from coach.track.smoothing import covered, fill_closed, smooth


def test_smoothing_keeps_a_constant_at_the_ends():
    assert np.allclose(smooth(np.full(50, 3.0), 8.0, 1.0), 3.0)


def test_closed_smoothing_wraps():
    spike = np.zeros(100)
    spike[0] = 1.0
    smoothed = smooth(spike, 5.0, 1.0, closed=True)
    assert np.isclose(smoothed[1], smoothed[-1])
    assert np.isclose(smoothed.sum(), 1.0)


def test_width_is_the_width_at_half_height():
    spike = np.zeros(201)
    spike[100] = 1.0
    smoothed = smooth(spike, 20.0, 1.0)
    assert abs((smoothed >= 0.5 * smoothed.max()).sum() - 20) <= 2


def test_filling_goes_around_the_end():
    filled = fill_closed(np.array([np.nan, 2.0, 3.0, 4.0, np.nan]))
    assert 2.0 < filled[0] < 4.0
    assert np.isnan(fill_closed(np.full(4, np.nan))).all()


def test_covered_is_the_finite_stretch():
    assert covered(np.array([np.nan, 1.0, np.nan, 2.0, np.nan])) == slice(1, 4)
    assert covered(np.full(3, np.nan)) == slice(0, 0)

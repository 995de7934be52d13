"""The reference's line over a stretch of the lap: as all samples would draw it, across the line, too."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from overlay.widgets.lap_curve import LapCurve

STEP_PX, BOTTOM, HEIGHT, BEYOND = 2.5, 100.0, 40.0, 60


@pytest.fixture
def share() -> np.ndarray:
    """Full throttle, a corner, full throttle: flat most of the way, with slopes and a curve."""
    at = np.arange(400)
    return np.clip(np.abs(at - 150) / 30.0, 0.2, 1.0).astype(np.float32) * np.where(at > 380, 1.0 - (at - 380) ** 2 / 500.0, 1.0).astype(
        np.float32
    )


def heights(line: list[QPointF], x: np.ndarray) -> np.ndarray:
    return np.interp(x, [point.x() for point in line], [point.y() for point in line])


@pytest.mark.parametrize("left_sample", [-40.3, 0.0, 96.6, 250.0, 360.2])
def test_it_is_the_line_through_all_samples(share: np.ndarray, left_sample: float) -> None:
    curve = LapCurve(share, STEP_PX, BOTTOM, HEIGHT, BEYOND)
    left, right = left_sample * STEP_PX, (left_sample + 90.0) * STEP_PX
    line = curve.between(left, right)
    assert (line[0].x(), line[-1].x()) == pytest.approx((left, right))
    assert all(b.x() > a.x() for a, b in pairwise(line))
    x = np.linspace(left, right, 500)
    samples = np.arange(-BEYOND, 400 + BEYOND)
    whole = np.interp(x, samples * STEP_PX, BOTTOM - HEIGHT * share[samples % 400])
    assert heights(line, x) == pytest.approx(whole, abs=0.05)


def test_what_is_flat_needs_two_points(share: np.ndarray) -> None:
    assert len(LapCurve(share, STEP_PX, BOTTOM, HEIGHT, BEYOND).between(200 * STEP_PX, 290 * STEP_PX)) == 2


def test_a_lap_shorter_than_the_stretch_comes_round_again() -> None:
    curve = LapCurve(np.array([0.0, 1.0, 0.0, 0.0], np.float32), STEP_PX, BOTTOM, HEIGHT, BEYOND)
    line = curve.between(-9.0 * STEP_PX, 30.0 * STEP_PX)
    assert heights(line, np.array([-7.0, 1.0, 5.0, 29.0]) * STEP_PX) == pytest.approx(BOTTOM - HEIGHT)

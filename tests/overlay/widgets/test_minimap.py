"""The map's colours and places."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from overlay.look import Look
from overlay.state import TrackShape
from overlay.widgets.minimap import STEPS, MiniMapPanel, loss_steps


def test_small_losses_are_not_coloured_strongly() -> None:
    assert loss_steps((0.0001, -0.0001, None)) == (0, 0, 0)
    assert loss_steps((0.0002, -0.0004)) == (1, -2)


def test_full_colour_belongs_to_the_worst_pieces_of_the_lap() -> None:
    loss = [0.0] * 18 + [0.004, -0.004]
    steps = loss_steps(tuple(loss))
    assert steps[-2:] == (STEPS, -STEPS)
    assert set(steps[:18]) == {0}


def test_unknown_pieces_have_no_colour() -> None:
    assert loss_steps((None, float("nan"), 0.01)) == (0, 0, STEPS)
    assert loss_steps(()) == ()


@pytest.mark.parametrize("aspect", [0.2, 1.0, 5.0])
def test_track_of_any_shape_fits_the_widget(qapp: QApplication, aspect: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    shape = TrackShape.from_line(aspect * 900 * np.cos(angle), 900 * np.sin(angle))
    panel = MiniMapPanel(Look())
    line = panel.points(shape)
    assert line.min() >= panel.margin - 1
    assert line[:, 0].max() <= panel.width() - panel.margin + 1
    assert line[:, 1].max() <= panel.height() - panel.margin + 1
    assert panel.glass_height(shape) <= panel.height() + 1


def test_car_goes_around_without_a_jump_at_the_line(qapp: QApplication) -> None:
    angle = np.linspace(0, 2 * np.pi, 300, endpoint=False)
    shape = TrackShape.from_line(500 * np.cos(angle), 300 * np.sin(angle))
    panel = MiniMapPanel(Look())
    places = [panel.place(shape, k / 1000) for k in range(1001)]
    steps = [np.hypot(b.x() - a.x(), b.y() - a.y()) for a, b in pairwise(places)]
    assert max(steps) < 3 * np.mean(steps)
    assert (places[0].x(), places[0].y()) == pytest.approx((places[-1].x(), places[-1].y()))

"""The delta bar's number has the colour of its sign, however short the bar is, and its scale holds what it shows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from overlay.look import Look
from overlay.state import Delta, Snapshot
from overlay.widgets.delta_bar import SCALES_S, DeltaBar, full_scale_s


def colours(image: QImage) -> set[str]:
    return {QColor(image.pixel(x, y)).name() for x in range(image.width()) for y in range(image.height())}


@pytest.mark.parametrize(("delta_s", "colour", "other"), [(0.006, "losing", "gaining"), (-0.006, "gaining", "losing")])
def test_a_loss_too_small_for_the_bar_is_still_a_loss(no_leftovers: QApplication, delta_s: float, colour: str, other: str) -> None:
    panel = DeltaBar(Look(0.75))
    panel.show()
    panel.resize(panel.width() // 2, panel.height())
    panel.show_snapshot(Snapshot(time_s=1.0, in_car=True, delta=Delta(delta_s)))
    assert panel.bar_px(delta_s) == 0
    seen = colours(panel.grab().toImage())
    assert panel.look.colour(colour).name() in seen
    assert panel.look.colour(other).name() not in seen


@pytest.mark.parametrize(("delta_s", "full_s"), [(0.0, 1.0), (-0.99, 1.0), (1.3, 2.0), (-2.85, 5.0), (12.3, 5.0)])
def test_scale_is_the_smallest_that_holds_the_delta(no_leftovers: QApplication, delta_s: float, full_s: float) -> None:
    panel = DeltaBar(Look())
    panel.show_snapshot(Snapshot(time_s=1.0, in_car=True, delta=Delta(delta_s)))
    assert panel.full_s == full_s
    assert abs(panel.bar_px(delta_s)) == round(min(1.0, abs(delta_s) / full_s) * panel.half)


def test_scale_does_not_flicker_where_the_delta_hovers_about_its_end() -> None:
    full_s, seen = SCALES_S[0], []
    for delta_s in (0.9, 1.02, 0.98, 1.01, 0.85, 1.05, 0.79, 0.9, 0.99):
        full_s = full_scale_s(delta_s, full_s)
        seen.append(full_s)
    assert seen == [1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0]


def test_at_the_line_the_scale_begins_anew() -> None:
    assert full_scale_s(0.01, SCALES_S[-1]) == SCALES_S[0]


def test_the_still_layer_is_drawn_anew_only_with_another_scale(no_leftovers: QApplication) -> None:
    panel = DeltaBar(Look())
    panel.show()
    drawn = []
    for tick, delta_s in enumerate((0.5, 0.7, 1.1, 1.4, 0.9)):
        panel.show_snapshot(Snapshot(time_s=1.0 + tick, in_car=True, delta=Delta(delta_s)))
        panel.grab()
        drawn.append(panel.still_paints)
    assert [b - a for a, b in pairwise(drawn)] == [0, 1, 0, 0]

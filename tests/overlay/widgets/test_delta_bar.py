"""The delta bar's number has the colour of its sign, however short the bar is."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from overlay.look import Look
from overlay.state import Delta, Snapshot
from overlay.widgets.delta_bar import DeltaBar


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

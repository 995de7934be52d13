"""The list of corners follows the car, whatever the track's length."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from overlay.look import Look
from overlay.state import CornerLoss, Progress
from overlay.widgets.corner_losses import CornerLosses, total


def lap(count: int, current: int) -> tuple[CornerLoss, ...]:
    def progress(k: int) -> Progress:
        return Progress.DONE if k < current else Progress.CURRENT if k == current else Progress.AHEAD

    return tuple(CornerLoss(k + 1, f"Turn {k + 1}", 0.01 if k < current else None, progress(k)) for k in range(count))


@settings(deadline=None, max_examples=60)
@given(count=st.integers(1, 80), share=st.floats(0, 1), height=st.integers(60, 700))
def test_current_corner_is_always_in_sight(qapp: QApplication, count: int, share: float, height: int) -> None:
    panel = CornerLosses(Look())
    panel.resize(320, height)
    current = min(count - 1, int(share * count))
    seen = panel.visible(lap(count, current))
    assert len(seen) == min(count, panel.rows)
    assert any(corner.progress is Progress.CURRENT for corner in seen)
    assert [corner.number for corner in seen] == list(range(seen[0].number, seen[0].number + len(seen)))


def test_between_corners_the_last_done_one_is_in_sight(qapp: QApplication) -> None:
    panel = CornerLosses(Look())
    corners = tuple(CornerLoss(k + 1, "", 0.1, Progress.DONE if k < 30 else Progress.AHEAD) for k in range(60))
    assert 30 in [corner.number for corner in panel.visible(corners)]


def test_total_is_of_the_corners_with_a_figure() -> None:
    assert total(()) is None
    assert total(lap(5, 0)) is None
    assert total(
        (CornerLoss(1, "", 0.25), CornerLoss(2, "", None), CornerLoss(3, "", float("nan")), CornerLoss(4, "", -0.05))
    ) == pytest.approx(0.2)

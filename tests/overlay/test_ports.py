"""What buttons of the settings window do to the parts of a run."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from PySide6.QtWidgets import QApplication

from overlay.parts import Parts
from overlay.ports import CoachActions
from overlay.window import Overlay


def test_widgets_that_are_to_be_moved_are_seen_also_where_the_overlay_was_hidden(no_leftovers: QApplication) -> None:
    overlay = Overlay()
    actions = CoachActions(cast("Parts", SimpleNamespace(overlay=overlay, pipeline=SimpleNamespace(helpers=tuple))))
    overlay.set_shown(False)
    assert not actions.widgets_move()
    actions.move_widgets(move=True)
    assert actions.widgets_move()
    assert overlay.windows["map"].isVisible()
    overlay.set_shown(False)
    assert not actions.widgets_move(), "unlocked, but nothing can be seen"
    actions.move_widgets(move=True)
    actions.move_widgets(move=False)
    assert overlay.locked
    overlay.close()

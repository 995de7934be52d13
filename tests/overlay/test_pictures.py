"""Pictures without a screen show what the screen shows."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from coach.compare.cause import Cause
from coach.wording.spoken import full_cue
from overlay.look import Look, over
from overlay.pictures import GROUND, OverlayPainter
from overlay.window import Appearance
from tests.overlay.golden import array_of, difference
from tests.overlay.samples import CUE, braking, speaking
from tests.overlay.scenery import scenery


def test_glass_over_the_ground(qapp: QApplication) -> None:
    image = OverlayPainter().paint(speaking())
    glass = Look().glass_fill
    expected = over(QColor(glass.red(), glass.green(), glass.blue()), glass.alphaF(), QColor(GROUND))
    seen = image.pixelColor(24 + 190, 24 + 64)
    assert all(abs(a - b) <= 1 for a, b in zip(seen.getRgb()[:3], expected.getRgb()[:3], strict=True))
    assert image.pixelColor(960, 600) == QColor(GROUND)


def test_each_picture_shows_its_own_instant(qapp: QApplication) -> None:
    painter = OverlayPainter()
    first, second, again = (array_of(painter.paint(snapshot)) for snapshot in (speaking(), braking(), speaking()))
    assert difference(first, second) > 0.001
    assert difference(first, again) == 0.0


def test_picture_has_the_wanted_size_and_background(qapp: QApplication) -> None:
    behind = scenery(640, 360, bright=True)
    image = OverlayPainter(1280, 720, Appearance(panels=("delta",))).paint(speaking(), behind)
    assert (image.width(), image.height()) == (1280, 720)
    assert image.pixelColor(640, 100) != QColor(GROUND)


def test_pictures_show_a_cue_that_is_said() -> None:
    assert full_cue("Old Paddock", Cause.BRAKE_EARLY, {"brake_on_earlier_m": 10.0}) == f"Old Paddock: {CUE[:1].lower()}{CUE[1:]}"

"""Colours and sizes: readable over anything, one family."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QFontInfo
from PySide6.QtWidgets import QApplication

from overlay.look import PALETTES, Look, contrast, load_fonts, over, screen_scale, text_width

TEXTS = ("text", "quiet", "gaining", "losing", "coach", "warning", "brake", "throttle")


@pytest.mark.parametrize("palette", PALETTES)
@pytest.mark.parametrize("behind", ["#ffffff", "#808080", "#000000"])
def test_every_text_colour_is_readable_over_any_picture(palette: str, behind: str) -> None:
    look = Look(palette=palette)
    ground = over(look.glass_fill, look.glass_fill.alphaF(), QColor(behind))
    for name in TEXTS:
        assert contrast(look.colours[name], ground) >= 4.5, f"{name} {look.colours[name].name()} over {ground.name()}"


@pytest.mark.parametrize("palette", PALETTES)
def test_colours_of_one_palette_differ_from_each_other(palette: str) -> None:
    look = Look(palette=palette)
    for pair in (("gaining", "losing"), ("brake", "throttle"), ("coach", "losing"), ("coach", "gaining"), ("warning", "losing")):
        a, b = (look.colours[name] for name in pair)
        assert abs(a.red() - b.red()) + abs(a.green() - b.green()) + abs(a.blue() - b.blue()) > 60, pair


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(QColor("#ffffff"), QColor("#000000")) == pytest.approx(21.0)
    assert contrast(QColor("#777777"), QColor("#ffffff")) == pytest.approx(4.48, abs=0.01)


def test_figures_are_tabular_in_the_bundled_font(qapp: QApplication) -> None:
    for bold in (False, True):
        font = Look().font("number", bold=bold)
        assert QFontInfo(font).family() == load_fonts()
        assert len({round(text_width(font, digit), 3) for digit in "0123456789"}) == 1
        assert text_width(font, "+") == pytest.approx(text_width(font, "\N{MINUS SIGN}"))


@pytest.mark.parametrize(("width", "height", "scale"), [(1920, 1080, 1.0), (2560, 1440, 4 / 3), (3840, 2160, 2.0), (1280, 720, 0.75)])
def test_sizes_grow_with_the_screen(width: int, height: int, scale: float) -> None:
    assert screen_scale(width, height) == pytest.approx(scale)

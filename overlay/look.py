"""The overlay's look: colours, fonts and sizes from `coach.look.tokens()` for one scale, palette and glass opacity.

Everything a widget needs to draw is made here once; widgets ask, they do not mix colours of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any, ClassVar

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF

from coach.look import tokens

PALETTES = tuple(tokens()["palette"])
DESIGN_HEIGHT_PX = 1080  # the screen height at which the tokens' pixels hold


@cache
def load_fonts() -> str:
    """Register the bundled fonts with Qt once; returns the family."""
    folder = resources.files("overlay.fonts")
    for name in ("RacingCoachSans-Medium.otf", "RacingCoachSans-Bold.otf"):
        if QFontDatabase.addApplicationFontFromData(QByteArray(folder.joinpath(name).read_bytes())) < 0:
            raise RuntimeError(f"the bundled font {name} cannot be loaded")
    return str(tokens()["overlay"]["family"])


def screen_scale(width: int, height: int) -> float:
    """How much larger than the tokens things are drawn on a screen of this size, in its logical pixels.

    A tall narrow screen counts by its width, so that the widgets fit side by side.
    """
    return max(0.75, min(height / DESIGN_HEIGHT_PX, width / (DESIGN_HEIGHT_PX * 4 / 3)))


@dataclass(frozen=True)
class Look:
    """One look. `scale` multiplies every size (screen times the driver's font scale), `glass_opacity` replaces the token's."""

    scale: float = 1.0
    palette: str = "blue-orange"
    glass_opacity: float | None = None

    sizes: ClassVar[dict[str, Any]] = tokens()["overlay"]
    glass: ClassVar[dict[str, Any]] = tokens()["glass"]

    @cached_property
    def colours(self) -> dict[str, QColor]:
        """The tokens of [dark] with the palette's own on top."""
        return {name: QColor(value) for name, value in {**tokens()["dark"], **tokens()["palette"][self.palette]}.items()}

    def colour(self, name: str, opacity: float = 1.0) -> QColor:
        """A token's colour, more or less opaque."""
        colour = QColor(self.colours[name])
        colour.setAlphaF(opacity)
        return colour

    @property
    def glass_fill(self) -> QColor:
        """The glass behind every widget."""
        colour = QColor(self.glass["fill"])
        colour.setAlphaF(self.glass["opacity"] if self.glass_opacity is None else self.glass_opacity)
        return colour

    @property
    def glass_edge(self) -> QColor:
        """The thin light line around it."""
        colour = QColor(self.glass["edge"])
        colour.setAlphaF(self.glass["edge_opacity"])
        return colour

    def px(self, length: float) -> float:
        """A length of the design in pixels of this look."""
        return length * self.scale

    def size(self, name: str) -> float:
        """A length token in pixels of this look."""
        return self.px(self.sizes[f"{name}_px"])

    def font(self, size: str | float, *, bold: bool = False) -> QFont:
        """The font at a named size or at design pixels, without hinting: the same glyphs at every position and on every machine."""
        font = QFont(load_fonts())
        font.setWeight(QFont.Weight.Bold if bold else QFont.Weight.Medium)
        font.setPixelSize(max(6, round(self.size(size) if isinstance(size, str) else self.px(size))))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        font.setStyleStrategy(QFont.StyleStrategy.PreferAntialias | QFont.StyleStrategy.NoSubpixelAntialias)
        return font

    def loss_colour(self, share: float) -> QColor:
        """From gaining (-1) over neutral (0) to losing (+1)."""
        end = self.colours["losing" if share > 0 else "gaining"]
        start = self.colours["neutral"]
        part = min(1.0, abs(share))
        return QColor.fromRgbF(*(a + (b - a) * part for a, b in zip(_rgb(start), _rgb(end), strict=True)))


def text_width(font: QFont, text: str) -> float:
    """How wide a text is, in pixels."""
    return QFontMetricsF(font).horizontalAdvance(text)


def contrast(a: QColor, b: QColor) -> float:
    """Contrast of two opaque colours, 1..21 (WCAG 2.2, relative luminance)."""
    darker, lighter = sorted(_luminance(colour) for colour in (a, b))
    return (lighter + 0.05) / (darker + 0.05)


def over(colour: QColor, opacity: float, behind: QColor) -> QColor:
    """What is seen of a colour of this opacity over an opaque one."""
    pairs = zip(_rgb(colour), _rgb(behind), strict=True)
    return QColor.fromRgbF(*(a * opacity + b * (1 - opacity) for a, b in pairs))


def _luminance(colour: QColor) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _rgb(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()

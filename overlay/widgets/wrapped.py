"""Text on as many lines as it needs."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from overlay.look import text_width
from overlay.widgets.panel import CENTRE, write


def wrapped(text: str, font: QFont, width: float) -> tuple[str, ...]:
    """The whole text in lines no wider than `width`: parted between words, and within a word (a file's name) only where it alone is too wide."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(font, longer) <= width:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        *full, lines[-1] = _broken(word, font, width)
        lines[-1:-1] = full
    return tuple(lines)


def write_centred(painter: QPainter, area: QRectF, text: str, font: QFont, colour: QColor) -> None:
    """In the middle of the area, on as many lines as it needs."""
    lines, line_h = wrapped(text, font, area.width()), QFontMetricsF(font).height()
    top = area.center().y() - len(lines) * line_h / 2
    for k, line in enumerate(lines):
        write(painter, QRectF(area.left(), top + k * line_h, area.width(), line_h), line, font, colour, CENTRE)


def _broken(word: str, font: QFont, width: float) -> list[str]:
    """A word in pieces that fit; one letter is never parted."""
    pieces = [word[:1]]
    for sign in word[1:]:
        if text_width(font, pieces[-1] + sign) <= width:
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces

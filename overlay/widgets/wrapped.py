"""Text on as many lines as it needs."""

from __future__ import annotations

from PySide6.QtGui import QFont

from overlay.look import text_width


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


def _broken(word: str, font: QFont, width: float) -> list[str]:
    """A word in pieces that fit; one letter is never parted."""
    pieces = [word[:1]]
    for sign in word[1:]:
        if text_width(font, pieces[-1] + sign) <= width:
            pieces[-1] += sign
        else:
            pieces.append(sign)
    return pieces

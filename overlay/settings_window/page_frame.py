"""What every page of the settings window has: a title, a note on top, the same margins."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from overlay.window_style import label


def page_of(title: str, note: str, content: QWidget | None = None) -> tuple[QWidget, QVBoxLayout]:
    """A page, in `content` if given, and the column to put things into."""
    content = content or QWidget()
    layout = QVBoxLayout(content)
    layout.setContentsMargins(28, 24, 28, 24)
    layout.setSpacing(14)
    layout.addWidget(label(title, "title"))
    if note:
        layout.addWidget(label(note, "quiet"))
    return content, layout

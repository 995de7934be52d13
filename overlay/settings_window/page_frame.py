"""What every page of the settings window has: a title, a note on top, the same margins."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from overlay.window_style import label

NOTE = "note"


def page_of(title: str, note: str, content: QWidget | None = None) -> tuple[QWidget, QVBoxLayout]:
    """A page, in `content` if given, and the column to put things into."""
    content = content or QWidget()
    layout = QVBoxLayout(content)
    layout.setContentsMargins(28, 24, 28, 24)
    layout.setSpacing(14)
    layout.addWidget(label(title, "title"))
    told = label("", "quiet")
    told.setObjectName(NOTE)
    layout.addWidget(told)
    show_note(content, note)
    return content, layout


def show_note(content: QWidget, note: str) -> None:
    """Another note on top of this page; empty: none."""
    for told in content.findChildren(QLabel, NOTE):
        told.setText(note)
        told.setVisible(bool(note))

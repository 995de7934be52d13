"""Texts of a window that have less room than they need."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget


def cut(widget: QWidget) -> list[str]:
    """Texts below this widget that need more room than they have."""
    found = []
    for part in widget.findChildren(QWidget):
        if not part.isVisible() or not isinstance(part, QLabel | QPushButton) or not part.text():
            continue
        needs = QSize(1, part.heightForWidth(part.width())) if isinstance(part, QLabel) and part.wordWrap() else part.sizeHint()
        if needs.width() > part.width() or needs.height() > part.height():
            found.append(f"{part.text()[:40]!r} needs {needs.width()} x {needs.height()}, has {part.width()} x {part.height()}")
    return found


def settle(app: QApplication) -> None:
    """Layouts of wrapped text take two rounds."""
    for _ in range(3):
        app.processEvents()

"""The measure by which other tests say that no text is cut."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from tests.overlay.cut_text import cut


def test_cut_text_would_be_seen(no_leftovers: QApplication) -> None:
    holder = QWidget()
    label, button = QLabel("a long sentence in a narrow place", holder), QPushButton("Sign in", holder)
    label.setWordWrap(True)
    label.setGeometry(0, 0, 60, 20)
    button.setGeometry(0, 30, 30, 20)
    holder.show()
    assert len(cut(holder)) == 2
    holder.close()

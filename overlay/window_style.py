"""The ordinary windows (settings, first run, summary) in the same dark look as the overlay, as one Qt style sheet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from coach.look import tokens
from overlay.look import load_fonts

TITLE_BAR_PX = 36  # of the window managers of today, in logical pixels
SHEET = """
QWidget {{ background: {background}; color: {text}; font-family: "{family}"; font-size: 15px; font-weight: 500; }}
QLabel {{ background: transparent; }}
QLabel[kind="title"] {{ font-size: 26px; font-weight: 700; }}
QLabel[kind="heading"] {{ font-size: 17px; font-weight: 700; }}
QLabel[kind="quiet"] {{ color: {quiet}; font-size: 14px; }}
QLabel[kind="fault"] {{ color: {warning}; font-size: 14px; }}
QLabel[kind="own"] {{ color: {coach}; font-size: 14px; }}
QLabel[kind="number"] {{ font-size: 30px; font-weight: 700; }}
QFrame[kind="card"] {{ background: {surface}; border: 1px solid {line}; border-radius: 10px; }}
QFrame[kind="card"] QWidget {{ background: transparent; }}
QWidget#scope {{ background: {surface}; }}
QListWidget#pages {{ background: {surface}; border: none; outline: none; padding: 12px 8px; font-size: 16px; }}
QListWidget#pages::item {{ padding: 10px 14px; border-radius: 8px; color: {quiet}; }}
QListWidget#pages::item:selected {{ background: {raised}; color: {text}; }}
QScrollArea {{ border: none; }}
QPushButton {{ background: {raised}; border: 1px solid {line}; border-radius: 8px; padding: 8px 16px; }}
QPushButton[kind="small"] {{ padding: 2px 10px; font-size: 14px; border-radius: 6px; }}
QPushButton[kind="small"]:checked {{ border-color: {coach}; color: {coach}; }}
QPushButton:hover, QPushButton:focus {{ border-color: {coach}; }}
QPushButton[kind="scope"] {{ background: {surface}; color: {quiet}; padding: 8px 10px; }}
QPushButton[kind="scope"]:checked, QPushButton[kind="scope"]:hover {{ background: {raised}; border-color: {coach}; color: {text}; }}
QPushButton[kind="scope"]:focus {{ border-color: {text}; }}
QPushButton:disabled {{ color: {neutral}; }}
QPushButton[kind="main"] {{ background: {coach}; color: {background}; border-color: {coach}; font-weight: 700; }}
QFrame[kind="card"] QPushButton {{ background: {raised}; }}
QFrame[kind="card"] QPushButton[kind="main"] {{ background: {coach}; }}
QComboBox, QLineEdit, QKeySequenceEdit QLineEdit {{
    background: {background}; border: 1px solid {line}; border-radius: 8px; padding: 6px 10px; min-height: 22px; }}
QComboBox:disabled, QLineEdit:disabled {{ color: {neutral}; border-color: {surface}; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ width: 0; height: 0; border-left: 5px solid {surface}; border-right: 5px solid {surface}; border-top: 6px solid {quiet}; }}
QFrame[kind="card"] QComboBox, QFrame[kind="card"] QLineEdit {{ background: {background}; }}
QComboBox:focus, QLineEdit:focus {{ border-color: {coach}; }}
QComboBox QAbstractItemView, QFrame[kind="card"] QComboBox QAbstractItemView {{
    background: {raised}; border: none; selection-background-color: {line}; selection-color: {text}; outline: none; }}
QMenu, QFrame[kind="card"] QMenu {{ background: {raised}; border: 1px solid {line}; }}
QMenu::item:selected {{ background: {line}; }}
QMenu::item:disabled {{ color: {quiet}; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 4px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {line}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {coach}; }}
QSlider::handle:horizontal {{ width: 18px; height: 18px; margin: -7px 0; border-radius: 9px; background: {text}; }}
QProgressBar {{ border: none; border-radius: 3px; max-height: 6px; }}
QFrame[kind="card"] QProgressBar {{ background: {line}; }}
QProgressBar::chunk {{ background: {coach}; border-radius: 3px; }}
QTableWidget {{ background: {surface}; border: 1px solid {line}; border-radius: 10px; gridline-color: {line}; padding: 0 10px; }}
QTableWidget::item {{ padding: 4px 0; }}
QTableWidget::item:selected {{ background: {raised}; color: {text}; }}
QHeaderView::section {{ background: {surface}; color: {quiet}; border: none; border-bottom: 1px solid {line}; padding: 8px 3px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; }}
QScrollBar::handle:horizontal {{ background: {line}; border-radius: 5px; min-width: 30px; }}
QScrollBar::add-line:horizontal, QScrollBar::sub-line:horizontal {{ width: 0; }}
QScrollBar:vertical {{ background: transparent; width: 10px; }}
QScrollBar::handle:vertical {{ background: {line}; border-radius: 5px; min-height: 30px; }}
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical {{ height: 0; }}
"""


def fit(window: QWidget, width: int, height: int) -> None:
    """Give it this size, or what the screen has room for with a title bar."""
    room = window.screen().availableGeometry()
    window.resize(min(width, room.width()), min(height, room.height() - TITLE_BAR_PX))


def dress(window: QWidget) -> None:
    """Give a top-level window our look."""
    window.setStyleSheet(SHEET.format(family=load_fonts(), **tokens()["dark"]))


def let_go(window: QWidget) -> None:
    """Close it for good. Qt destroys what is in it, in an order that charts survive; Python's garbage collector knows no such order."""
    window.close()
    window.deleteLater()


class DropDown(QComboBox):
    """Without the focus it leaves the wheel to the page, which is scrolled with it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def drop_down() -> QComboBox:
    """A box to choose from."""
    box, look = DropDown(), tokens()["dark"]
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # or turning the wheel above it would give it the focus
    frame = box.view().parentWidget()
    assert frame is not None
    # The window's sheet does not reach what frames the list.
    frame.setStyleSheet(f"QComboBoxPrivateContainer {{ background: {look['raised']}; border: 1px solid {look['line']}; }}")
    return box


def label(text: str, kind: str = "") -> QLabel:
    """A label of one of the sheet's kinds: title, heading, quiet, fault, own, number; plain without one."""
    made = QLabel(text)
    made.setProperty("kind", kind)
    made.setWordWrap(kind in {"", "quiet", "fault", "own"})
    return made

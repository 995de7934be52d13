"""Whatever the service's state, on any page: no text is cut, nothing is out of sight to the side, and all of it can be had with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QStyle, QTableWidget, QWidget

from coach.look import tokens
from overlay.look import contrast
from overlay.settings_window.service_panel import ServicePanel
from overlay.settings_window.window import SMALLEST, SettingsWindow
from tests.overlay.cut_text import cut, settle
from tests.overlay.settings_window.service_states import REFERENCES, STATES, show_page, window_of

SIZES = {"smallest": SMALLEST, "usual": (980, 680)}
TABS = 40  # more than any page has controls


@pytest.fixture
def window(request: pytest.FixtureRequest, no_leftovers: QApplication) -> Iterator[SettingsWindow]:
    made = window_of(STATES[request.param])
    made.show()
    QTest.qWaitForWindowExposed(made)
    yield made
    made.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("window", STATES, indirect=True)
def test_no_text_is_cut_or_out_of_sight(window: SettingsWindow, size: str, no_leftovers: QApplication) -> None:
    window.resize(*SIZES[size])
    for row in range(window.names.count()):
        window.names.setCurrentRow(row)
        window.references.take()
        settle(no_leftovers)
        area = window.stack.currentWidget()
        assert cut(window) == []
        assert area.horizontalScrollBar().maximum() == 0


@pytest.mark.parametrize("state", ["code", "own-values"])
def test_a_window_cannot_be_smaller_than_its_pages(no_leftovers: QApplication, state: str) -> None:
    window = window_of(STATES[state])
    window.show()
    window.resize(100, 100)
    assert (window.width(), window.height()) == SMALLEST
    window.close()


@pytest.mark.parametrize("window", ["own-values"], indirect=True)
def test_values_of_this_car_fit_too(window: SettingsWindow, no_leftovers: QApplication) -> None:
    window.resize(*SMALLEST)
    window.this_car.setChecked(True)
    for row in range(window.names.count()):
        window.names.setCurrentRow(row)
        settle(no_leftovers)
        assert cut(window) == []
        assert window.stack.currentWidget().horizontalScrollBar().maximum() == 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("window", ["sharing-on"], indirect=True)
def test_reference_laps_stand_whole_in_their_rows(window: SettingsWindow, size: str, no_leftovers: QApplication) -> None:
    window.resize(*SIZES[size])
    show_page(window, "Reference laps")
    settle(no_leftovers)
    table = window.references.table
    assert table.rowCount() == len(REFERENCES)
    assert table.horizontalHeader().length() == table.viewport().width()
    margin = 2 * (table.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin) + 1)
    for row, offered in enumerate(REFERENCES):
        for column, text in ((0, offered.name), (2, offered.conditions)):
            room = QRect(0, 0, table.columnWidth(column) - margin, 10_000)
            assert table.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, text).height() <= table.rowHeight(row)
        for column in (1, 3):
            assert table.columnWidth(column) >= table.sizeHintForColumn(column)


def reached(window: SettingsWindow) -> list[QWidget]:
    """Where Tab leads from the list of pages."""
    window.activateWindow()
    window.names.setFocus()
    places = []
    for _ in range(TABS):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        places.append(window.focusWidget())
        if places[-1] is window.names:
            break
    return places


@pytest.mark.parametrize(
    ("window", "button"),
    [("signed-out", "Sign in"), ("code", "Cancel"), ("sharing-on", "Sign out"), ("unreachable", "Sign out")],
    indirect=["window"],
)
def test_the_account_is_reached_with_the_keyboard(window: SettingsWindow, button: str) -> None:
    show_page(window, "Service")
    places = reached(window)
    assert button in {place.text() for place in places if isinstance(place, QPushButton)}
    assert window.rows["service.url"].control in places


@pytest.mark.parametrize("window", ["code"], indirect=True)
def test_the_page_to_open_is_reached_with_the_keyboard(window: SettingsWindow) -> None:
    show_page(window, "Service")
    panel = window.findChild(ServicePanel)
    assert panel.words in reached(window)


@pytest.mark.parametrize("window", ["sharing-on"], indirect=True)
def test_the_keyboard_gets_into_the_reference_laps_and_out_again(window: SettingsWindow) -> None:
    show_page(window, "Reference laps")
    places = reached(window)
    assert any(isinstance(place, QTableWidget) for place in places)
    assert "Use this lap" in {place.text() for place in places if isinstance(place, QPushButton)}
    assert places[-1] is window.names


@pytest.mark.parametrize("window", ["code"], indirect=True)
def test_the_link_can_be_read(window: SettingsWindow) -> None:
    colour = tokens()["dark"]["coach"]
    assert f"color: {colour}" in window.findChild(ServicePanel).words.text()
    assert contrast(QColor(colour), QColor(tokens()["dark"]["surface"])) >= 4.5


@pytest.mark.parametrize(
    ("window", "says"), [("wrong-address", "is no address of a service"), ("unencrypted-address", "is not encrypted")], indirect=["window"]
)
def test_a_refused_address_is_explained_in_the_drivers_words(window: SettingsWindow, says: str) -> None:
    text = window.rows["service.url"].fault.text()
    assert says in text
    assert "service.url" not in text
    assert '""' not in text


@pytest.mark.parametrize("window", ["signed-out"], indirect=True)
def test_no_marks_of_the_documentation_are_shown(window: SettingsWindow) -> None:
    assert not [label.text() for label in window.findChildren(QLabel) if "`" in label.text()]

"""Notices come one after another, from any thread."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from overlay.notice_line import MOST_UNREAD, NoticeLine


@pytest.fixture
def shown() -> list[str]:
    return []


@pytest.fixture
def line(qapp: QApplication, shown: list[str]) -> NoticeLine:
    """In front of somebody who sees everything at once."""

    def show(text: str) -> None:
        shown.append(text)
        made.seen(text)

    made = NoticeLine(show)
    made._timer.setInterval(20)
    return made


def test_each_is_shown_in_turn_and_then_taken_away(line: NoticeLine, shown: list[str]) -> None:
    for text in ("one", "two", "one", "two"):
        line.tell(text)
    assert shown == ["one"]
    QTest.qWait(150)
    assert shown == ["one", "two", ""]
    assert line.shown == ""


def test_one_that_is_told_in_another_thread_is_shown_in_qts(line: NoticeLine, shown: list[str]) -> None:
    teller = threading.Thread(target=line.tell, args=("from afar",))
    teller.start()
    teller.join()
    assert shown == []
    QTest.qWait(5)
    assert shown == ["from afar"]


def test_after_the_stop_nothing_is_taken_away(line: NoticeLine, shown: list[str]) -> None:
    line.tell("the last")
    line.stop()
    QTest.qWait(60)
    assert shown == ["the last"]


def test_what_nobody_could_see_waits(qapp: QApplication, shown: list[str]) -> None:
    """Told in the garage, with all widgets hidden, it was over before the driver sat in the car."""
    line = NoticeLine(shown.append)
    line._timer.setInterval(20)
    for text in ("one", "two"):
        line.tell(text)
    line.seen("")
    QTest.qWait(60)
    assert shown == ["one"]
    for text, then in (("one", ["one", "two"]), ("two", ["one", "two", ""])):
        line.seen(text)
        QTest.qWait(60)
        assert shown == then


def read_all(line: NoticeLine, shown: list[str]) -> list[str]:
    """What a driver reads from now on, who sees everything at once."""
    read = []
    while line.shown:
        read.append(line.shown)
        line.seen(line.shown)
        line._timer.timeout.emit()
        line._timer.stop()
    assert shown[-1] == ""
    return read


def test_of_what_nobody_could_read_only_the_newest_are_shown(qapp: QApplication, shown: list[str]) -> None:
    """A drive with all widgets hidden: what was told an hour ago would take its eight seconds each from the driver, and has passed."""
    line = NoticeLine(shown.append)
    for number in range(20):
        line.tell(f"notice {number}")
    assert read_all(line, shown) == [f"notice {number}" for number in range(20 - MOST_UNREAD, 20)]


def test_what_is_told_again_stands_where_it_was_told_last(qapp: QApplication, shown: list[str]) -> None:
    """Else the last word were that the voice is on, when it is muted."""
    line = NoticeLine(shown.append)
    for text in ("Muted.", "The voice is on again.", "Muted."):
        line.tell(text)
    assert read_all(line, shown) == ["The voice is on again.", "Muted."]


def test_what_is_being_read_is_told_again_when_another_came_between(line: NoticeLine, shown: list[str]) -> None:
    for text in ("Muted.", "Muted.", "The voice is on again.", "Muted."):
        line.tell(text)
    QTest.qWait(150)
    assert shown == ["Muted.", "The voice is on again.", "Muted.", ""]


def test_one_that_ends_another_comes_in_its_place(line: NoticeLine, shown: list[str]) -> None:
    """Three presses in eight seconds: for as long again the screen said the opposite of what was so."""
    line.tell("Muted.", instead_of="On again.")
    line.tell("On again.", instead_of="Muted.")
    line.tell("Muted.", instead_of="On again.")
    assert shown == ["Muted.", "On again.", "Muted."]
    QTest.qWait(150)
    assert shown == ["Muted.", "On again.", "Muted.", ""]


def test_one_that_ends_another_that_waits_takes_its_turn(line: NoticeLine, shown: list[str]) -> None:
    for text, ended in (("one", ""), ("Muted.", "On again."), ("two", ""), ("On again.", "Muted.")):
        line.tell(text, instead_of=ended)
    assert shown == ["one"]
    QTest.qWait(150)
    assert shown == ["one", "two", "On again.", ""]

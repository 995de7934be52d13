"""Quit: the summary of a session with laps is shown, whatever the disk or the live thread does, and the program ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from coach.cues.settings import CueSettings
from coach.session import State
from coach.telemetry.recording import SessionInfo
from overlay.app import App
from overlay.summary.model import LapRow
from overlay.summary.page import SummaryPage
from tests.overlay.running_app import wait_until

pytestmark = pytest.mark.xdist_group("overlay_app")


@pytest.fixture
def driven(app: App, home: Path) -> App:
    """With a lap to sum up, and no folder to save it in."""
    session = app.pipeline.session
    session._coach.state = State(CueSettings(), SessionInfo("live"))
    session._kept.notes.laps.append(LapRow(1, 61.2, ""))
    session._kept.folder = home / "gone"
    return app


def page_after_quit(driven: App) -> SummaryPage:
    """The summary, once it is on screen."""
    driven.quit()

    def shown() -> bool:
        QTest.qWait(1)
        return driven.windows.summary is not None and driven.windows.summary.isVisible()

    wait_until(shown)
    assert driven.windows.summary is not None
    return driven.windows.summary


def test_a_summary_that_cannot_be_saved_is_shown_and_says_so(driven: App, no_leftovers: QApplication) -> None:
    said = " ".join(label.text() for label in page_after_quit(driven).findChildren(QLabel))
    assert f"{driven.pipeline.session._kept.folder / 'summary.html'} could not be written: no such file or directory" in said


def test_the_summary_that_he_reads_stays_when_the_simulator_goes_after_quit(driven: App, no_leftovers: QApplication) -> None:
    """Its session is summed up once more; to close the page is to end the program."""
    page = page_after_quit(driven)
    driven.pipeline.session.save_summary()
    driven._drive(SessionInfo("live"))
    QTest.qWait(5)
    assert driven.windows.summary is page
    assert page.isVisible()


def test_it_ends_though_no_summary_comes(driven: App, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driven.pipeline, "post", lambda _work: None)
    monkeypatch.setattr("overlay.app.SUMMARY_MS", 50)
    QTimer.singleShot(0, driven.quit)
    too_late = QTimer(singleShot=True, interval=10_000)
    too_late.timeout.connect(lambda: qapp.exit(1))
    too_late.start()
    assert qapp.exec() == 0
    too_late.stop()  # else it would end the loop of a later test


def test_at_its_end_no_window_opens_any_more(driven: App, no_leftovers: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told at last is told once more when everything is saved."""
    opened: list[str] = []
    monkeypatch.setattr(driven.windows, "show_summary", lambda: opened.append("summary"))
    driven.quit()

    def shown() -> bool:
        QTest.qWait(1)
        return opened == ["summary"]

    wait_until(shown)
    driven.bridge.ended.emit(driven.windows._ended, Path("summary.html"), "")
    assert opened == ["summary"]

"""What the tests of the driver's side share. Qt runs without a screen; tests that need one start their programs on a virtual screen."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from overlay.store.spool import Spool
from overlay.store.store import LapStore


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The one application of this process."""
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication([])


@pytest.fixture
def no_leftovers(qapp: QApplication) -> Iterator[QApplication]:
    """The application, with every window of the test closed afterwards."""
    before = set(qapp.topLevelWidgets())
    yield qapp
    for widget in set(qapp.topLevelWidgets()) - before:
        widget.close()  # and no more: menus and pop-ups among them belong to widgets that delete them
    qapp.processEvents()


@pytest.fixture(autouse=True)
def close_what_was_opened(monkeypatch):
    """Stores and spools that a test leaves open; Python 3.13 warns of each."""
    opened = []
    for kind in (LapStore, Spool):

        def tracked(self, *given, _init=kind.__init__):
            _init(self, *given)
            opened.append(self)

        monkeypatch.setattr(kind, "__init__", tracked)
    yield
    for each in opened:
        each.close()

"""What the tests of the driver's side share. Qt runs without a screen; tests that need one start their programs on a virtual screen."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from overlay.app import App
from overlay.chosen import Chosen
from overlay.first_run import FIRST_MINUTE_DONE
from overlay.from_settings import PlacesInSettings, appearance_of
from overlay.order import Order
from overlay.settings.file import SettingsFile
from overlay.store.spool import Spool
from overlay.store.store import LapStore
from overlay.window import Overlay


@pytest.fixture
def no_leftovers(qapp: QApplication) -> Iterator[QApplication]:
    """The application, with every window of the test closed afterwards."""
    before = set(qapp.topLevelWidgets())
    yield qapp
    for widget in set(qapp.topLevelWidgets()) - before:
        widget.close()
        if type(widget).__module__.startswith("overlay."):  # others belong to widgets that delete them: menus, pop-ups
            widget.deleteLater()
    qapp.processEvents()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A driver's home without sound, text instead of a voice; the first minute was done."""
    monkeypatch.setenv("RACING_COACH_HOME", str(tmp_path))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / FIRST_MINUTE_DONE).touch()
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text('version = 1\n[voice]\nengine = "text"\n', encoding="utf-8")
    return tmp_path


@pytest.fixture
def hooks() -> Iterator[None]:
    """What the application takes of the process, given back."""
    kept = sys.excepthook, threading.excepthook, {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    yield
    sys.excepthook, threading.excepthook = kept[:2]
    for name, handler in kept[2].items():
        signal.signal(name, handler)


@pytest.fixture
def app(home: Path, hooks: None, no_leftovers: QApplication) -> Iterator[App]:
    order, chosen = Order(image=home / "memory.bin"), Chosen(SettingsFile())
    overlay = Overlay(appearance_of(chosen.current, ""), PlacesInSettings(lambda: chosen.for_all, chosen.keep))
    made = App(order, no_leftovers, chosen, overlay)
    made.start(order)
    yield made
    made.stop()
    if made.windows.first_run is not None:
        made.windows.first_run.close()


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

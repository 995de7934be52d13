"""Exclusive full screen is noticed, by a stand-in for what Windows says, and told once where it can be seen."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from coach.telemetry.sources.iracing_live import IracingLive
from overlay.app import App
from overlay.full_screen import HIDDEN, FullScreenWatch
from tests.overlay.running_app import wait_until

pytestmark = pytest.mark.xdist_group("overlay_app")
BUSY, D3D_FULL_SCREEN, FAILED = 2, 3, -2147467259


@dataclass
class Windows:
    """What it says: a state, unless the call fails."""

    state: int = BUSY
    result: int = 0
    simulator: bool = True
    asked: int = 0
    told: list[str] = field(default_factory=list)

    def ask(self, state: ctypes.c_int) -> int:
        self.asked += 1
        state.value = self.state
        return self.result


@pytest.fixture
def windows() -> Windows:
    return Windows()


@pytest.fixture
def watch(windows: Windows, qapp: QApplication) -> FullScreenWatch:
    return FullScreenWatch(windows.ask, lambda: windows.simulator, windows.told.append)


def test_exclusive_full_screen_is_told_once(watch: FullScreenWatch, windows: Windows) -> None:
    watch.look()
    assert windows.told == []
    windows.state = D3D_FULL_SCREEN
    watch.look()
    assert windows.told == [HIDDEN]
    assert not watch.is_looking


def test_windows_is_asked_only_while_a_simulator_runs(watch: FullScreenWatch, windows: Windows) -> None:
    windows.simulator, windows.state = False, D3D_FULL_SCREEN
    watch.look()
    assert (windows.asked, windows.told) == (0, [])
    assert watch.is_looking


def test_a_call_that_fails_says_nothing(watch: FullScreenWatch, windows: Windows) -> None:
    windows.state, windows.result = D3D_FULL_SCREEN, FAILED
    watch.look()
    assert windows.told == []


class Icon:
    """Of a tray, which no desktop gives a test."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def showMessage(self, _title: str, text: str) -> None:
        self.shown.append(text)

    def hide(self) -> None: ...


@pytest.fixture
def seen_by_windows(windows: Windows, monkeypatch: pytest.MonkeyPatch) -> Windows:
    """An application that is started from here on asks it, in every millisecond."""
    monkeypatch.setattr("overlay.full_screen.ask_windows", lambda: windows.ask)
    monkeypatch.setattr("overlay.full_screen.EVERY_MS", 1)
    monkeypatch.setattr(IracingLive, "connected", True)
    return windows


def test_the_driver_reads_it_beside_the_clock_too(
    seen_by_windows: Windows, app: App, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the overlay cannot be seen, a notice on it cannot either."""
    icon = Icon()
    monkeypatch.setattr(app.tray, "icon", icon)
    seen_by_windows.state = D3D_FULL_SCREEN
    wait_until(lambda: QTest.qWait(1) or icon.shown)
    QTest.qWait(20)
    assert icon.shown == [HIDDEN]
    assert capsys.readouterr().out.count(f"Note: {HIDDEN}") == 1


def test_it_ends_with_the_overlay(seen_by_windows: Windows, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(app._watch, FullScreenWatch)
    app.stop()
    monkeypatch.setattr(app, "stop", lambda: None)  # it has ended
    assert not app._watch.is_looking

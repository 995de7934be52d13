"""The neural voice's panel shows what its port says and calls it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from overlay.settings_window.voice_panel import VoicePanel


class Port:
    """An installation in memory."""

    def __init__(self) -> None:
        self.there, self.share, self.fault, self.may = False, None, "", True

    def has_neural_voice(self) -> bool:
        return self.there

    def installed_share(self) -> float | None:
        return self.share

    def installation_fault(self) -> str:
        return self.fault

    def may_install(self) -> bool:
        return self.may

    def install_voice(self) -> None:
        self.share = 0.0

    def cancel_installation(self) -> None:
        self.share = None


@pytest.fixture
def port() -> Port:
    return Port()


@pytest.fixture
def panel(no_leftovers: QApplication, port: Port) -> Iterator[VoicePanel]:
    made = VoicePanel(port)
    made.show()
    yield made
    made.close()


def test_from_not_installed_to_installed(panel: VoicePanel, port: Port) -> None:
    assert "121 MB" in panel.status.text()
    assert not panel.bar.isVisible()
    panel.install.click()
    port.share = 0.5
    panel.look()
    assert "60 of 121 MB" in panel.status.text()
    assert panel.bar.isVisible()
    assert panel.bar.value() == 500
    assert not panel.install.isVisible()
    port.share, port.there = None, True
    panel.look()
    assert panel.status.text().startswith("Installed")
    assert not any(one.isVisible() for one in (panel.bar, panel.install, panel.cancel))


def test_what_went_wrong_is_told_until_the_next_try(panel: VoicePanel, port: Port) -> None:
    port.fault = "It could not be downloaded."
    panel.look()
    assert panel.fault.isVisible()
    assert panel.fault.text() == port.fault
    panel.install.click()
    assert not panel.fault.isVisible()


def test_nothing_is_begun_while_somebody_drives(panel: VoicePanel, port: Port) -> None:
    port.may = False
    panel.look()
    panel.install.click()
    assert port.share is None
    assert "not on the track" in panel.status.text()


def test_cancelled_by_keyboard(panel: VoicePanel, port: Port) -> None:
    panel.activateWindow()
    QTest.qWaitForWindowActive(panel)
    panel.install.setFocus()
    panel.install.click()
    assert panel.cancel.hasFocus()
    panel.cancel.click()
    assert port.share is None
    assert panel.install.hasFocus()


def test_a_hidden_panel_asks_nothing(panel: VoicePanel) -> None:
    panel.hide()
    assert not panel._timer.isActive()

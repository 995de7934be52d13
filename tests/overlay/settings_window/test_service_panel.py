"""The account's panel shows what its port says and calls it."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from overlay.settings_window.service_panel import ServicePanel


class Port:
    """A service in memory."""

    def __init__(self) -> None:
        self.there, self.is_in = True, False
        self.code: tuple[str, str, str] | None = None
        self.did: list[str] = []

    def service_status(self) -> str:
        return "Ann: up to date, 4 sent" if self.is_in else "signed out"

    def signed_in(self) -> bool:
        return self.is_in

    def has_service(self) -> bool:
        return self.there

    def sign_in_code(self) -> tuple[str, str, str] | None:
        return self.code

    def begin_sign_in(self) -> None:
        self.did.append("begin")
        self.code = ("BCDF-GHJK", "https://coach.example.org/device", "https://coach.example.org/device?code=BCDF-GHJK")

    def cancel_sign_in(self) -> None:
        self.did.append("cancel")
        self.code = None

    def sign_out(self) -> None:
        self.did.append("out")
        self.is_in = False


@pytest.fixture
def port() -> Port:
    return Port()


@pytest.fixture
def panel(qapp: QApplication, port: Port) -> ServicePanel:
    made = ServicePanel(port)
    made.show()
    return made


def test_without_an_address_it_says_what_to_do(panel: ServicePanel, port: Port) -> None:
    port.there = False
    panel.look()
    assert "address" in panel.status.text()
    assert not panel.sign_in.isVisible()


def test_the_code_is_shown_with_its_page_and_a_picture_until_it_is_over(panel: ServicePanel, port: Port) -> None:
    panel.sign_in.click()
    assert panel.code.text() == "BCDF-GHJK"
    assert "https://coach.example.org/device" in panel.words.text()
    assert panel.picture.pixmap().width() > 100
    assert panel.cancel.isVisible()
    assert not panel.sign_in.isVisible()
    port.code, port.is_in = None, True
    panel.look()
    assert panel.status.text() == "Ann: up to date, 4 sent"
    assert not panel.code.isVisible()
    assert not panel.picture.isVisible()
    panel.sign_out.click()
    panel.look()
    assert port.did == ["begin", "out"]
    assert panel.sign_in.isVisible()


def test_cancelled(panel: ServicePanel, port: Port) -> None:
    panel.sign_in.click()
    panel.cancel.click()
    panel.look()
    assert port.did == ["begin", "cancel"]
    assert panel.sign_in.isVisible()
    assert not panel.code.isVisible()


def test_a_hidden_panel_asks_nothing(panel: ServicePanel) -> None:
    panel.hide()
    assert not panel._timer.isActive()


def test_the_keyboard_goes_on_with_the_button_that_takes_the_place(panel: ServicePanel, port: Port) -> None:
    panel.activateWindow()
    QTest.qWaitForWindowActive(panel)
    panel.sign_in.setFocus()
    panel.sign_in.click()
    assert panel.cancel.hasFocus()
    panel.cancel.click()
    panel.look()
    assert panel.sign_in.hasFocus()

"""The first minute: every line is ticked by what it checks, and by nothing else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from overlay.first_run import SMALLEST, FirstRun, Step
from overlay.look import text_width
from overlay.phrase import NOT_YET, Told
from tests.overlay.cut_text import cut, settle


class Port:
    def __init__(self) -> None:
        self.did: list[str] = []
        self.found = False
        self.renders = False  # the phrase is not ready yet
        self.told: Told = lambda _: None
        self.fault = ""
        self.clearer = True  # the longer words: what fits with them fits

    def devices(self) -> tuple[str, ...]:
        return ("Speakers", "Headset")

    def choose_device(self, name: str) -> str:
        self.did.append(f"device {name}")
        return self.fault

    def say_test_phrase(self, told: Told) -> None:
        self.did.append("phrase")
        if self.renders:
            told(NOT_YET)
            self.told = told
        else:
            told(self.fault)

    def has_clearer_voice(self) -> bool:
        return self.clearer

    def monitors(self) -> tuple[str, ...]:
        return ("DP-1", "HDMI-2")

    def choose_monitor(self, name: str) -> None:
        self.did.append(f"monitor {name}")

    def show_hotkey(self) -> str:
        return "Ctrl+Shift+H"

    def simulator_found(self) -> bool:
        return self.found

    def start_demo(self) -> None:
        self.did.append("demo")

    def finished(self) -> None:
        self.did.append("finished")


@pytest.fixture
def port() -> Port:
    return Port()


@pytest.fixture
def page(port: Port, no_leftovers: QApplication) -> Iterator[FirstRun]:
    made = FirstRun(port)
    made.show()
    yield made
    made.close()


def test_everything_is_ticked_by_doing_it(page: FirstRun, port: Port) -> None:
    page.devices.textActivated.emit("Headset")
    page.play.click()
    page.heard.click()
    page.monitors.textActivated.emit("HDMI-2")
    page.hotkey_pressed()
    port.found = True
    page.look_for_simulator()
    assert page.done == set(Step)
    assert page.finish.text() == "Done"
    page.finish.click()
    assert port.did == ["device Headset", "phrase", "monitor HDMI-2", "finished"]
    assert not page.isVisible()


def test_what_is_in_use_is_shown(page: FirstRun) -> None:
    assert page.devices.currentText() == "Speakers"
    assert page.monitors.currentText() == "DP-1"


def test_voice_is_done_only_when_the_driver_heard_it(page: FirstRun) -> None:
    assert not page.heard.isEnabled()
    page.play.click()
    assert Step.VOICE not in page.done
    page.heard.click()
    assert Step.VOICE in page.done


def test_a_phrase_that_is_not_ready_is_said_later_and_once(page: FirstRun, port: Port, no_leftovers: QApplication) -> None:
    port.renders = True
    page.play.click()
    page.play.click()
    assert page._faults[Step.VOICE].text() == NOT_YET
    assert not page.heard.isEnabled()
    teller = threading.Thread(target=port.told, args=("",))
    teller.start()
    teller.join()
    no_leftovers.processEvents()
    assert page.heard.isEnabled()
    assert page._faults[Step.VOICE].isHidden()
    assert port.did == ["phrase"]


@pytest.mark.parametrize("clearer", [True, False])
def test_a_clearer_voice_is_spoken_of_until_it_is_there(port: Port, no_leftovers: QApplication, *, clearer: bool) -> None:
    port.clearer = clearer
    made = FirstRun(port)
    assert any("easier to understand" in found.text() for found in made.findChildren(QLabel)) == clearer
    made.close()


def test_trouble_with_the_sound_is_told_and_ticks_nothing(page: FirstRun, port: Port) -> None:
    port.fault = "no sound device answers"
    page.play.click()
    page.devices.textActivated.emit("Headset")
    assert page.done == set()
    assert page._faults[Step.VOICE].text() == "no sound device answers"


def test_demo_stands_in_for_the_simulator(page: FirstRun, port: Port) -> None:
    page.demo.click()
    assert port.did == ["demo"]
    assert Step.SIMULATOR in page.done


def test_rest_can_be_skipped(page: FirstRun, port: Port) -> None:
    assert page.finish.text() == "Skip the rest"
    page.finish.click()
    assert port.did == ["finished"]


def test_who_closes_it_has_seen_it(page: FirstRun, port: Port) -> None:
    page.close()
    assert port.did == ["finished"]


@pytest.mark.parametrize("size", [(100, 100), (720, 504), (720, 720)])  # the second: 1920 x 1080 at 200 %
def test_nothing_is_cut_however_small_the_window_and_long_the_names(
    port: Port, no_leftovers: QApplication, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    name = "Lautsprecher (2- Logitech PRO X Wireless Gaming Headset)"
    monkeypatch.setattr(Port, "devices", lambda _: (name,))
    page = FirstRun(port)
    page.show()
    page.resize(*size)
    port.fault = "It cannot be heard: no output device was found on this machine."
    page.play.click()
    settle(no_leftovers)
    assert page.width() >= SMALLEST[0]
    assert cut(page) == []
    assert page._area.horizontalScrollBar().maximum() == 0
    assert text_width(page.devices.font(), name) < page.devices.width() - 40  # the arrow and the frame
    fault = page._faults[Step.VOICE]
    assert fault.visibleRegion().boundingRect().height() == fault.height()  # in sight
    assert page.finish.visibleRegion().boundingRect().size() == page.finish.size()
    page.close()


def test_without_a_sound_output_it_says_so(port: Port, no_leftovers: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Port, "devices", lambda _: ())
    page = FirstRun(port)
    page.show()
    assert page.devices.currentIndex() == -1
    assert "no sound output found" in page.devices.placeholderText()
    assert not page.devices.isEnabled()
    assert text_width(page.devices.font(), page.devices.placeholderText()) < page.devices.width() - 40
    page.close()


def test_the_usual_size_shows_all_of_it(page: FirstRun, no_leftovers: QApplication) -> None:
    page.resize(720, 720)
    settle(no_leftovers)
    assert page._area.verticalScrollBar().maximum() == 0

"""The settings plugged into the overlay and its settings window, through the real settings file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QSlider

from overlay.chosen import Chosen
from overlay.from_settings import PlacesInSettings, appearance_of
from overlay.look import PALETTES
from overlay.placement import Rect
from overlay.settings.change import changed
from overlay.settings.change import for_car as for_this_car
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings
from overlay.settings_window.items import Value
from overlay.settings_window.pages import BEST, SettingsPages
from overlay.settings_window.window import SettingsWindow
from overlay.voice.offered import OfferedVoice
from overlay.window import Overlay
from tests.overlay.settings_window.test_window import Coach


class Kept:
    """Settings in a file, as the application holds them."""

    def __init__(self, path: Path) -> None:
        self.file = SettingsFile(path)
        self.settings = self.file.load().settings
        self.consented: list[tuple[bool, str]] = []

    def read(self) -> Settings:
        return self.settings

    def write(self, settings: Settings) -> None:
        self.settings = settings
        self.file.save(settings)

    def consent(self, given: bool, shown: str) -> str:
        self.consented.append((given, shown))
        return ""


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "settings.toml")


def test_default_settings_give_the_default_appearance() -> None:
    appearance = appearance_of(Settings())
    assert appearance.palette in PALETTES
    assert len(appearance.panels) == 6
    assert appearance.hide_outside_car


def test_every_palette_of_the_settings_is_drawn() -> None:
    for palette in PALETTES:
        assert appearance_of(changed(Settings(), "display.palette", palette)).palette == palette


def test_places_survive_a_restart_through_the_file(kept: Kept, tmp_path: Path, no_leftovers: QApplication) -> None:
    first = Overlay(places=PlacesInSettings(kept.read, kept.write))
    first.windows["map"].put(Rect(123, 77, 310, 200))
    first.remember(first.windows["map"])
    first.close()
    again = Kept(tmp_path / "settings.toml")
    second = Overlay(places=PlacesInSettings(again.read, again.write))
    assert second.windows["map"].rect_on_desktop() == Rect(123, 77, 310, 200)
    second.reset_places()
    assert not Kept(tmp_path / "settings.toml").settings.layout
    second.close()


def test_places_that_cannot_be_kept_are_told_once_and_count_until_the_end(tmp_path: Path, no_leftovers: QApplication) -> None:
    """A traceback, and "a fault of ours", for each widget that was dragged."""
    file, told = SettingsFile(tmp_path / "settings.toml"), list[str]()
    chosen = Chosen(file)
    chosen.on_unsaved = told.append
    file.path.mkdir()
    overlay = Overlay(places=PlacesInSettings(lambda: chosen.for_all, chosen.keep))
    window = overlay.windows["delta"]
    window.put(Rect(100, 200, 300, 90))
    overlay.remember(window)
    overlay.set_appearance(overlay.appearance)
    assert (window.rect_on_desktop().x, window.rect_on_desktop().y) == (100, 200)
    overlay.reset_places()
    (says,) = told
    assert f"is not kept: {file.path} " in says
    file.path.rmdir()
    overlay.remember(window)
    file.path.unlink()
    file.path.mkdir()
    overlay.remember(window)
    assert told == [says], "it is kept already"
    window.put(Rect(150, 200, 300, 90))
    overlay.remember(window)
    assert told == [says, says], "there was room between"
    overlay.close()


def test_hidden_widget_is_left_out(kept: Kept) -> None:
    kept.write(changed(kept.settings, "layout", {"map": {"visible": False}}))
    assert "map" not in appearance_of(kept.settings).panels


def test_window_edits_the_real_settings(kept: Kept, tmp_path: Path, no_leftovers: QApplication) -> None:
    pages = SettingsPages(kept.read, kept.write, kept.consent, {"voice.device": ("", "Headset")})
    window = SettingsWindow(pages, Coach())
    window.show()
    no_leftovers.processEvents()
    window.rows["voice.volume"].submit(0.5)
    window.rows["voice.device"].submit("Headset")
    window.rows["display.palette"].submit("white-yellow")
    window.rows["hotkeys.lock"].submit("Ctrl+Shift+O")
    window.rows["sharing.consent"].submit(value=True)
    saved = Kept(tmp_path / "settings.toml").settings
    assert (saved.voice.volume, saved.voice.device, saved.display.palette) == (0.5, "Headset", "white-yellow")
    assert saved.hotkeys.lock == "Ctrl+Shift+O"
    assert kept.consented == [(True, "")]
    assert not saved.sharing.consent, "consent is given by whoever knows the store, not by a switch alone"
    window.close()


def test_value_that_is_refused_is_told_in_the_row(kept: Kept, no_leftovers: QApplication) -> None:
    window = SettingsWindow(SettingsPages(kept.read, kept.write, kept.consent), Coach())
    window.rows["hotkeys.lock"].submit("L")
    assert window.rows["hotkeys.lock"].fault.text()
    assert kept.settings.hotkeys.lock == Settings().hotkeys.lock
    window.close()


def test_consent_is_given_to_the_text_that_stood_on_the_page(kept: Kept, no_leftovers: QApplication) -> None:
    known = [""]
    window = SettingsWindow(SettingsPages(kept.read, kept.write, kept.consent, agreed_to=lambda: known[0]), Coach())

    def is_on_the_page(text: str) -> bool:
        return any(text in found.text() for found in window.findChildren(QLabel))

    known[0] = "Laps are stored."
    window.rows["sharing.consent"].submit(value=True)
    assert kept.consented == [(True, "")], "it was not on the page yet"
    window._look()  # as once a second
    assert is_on_the_page("Laps are stored.")
    known[0] = "Laps are sold."
    window.rows["sharing.consent"].submit(value=True)
    assert kept.consented[1:] == [(True, "Laps are stored.")]
    assert is_on_the_page("Laps are sold.")
    window.close()


@pytest.mark.parametrize(("typed", "said"), [("5000", "5000"), ("-1", "-1"), ("soon", '"soon"'), ("1.5", '"1.5"'), ("", '""')])
def test_a_number_that_cannot_be_is_refused_in_words(kept: Kept, no_leftovers: QApplication, typed: str, said: str) -> None:
    window = SettingsWindow(SettingsPages(kept.read, kept.write, kept.consent), Coach())
    row = window.rows["voice.output_delay_ms"]
    assert isinstance(row.control, QLineEdit)
    row.control.clear()
    QTest.keyClicks(row.control, typed)
    QTest.keyClick(row.control, Qt.Key.Key_Return)
    assert row.fault.text() == f"{said}, expected a whole number, 0 to 1000 ms"
    assert row.control.text() == "0"
    assert kept.settings.voice.output_delay_ms == 0
    window.close()


def test_every_slider_can_be_put_back_to_its_default_and_reaches_its_ends(kept: Kept, no_leftovers: QApplication) -> None:
    pages = SettingsPages(kept.read, kept.write, kept.consent)
    window = SettingsWindow(pages, Coach())
    sliders = {path: row for path, row in window.rows.items() if isinstance(row.control, QSlider)}
    assert "voice.speed" in sliders

    def value(path: str) -> Value:
        return next(item.value for page in pages.pages() for item in page.items if item.path == path)

    for path, row in sliders.items():
        usual, slider = value(path), row.control
        there = slider.value()
        for key, end in ((Qt.Key.Key_Home, row.item.low), (Qt.Key.Key_End, row.item.high)):
            QTest.keyClick(slider, key)
            assert value(path) == end
        slider.setValue(there - 1)
        QTest.keyClick(slider, Qt.Key.Key_Right)
        assert value(path) == usual, path
    window.close()


@pytest.mark.parametrize("for_car", [False, True])
def test_a_widget_is_left_out_and_taken_back_by_its_switch(
    kept: Kept, tmp_path: Path, no_leftovers: QApplication, *, for_car: bool
) -> None:
    window = SettingsWindow(SettingsPages(kept.read, kept.write, kept.consent, driven=lambda: ("mx5", "MX-5")), Coach())
    window.this_car.setChecked(for_car)
    window.rows["layout.map.visible"].control.click()
    saved = Kept(tmp_path / "settings.toml").settings
    assert "map" not in appearance_of(for_this_car(saved, "mx5")).panels
    assert ("map" in appearance_of(saved).panels) == for_car
    window.rows["layout.map.visible"].control.click()
    assert "map" in appearance_of(for_this_car(Kept(tmp_path / "settings.toml").settings, "mx5")).panels
    if for_car:
        window.rows["layout.map.visible"].as_all.click()
        assert not Kept(tmp_path / "settings.toml").settings.profiles
    window.close()


VOICES = {"kokoro": (OfferedVoice("af_heart", "Heart, American woman"),), "system": (OfferedVoice("en-gb", "en-gb"),)}


def voices_of(settings: Settings) -> tuple[OfferedVoice, ...]:
    return VOICES.get(settings.voice.engine, ())


def offered(window: SettingsWindow) -> list[str]:
    box = window.rows["voice.name"].control
    assert isinstance(box, QComboBox)
    return [box.itemText(row) for row in range(box.count())]


@pytest.mark.parametrize("for_car", [False, True])
def test_voices_offered_are_those_of_the_engine_and_another_engine_begins_with_its_best(
    kept: Kept, no_leftovers: QApplication, *, for_car: bool
) -> None:
    pages = SettingsPages(kept.read, kept.write, kept.consent, driven=lambda: ("mx5", "MX-5"), voices=voices_of)
    window = SettingsWindow(pages, Coach())
    window.this_car.setChecked(for_car)
    assert offered(window) == [BEST, "Heart, American woman"]
    window.rows["voice.name"].submit("af_heart")
    assert window.rows["voice.name"].control.currentText() == "Heart, American woman"
    window.rows["voice.engine"].submit("system")
    assert offered(window) == [BEST, "en-gb"]
    assert window.rows["voice.name"].control.currentText() == BEST
    voice = for_this_car(kept.settings, "mx5" if for_car else "").voice
    assert (voice.engine, voice.name) == ("system", "")
    assert (kept.settings.voice.engine == "kokoro") == for_car
    window.close()


def own(settings: Settings, engine: str, name: str) -> Settings:
    """With these values of the car's own; empty: none of its own."""
    for path, value in (("voice.engine", engine), ("voice.name", name)):
        settings = changed(settings, path, value, "mx5") if value else settings
    return settings


def test_no_car_keeps_a_voice_of_an_engine_that_speaks_no_more(kept: Kept) -> None:
    pages = SettingsPages(kept.read, kept.write, kept.consent, driven=lambda: ("mx5", "MX-5"), voices=voices_of)
    kept.write(own(changed(kept.settings, "voice.name", "bf_emma"), "", "bm_george"))
    assert pages.change("voice.engine", "system") == ""
    assert for_this_car(kept.settings, "mx5").voice.name == kept.settings.voice.name == ""
    kept.write(own(changed(Settings(), "voice.name", "bf_emma"), "system", "en-gb"))
    assert pages.forget("voice.engine") == ""
    assert for_this_car(kept.settings, "mx5").voice == kept.settings.voice
    kept.write(changed(Settings(), "voice.name", "bf_emma"))
    assert pages.change("voice.engine", "system", for_car=True) == ""
    assert for_this_car(kept.settings, "mx5").voice.name == ""
    assert pages.forget("voice.engine") == ""
    assert for_this_car(kept.settings, "mx5").voice.name == "bf_emma"
    kept.write(own(Settings(), "tones", "bm_george"))  # written by hand: an engine of its own is not another one now
    assert pages.change("voice.engine", "system") == ""
    assert for_this_car(kept.settings, "mx5").voice.engine == "tones"


def test_another_car_that_is_driven_now_is_edited_from_now_on(kept: Kept, no_leftovers: QApplication) -> None:
    driven = ["mx5", "MX-5"]
    kept.write(changed(changed(kept.settings, "voice.volume", 0.3, "gt3"), "voice.volume", 0.7, "mx5"))
    window = SettingsWindow(SettingsPages(kept.read, kept.write, kept.consent, driven=lambda: (driven[0], driven[1])), Coach())
    window.show()
    window.this_car.setChecked(True)
    assert window.rows["voice.volume"].item.value == 0.7
    driven[:] = ["gt3", "GT3"]
    window._timer.timeout.emit()
    assert window.this_car.text() == "GT3"
    slider = window.rows["voice.volume"].control
    assert isinstance(slider, QSlider)
    assert slider.value() == 30
    driven[:] = ["", ""]
    window._timer.timeout.emit()
    assert (window.for_car, window.all_cars.isChecked()) == (False, True)
    window.close()


def test_a_voice_nobody_knows_of_stays_and_those_found_later_are_offered(kept: Kept, no_leftovers: QApplication) -> None:
    kept.write(changed(kept.settings, "voice.name", "zf_xiaobei"))
    found: list[OfferedVoice] = []
    window = SettingsWindow(SettingsPages(kept.read, kept.write, kept.consent, voices=lambda _: tuple(found)), Coach())
    assert offered(window) == [BEST, "zf_xiaobei"]
    window.show()
    found.extend(VOICES["kokoro"])
    until = time.monotonic() + 5.0
    while "Heart, American woman" not in offered(window) and time.monotonic() < until:
        QTest.qWait(50)
    assert offered(window) == [BEST, "Heart, American woman", "zf_xiaobei"]
    assert window.rows["voice.name"].control.currentText() == "zf_xiaobei"
    assert kept.settings.voice.name == "zf_xiaobei"
    window.close()


def test_every_setting_on_a_page_says_what_it_is(kept: Kept) -> None:
    for for_car in (False, True):
        pages = SettingsPages(kept.read, kept.write, kept.consent, driven=lambda: ("mx5", "MX-5")).pages(for_car=for_car)
        assert all(page.items for page in pages)
        assert all(item.meaning and item.label for page in pages for item in page.items)
        fixed = {item.path for page in pages for item in page.items if item.fixed}
        assert ("sharing.consent" in fixed, "voice.volume" in fixed) == (for_car, False)

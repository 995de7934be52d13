"""The settings window edits through its ports, shows faults, and costs nothing while closed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QWidget,
)

from overlay.phrase import Told
from overlay.settings_window.button_field import ASK, SAME_PRESS_S, WAITS, ButtonField
from overlay.settings_window.items import Cost, Item, Kind, Page, ReferenceChoice, Value
from overlay.settings_window.window import SMALLEST, SettingsWindow

DARK, BRIGHT = 80, 180  # lightness of a ground, and of words on it


class Settings:
    """Settings in memory; a volume above 0.9 is refused."""

    def __init__(self) -> None:
        self.refuses = ""  # why nothing can be saved
        self.items = {
            item.path: item
            for item in (
                Item("enabled", "Coach", Kind.SWITCH, value=True, meaning="whether the coach works at all"),
                Item("coaching.style", "Style", Kind.CHOICE, "normal", "how much the coach says", choices=("quiet", "normal", "talkative")),
                Item("coaching.sensitivity", "Sensitivity", Kind.NUMBER, 0.5, "how small a loss is worth a word"),
                Item("voice.volume", "Volume", Kind.NUMBER, 0.8, "loudness"),
                Item("voice.output_delay_ms", "Output delay", Kind.WHOLE, 0, "of the sound device itself", "ms", 0, 1000),
                Item("hotkeys.lock", "Lock", Kind.KEYS, "Ctrl+Shift+L", "lock or unlock the overlay"),
                Item("buttons.show", "Show", Kind.BUTTON, "", "show or hide the overlay"),
                Item("buttons.mute", "Mute", Kind.BUTTON, "Button 3", "mute the voice"),
                Item("display.font_scale", "Type size", Kind.NUMBER, 1.0, "size of all text", "x", 0.5, 3.0),
                Item("sharing.consent", "Send my laps", Kind.SWITCH, value=False, meaning="laps may be sent to the service"),
            )
        }

    def car(self) -> str:
        return ""

    def forget(self, path: str) -> str:
        return ""

    def pages(self, *, for_car: bool = False) -> tuple[Page, ...]:
        def of(*paths: str) -> tuple[Item, ...]:
            return tuple(self.items[path] for path in paths)

        return (
            Page("Coach", of("enabled", "coaching.style", "coaching.sensitivity")),
            Page("Voice", of("voice.volume", "voice.output_delay_ms")),
            Page("Overlay", of("display.font_scale")),
            Page("Hotkeys", of("hotkeys.lock")),
            Page("Wheel buttons", of("buttons.show", "buttons.mute")),
            Page("Sharing", of("sharing.consent"), "Nothing is sent before you switch this on."),
        )

    def change(self, path: str, value: Value, *, for_car: bool = False) -> str:
        if self.refuses:
            return self.refuses
        if path == "voice.volume" and float(value) > 0.9:
            return "too loud, expected 0 to 0.9"
        self.items[path] = replace(self.items[path], value=value)
        return ""


class Coach:
    """Notes what it is asked to do."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.listening: list[Callable[[str], None]] = []
        self.reference = "a"
        self.moving = False

    def say_test_phrase(self, told: Told) -> None:
        self.did.append("phrase")
        told("It cannot be heard: no sound output answers.")

    def references(self) -> tuple[ReferenceChoice, ...]:
        return (
            ReferenceChoice("a", "Lap 4, today", "own laps", 87.295, "24 °C, dry"),
            ReferenceChoice("b", "fast.csv", "files", 86.1),
            ReferenceChoice("c", "Lap of a friend", "service", 85.9, refused="another layout"),
        )

    def look_for_references(self) -> None:
        self.did.append("look for references")

    def is_looking_for_references(self) -> bool:
        return False

    def chosen_reference(self) -> str:
        return self.reference

    def choose_reference(self, lap_id: str) -> str:
        self.reference = lap_id
        return ""

    def look_into_file(self, path: str, told: Callable[[str], None]) -> None: ...

    def learn_button(self, told: Callable[[str], None]) -> Callable[[], None]:
        self.listening.append(told)
        return lambda: self.listening.remove(told) if told in self.listening else None

    def widgets_move(self) -> bool:
        return self.moving

    def move_widgets(self, *, move: bool) -> None:
        self.moving = move
        self.did.append("move" if move else "lock")

    def reset_places(self) -> None:
        self.did.append("reset")

    def cost(self) -> Cost:
        self.did.append("cost")
        return Cost(0.041, 0.052, 128.4, 466.2, 0.61, 47.0)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def coach() -> Coach:
    return Coach()


@pytest.fixture
def window(settings: Settings, coach: Coach, no_leftovers: QApplication) -> Iterator[SettingsWindow]:
    made = SettingsWindow(settings, coach)
    made.show()
    yield made
    made.close()


def press(window: SettingsWindow, text: str) -> None:
    next(button for button in window.findChildren(QPushButton) if button.text() == text).click()


def test_every_kind_of_setting_is_edited(window: SettingsWindow, settings: Settings) -> None:
    enabled, style, delay = (window.rows[path].control for path in ("enabled", "coaching.style", "voice.output_delay_ms"))
    assert isinstance(enabled, QCheckBox)
    assert isinstance(style, QComboBox)
    assert isinstance(delay, QLineEdit)
    enabled.setChecked(False)
    style.activated.emit(2)
    delay.setText("180")
    delay.editingFinished.emit()
    assert settings.items["enabled"].value is False
    assert settings.items["coaching.style"].value == "talkative"
    assert settings.items["voice.output_delay_ms"].value == 180


def test_slider_is_moved_by_the_keyboard(window: SettingsWindow, settings: Settings) -> None:
    slider = window.rows["coaching.sensitivity"].control
    assert isinstance(slider, QSlider)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert settings.items["coaching.sensitivity"].value == pytest.approx(0.51)


def test_refused_value_says_why_and_changes_nothing(window: SettingsWindow, settings: Settings) -> None:
    window.rows["voice.volume"].submit(1.0)
    assert settings.items["voice.volume"].value == 0.8
    assert window.rows["voice.volume"].fault.text() == "too loud, expected 0 to 0.9"
    window.rows["voice.volume"].submit(0.7)
    assert window.rows["voice.volume"].fault.isHidden()


ELSEWHERE: dict[str, Value] = {
    "enabled": False,
    "coaching.style": "quiet",
    "voice.volume": 0.3,
    "voice.output_delay_ms": 120,
    "hotkeys.lock": "Ctrl+Shift+O",
    "buttons.mute": "Button 9",
}


def shown(window: SettingsWindow, path: str) -> Value:
    """What the control stands at."""
    row = window.rows[path]
    control = row.control
    if isinstance(control, QCheckBox):
        return control.isChecked()
    if isinstance(control, QComboBox):
        return str(control.currentData())
    if isinstance(control, QSlider):
        assert row._shown.text() == f"{control.value()}%"
        return control.value() / 100
    if isinstance(control, QKeySequenceEdit):
        return control.keySequence().toString()
    if isinstance(control, ButtonField):
        return control.line.text()
    assert isinstance(control, QLineEdit)
    return int(control.text())


@pytest.mark.parametrize("path", ELSEWHERE)
def test_what_was_changed_elsewhere_is_shown(window: SettingsWindow, settings: Settings, path: str) -> None:
    settings.items[path] = replace(settings.items[path], value=ELSEWHERE[path])
    window._look()  # as once a second
    assert shown(window, path) == ELSEWHERE[path]
    assert settings.items[path].value == ELSEWHERE[path], "nothing was submitted by showing it"


def turn(window: SettingsWindow, path: str) -> None:
    """The control to another value, as the driver does it."""
    control = window.rows[path].control
    if isinstance(control, QCheckBox):
        control.click()
    elif isinstance(control, QComboBox):
        control.setCurrentIndex(0)
        control.activated.emit(0)
    elif isinstance(control, QSlider):
        QTest.keyClick(control, Qt.Key.Key_Right)
    elif isinstance(control, QKeySequenceEdit):
        control.setKeySequence("Ctrl+Shift+O")
        control.editingFinished.emit()
    else:
        line = control.line if isinstance(control, ButtonField) else control
        line.clear()
        QTest.keyClicks(line, "7")
        QTest.keyClick(line, Qt.Key.Key_Return)


@pytest.mark.parametrize("path", ELSEWHERE)
def test_a_refused_control_goes_back_and_says_why_until_another_try(window: SettingsWindow, settings: Settings, path: str) -> None:
    settings.refuses = "The disk is full."
    before, row = settings.items[path].value, window.rows[path]
    row.control.setFocus()
    turn(window, path)
    assert (shown(window, path), row.fault.text()) == (before, "The disk is full.")
    window.names.setFocus()
    assert not row.fault.isHidden()
    settings.refuses = ""
    turn(window, path)
    assert row.fault.isHidden()
    assert shown(window, path) == settings.items[path].value != before


def test_a_text_that_is_being_typed_stays(window: SettingsWindow) -> None:
    turn_to(window, "Voice")
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    delay = window.rows["voice.output_delay_ms"].control
    delay.setFocus()
    QTest.keyClicks(delay, "18")
    window._look()
    assert delay.text() == "018"


def roll(window: SettingsWindow, over: QWidget) -> None:
    """The mouse wheel, one notch down."""
    QTest.wheelEvent(window.windowHandle(), QPointF(over.mapTo(window, over.rect().center())), QPoint(0, -120))
    QTest.qWait(10)


@pytest.mark.parametrize("path", ["coaching.style", "coaching.sensitivity"])
def test_the_wheel_scrolls_the_page_and_changes_only_what_has_the_focus(window: SettingsWindow, settings: Settings, path: str) -> None:
    window.resize(*SMALLEST)
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    window.names.setFocus()
    area, control, before = window.stack.currentWidget(), window.rows[path].control, settings.items[path].value
    assert isinstance(area, QScrollArea)
    area.widget().setMinimumHeight(2000)
    QTest.qWait(10)
    roll(window, control)
    assert settings.items[path].value == before
    assert area.verticalScrollBar().value() > 0
    assert not control.hasFocus()
    control.setFocus()
    roll(window, control)
    assert settings.items[path].value != before


def test_sharing_is_off_until_the_driver_switches_it_on(window: SettingsWindow, settings: Settings) -> None:
    control = window.rows["sharing.consent"].control
    assert isinstance(control, QCheckBox)
    assert not control.isChecked()


def test_reference_is_chosen_from_the_list_and_unsuitable_laps_cannot_be(window: SettingsWindow, coach: Coach) -> None:
    table = window.references.table
    assert [table.item(row, 3).text() for row in range(3)] == ["in use", "", "another layout"]
    table.selectRow(1)
    press(window, "Use this lap")
    assert coach.reference == "b"
    assert table.item(1, 3).text() == "in use"
    assert not table.item(2, 0).flags() & Qt.ItemFlag.ItemIsSelectable


def light(widget: QWidget) -> list[int]:
    """Lightness of every fourth pixel on a white desk, 0 to 255."""
    image = QImage(widget.size(), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    widget.render(image)
    return [image.pixelColor(x, y).lightness() for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)]


def test_what_drops_down_is_as_dark_as_the_window_and_its_words_can_be_read(window: SettingsWindow) -> None:
    """In a card nothing has a ground of its own, and a list without one is white."""
    choice = window.rows["coaching.style"].control
    assert isinstance(choice, QComboBox)
    choice.showPopup()
    frame = choice.view().window()
    shown = light(frame)
    assert sorted(shown)[len(shown) // 2] < DARK
    assert max(shown) > BRIGHT  # the words
    assert max(frame.grab().toImage().pixelColor(x, 1).lightness() for x in range(frame.width())) < DARK  # its rim
    choice.hidePopup()


def test_the_menu_of_a_field_can_be_read(window: SettingsWindow) -> None:
    field = window.rows["voice.output_delay_ms"].control
    assert isinstance(field, QLineEdit)
    field.selectAll()
    menu = field.createStandardContextMenu()
    menu.popup(window.pos())
    shown = light(menu)
    assert sorted(shown)[len(shown) // 2] < DARK
    assert max(shown) > BRIGHT
    menu.close()


def turn_to(window: SettingsWindow, title: str) -> None:
    names = window.names
    names.setCurrentRow(next(row for row in range(names.count()) if names.item(row).text() == title))


def pressed_on_the_wheel(coach: Coach, name: str) -> None:
    """As the thread that listens tells it."""
    for told in list(coach.listening):
        teller = threading.Thread(target=told, args=(name,))
        teller.start()
        teller.join()
    QTest.qWait(10)


def test_a_wheels_button_is_learned_by_pressing_it(window: SettingsWindow, settings: Settings, coach: Coach) -> None:
    turn_to(window, "Wheel buttons")
    field = window.rows["buttons.show"].control
    assert isinstance(field, ButtonField)
    QTest.mouseClick(field.ask, Qt.MouseButton.LeftButton)
    assert field.ask.text() == WAITS
    pressed_on_the_wheel(coach, "Button 5 of Podium Wheel")
    assert (field.line.text(), settings.items["buttons.show"].value) == ("Button 5 of Podium Wheel",) * 2
    assert field.ask.text() == ASK
    assert coach.listening == []
    assert window.takes_buttons  # the same press, told by whoever listens for bound buttons
    QTest.qWait(round(1000 * SAME_PRESS_S) + 50)
    assert not window.takes_buttons


def test_one_setting_at_a_time_waits_for_a_button(window: SettingsWindow, settings: Settings, coach: Coach) -> None:
    turn_to(window, "Wheel buttons")
    first, second = (window.rows[path].control for path in ("buttons.show", "buttons.mute"))
    assert isinstance(first, ButtonField)
    assert isinstance(second, ButtonField)
    window.activateWindow()
    QTest.mouseClick(first.ask, Qt.MouseButton.LeftButton)
    QTest.mouseClick(second.ask, Qt.MouseButton.LeftButton)
    assert [first.ask.text(), second.ask.text()] == [ASK, WAITS]
    pressed_on_the_wheel(coach, "Button 7")
    assert [settings.items[path].value for path in ("buttons.show", "buttons.mute")] == ["", "Button 7"]


@pytest.mark.parametrize("give_up", ["click again", "another page", "close"])
def test_nobody_listens_once_it_was_given_up(window: SettingsWindow, settings: Settings, coach: Coach, give_up: str) -> None:
    turn_to(window, "Wheel buttons")
    field = window.rows["buttons.show"].control
    assert isinstance(field, ButtonField)
    QTest.mouseClick(field.ask, Qt.MouseButton.LeftButton)
    told = coach.listening[0]
    if give_up == "click again":
        QTest.mouseClick(field.ask, Qt.MouseButton.LeftButton)
    elif give_up == "another page":
        turn_to(window, "Coach")
    else:
        window.close()
    assert coach.listening == []
    told("Button 9")  # on its way already
    QTest.qWait(10)
    assert settings.items["buttons.show"].value == ""


def test_a_button_may_be_written_too(window: SettingsWindow, settings: Settings) -> None:
    turn_to(window, "Wheel buttons")
    field = window.rows["buttons.mute"].control
    assert isinstance(field, ButtonField)
    field.line.setText("Button 12 of Fanatec")
    QTest.keyClick(field.line, Qt.Key.Key_Return)
    assert settings.items["buttons.mute"].value == "Button 12 of Fanatec"


def test_buttons_reach_the_coach(window: SettingsWindow, coach: Coach) -> None:
    for text in ("Say a test phrase", "Move widgets", "Lock the widgets", "Move widgets", "Put widgets back"):
        press(window, text)
    assert [what for what in coach.did if what not in {"cost", "look for references"}] == ["phrase", "move", "lock", "move", "reset"]


def test_the_button_says_what_the_hotkey_has_made_of_the_widgets(window: SettingsWindow, coach: Coach) -> None:
    coach.moving = True
    window._look()  # as once a second
    press(window, "Lock the widgets")
    assert not coach.moving


def test_why_the_test_phrase_cannot_be_heard_stands_beside_its_button(window: SettingsWindow) -> None:
    press(window, "Say a test phrase")
    assert any(found.text() == "It cannot be heard: no sound output answers." for found in window.findChildren(QLabel))


def test_cost_is_measured_only_while_the_window_is_open(window: SettingsWindow, coach: Coach) -> None:
    window.show_cost()
    assert [figure.text() for figure in window._figures] == ["4.1%", "5.2%", "128 MB", "466 MB", "0.61 ms", "47"]
    assert window._timer.isActive()
    window.hide()
    assert not window._timer.isActive()

"""Every button of the first minute, the settings window and the tray, clicked with the mouse in the running application."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QPushButton, QSlider, QWidget

from coach.errors import CannotWrite
from coach.telemetry.recording import SessionInfo
from coach.wording import catalogue
from overlay.app import App
from overlay.first_run import FIRST_MINUTE_DONE, FirstRun, Step
from overlay.hotkeys.names import Action
from overlay.order import Order
from overlay.panel_window import PanelWindow
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings
from overlay.settings_window.button_field import ASK, WAITS, ButtonField
from overlay.settings_window.controls import Switch
from overlay.settings_window.window import COST_WORDS, SettingsWindow
from overlay.start import run_app
from tests.overlay.running_app import kill, simulator

pytestmark = pytest.mark.xdist_group("overlay_app")
LEFT = Qt.MouseButton.LeftButton
PATIENCE_S = 60.0


def press(widget: QWidget, at: QPoint | None = None) -> None:
    """With the mouse, in its middle."""
    QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, widget.rect().center() if at is None else at)


def button(parent: QWidget, text: str) -> QAbstractButton:
    (found,) = [one for one in parent.findChildren(QPushButton) if one.text() == text and one.isVisible()]
    return found


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        QTest.qWait(20)


def saved() -> Settings:
    return SettingsFile().load().settings


@pytest.fixture
def settings(app: App) -> SettingsWindow:
    tray(app, "Settings")
    assert app.windows.settings is not None
    QTest.qWaitForWindowExposed(app.windows.settings)
    return app.windows.settings


def tray(app: App, text: str) -> None:
    """Open the tray's menu and click on an entry."""
    menu = app.tray.menu
    menu.popup(QPoint(10, 10))
    action = next(one for one in menu.actions() if one.text() == text)
    press(menu, menu.actionGeometry(action).center())


def page(window: SettingsWindow, title: str) -> QWidget:
    """Turn to a page by its name."""
    (item,) = window.names.findItems(title, Qt.MatchFlag.MatchExactly)
    press(window.names.viewport(), window.names.visualItemRect(item).center())
    assert window.names.currentItem() is item
    return window.stack.currentWidget()


def choose(combo: QComboBox, text: str) -> None:
    """Open the list and click on an entry."""
    press(combo)
    view = combo.view()

    def is_taken() -> bool:
        press(view.viewport(), view.visualRect(combo.model().index(combo.findText(text), 0)).center())
        return not view.isVisible()

    until(is_taken)  # a list that has just opened takes no click
    QTest.qWait(10)


# -- tray --


def test_tray_opens_the_settings(app: App) -> None:
    tray(app, "Settings")
    assert app.windows.settings is not None
    assert app.windows.settings.isVisible()


def test_tray_tells_that_there_is_no_summary_yet(app: App) -> None:
    tray(app, "Session summary")
    until(lambda: app.notices.shown == "There is no session to show yet.")
    assert app.windows.summary is None


def test_tray_unlocks_and_locks(app: App) -> None:
    tray(app, "Lock or move the widgets")
    assert not app.overlay.locked
    tray(app, "Lock or move the widgets")
    assert app.overlay.locked


def test_tray_mutes_and_lets_speak(app: App) -> None:
    tray(app, "Mute")
    assert app.pipeline.speaker.muted
    app.tray.menu.aboutToShow.emit()
    assert next(one for one in app.tray.menu.actions() if one.text() == "Mute").isChecked()
    until(lambda: app.pipeline.session.snapshot.status.muted)
    tray(app, "Mute")
    assert not app.pipeline.speaker.muted


def test_the_last_of_three_presses_on_mute_is_what_is_read(app: App) -> None:
    for _ in range(3):
        app.bridge.action.emit(Action.MUTE)
    assert app.pipeline.speaker.muted
    assert "Muted." in {app.notices.shown, *app.notices._waiting}
    assert "The voice is on again." not in {app.notices.shown, *app.notices._waiting}


def test_tray_tells_that_the_overlay_is_hidden_and_shows_it(app: App, capsys: pytest.CaptureFixture[str]) -> None:
    entry = next(one for one in app.tray.menu.actions() if one.text() == "Hide the overlay")
    app.bridge.action.emit(Action.SHOW)
    assert "Note: The overlay is hidden: Ctrl+Shift+H shows it again." in capsys.readouterr().out
    tray(app, "Hide the overlay")
    assert app.overlay.shown
    for hidden in (True, False):
        app.bridge.action.emit(Action.SHOW)
        app.tray.menu.aboutToShow.emit()
        assert entry.isChecked() is hidden


def test_tray_quits(app: App, qapp: QApplication) -> None:
    QTimer.singleShot(0, lambda: tray(app, "Quit"))
    too_late = QTimer(singleShot=True, interval=10_000)
    too_late.timeout.connect(lambda: qapp.exit(1))
    too_late.start()
    assert qapp.exec() == 0
    too_late.stop()  # else it would end the loop of a later test


# -- settings --


def test_switch_is_switched(settings: SettingsWindow, app: App) -> None:
    page(settings, "Coach")
    press(settings.rows["enabled"].control, QPoint(20, 12))
    assert not app.chosen.current.enabled
    assert not saved().enabled
    press(settings.rows["enabled"].control, QPoint(20, 12))
    assert saved().enabled


def test_choice_is_chosen(settings: SettingsWindow, app: App) -> None:
    page(settings, "Coach")
    choose(settings.rows["coaching.style"].control, "talkative")
    assert app.chosen.current.coaching.style == saved().coaching.style == "talkative"


def test_slider_is_clicked_and_dragged(settings: SettingsWindow, app: App) -> None:
    page(settings, "Voice")
    slider = settings.rows["voice.volume"].control
    assert isinstance(slider, QSlider)
    press(slider, QPoint(2, slider.height() // 2))  # a page towards the mouse
    assert saved().voice.volume == pytest.approx(0.7)
    knob = QPoint(round(0.7 * (slider.width() - 18)) + 9, slider.height() // 2)
    QTest.mousePress(slider, LEFT, Qt.KeyboardModifier.NoModifier, knob)
    QTest.mouseMove(slider, knob - QPoint(slider.width() // 3, 0))
    QTest.mouseRelease(slider, LEFT, Qt.KeyboardModifier.NoModifier, knob - QPoint(slider.width() // 3, 0))
    assert 0.2 < saved().voice.volume < 0.5
    assert app.pipeline.speaker.mixer.volume == pytest.approx(saved().voice.volume)


def test_number_and_text_are_typed(settings: SettingsWindow) -> None:
    for title, path, typed in (("Voice", "voice.output_delay_ms", "180"), ("Lap store", "store.folder", "elsewhere")):
        page(settings, title)
        line = settings.rows[path].control
        assert isinstance(line, QLineEdit)
        line.selectAll()
        press(line)
        line.selectAll()
        QTest.keyClicks(line, typed)
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert (saved().voice.output_delay_ms, saved().store.folder) == (180, "elsewhere")


def test_a_wheels_button_is_typed_into_its_field(settings: SettingsWindow) -> None:
    page(settings, "Wheel buttons")
    field = settings.rows["buttons.mark"].control
    assert isinstance(field, ButtonField)
    press(field.line)
    QTest.keyClicks(field.line, "Button 7 of Fanatec")
    QTest.keyClick(field.line, Qt.Key.Key_Return)
    assert saved().buttons.mark == "Button 7 of Fanatec"


def test_a_wheels_button_is_waited_for_and_given_up(settings: SettingsWindow, app: App) -> None:
    """The real listener; nothing that is bound acts meanwhile."""
    page(settings, "Wheel buttons")
    field = settings.rows["buttons.mute"].control
    assert isinstance(field, ButtonField)
    press(field.ask)
    assert field.ask.text() == WAITS
    app.bridge.action.emit(Action.MUTE)
    assert not app.pipeline.speaker.muted
    press(field.ask)
    assert field.ask.text() == ASK
    app.bridge.action.emit(Action.MUTE)
    assert app.pipeline.speaker.muted
    app.bridge.action.emit(Action.MUTE)


def test_keys_are_pressed(settings: SettingsWindow) -> None:
    page(settings, "Hotkeys")
    keys = settings.rows["hotkeys.mute"].control
    press(keys)
    QTest.keyClick(keys.findChild(QLineEdit), Qt.Key.Key_F9, Qt.KeyboardModifier.ControlModifier)
    until(lambda: saved().hotkeys.mute == "Ctrl+F9")


def test_test_phrase_is_said(settings: SettingsWindow, app: App) -> None:
    press(button(page(settings, "Voice"), "Say a test phrase"))
    assert app.pipeline.speaker._last is not None
    assert app.pipeline.speaker._last.text == catalogue()["voice"]["test"]


def test_widgets_are_unlocked_and_put_back(settings: SettingsWindow, app: App) -> None:
    content = page(settings, "Overlay")
    press(button(content, "Move widgets"))
    assert not app.overlay.locked
    window = app.overlay.windows["map"]
    before = window.rect_on_desktop()
    QTest.mousePress(window, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(40, 40))
    QTest.mouseMove(window, QPoint(90, 70))
    QTest.mouseRelease(window, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(90, 70))
    assert window.rect_on_desktop() != before
    assert len(saved().layout) == 1
    press(button(content, "Put widgets back"))
    assert window.rect_on_desktop() == before
    assert not saved().layout


def test_reference_is_taken_from_the_list(settings: SettingsWindow, app: App) -> None:
    content = page(settings, "Reference laps")
    table = settings.references.table
    (row,) = [row for row in range(table.rowCount()) if table.item(row, 0).text() == "The potential lap"]
    press(table.viewport(), table.visualItemRect(table.item(row, 0)).center())
    press(button(content, "Use this lap"))
    assert saved().reference.rule == "potential"
    assert table.item(row, 3).text() == "in use"


def test_consent_is_given_and_withdrawn(settings: SettingsWindow) -> None:
    page(settings, "Sharing")
    press(settings.rows["sharing.consent"].control, QPoint(20, 12))
    assert saved().sharing.consent
    assert saved().sharing.date
    press(settings.rows["sharing.consent"].control, QPoint(20, 12))
    assert not saved().sharing.consent


def test_consent_is_withdrawn_also_where_the_laps_that_wait_cannot_be_removed(
    settings: SettingsWindow, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(settings, "Sharing")
    row = settings.rows["sharing.consent"]
    press(row.control, QPoint(20, 12))
    assert saved().sharing.consent

    def refuse(**_: object) -> None:
        raise CannotWrite("spool.sqlite could not be written: the disk is full.")

    monkeypatch.setattr(app.pipeline.desk, "follow", refuse)
    press(row.control, QPoint(20, 12))
    assert not saved().sharing.consent
    assert isinstance(row.control, Switch)
    assert not row.control.isChecked()
    assert row.fault.text().startswith("Nothing is sent any more.")
    assert "the disk is full. Make room" in row.fault.text()


def test_every_page_is_reached_and_the_last_one_measures(settings: SettingsWindow) -> None:
    titles = [settings.names.item(k).text() for k in range(settings.names.count())]
    assert titles[-1] == "What does it cost?"
    for title in titles:
        assert page(settings, title).isVisible()
    settings.show_cost()
    shown = {name: figure.text() for (name, _), figure in zip(COST_WORDS, settings._figures, strict=True)}
    assert shown["Memory"].endswith(" MB")


# -- all cars, or this one --

MX5 = SessionInfo(source="iracing", car_id="mx5 cup", car_name="Mazda MX-5 Cup", track_id="lime", track_name="Lime Rock")


def test_without_a_car_there_is_nothing_of_its_own(settings: SettingsWindow) -> None:
    assert not settings.this_car.isEnabled()
    assert not settings.for_car


@pytest.fixture
def in_car(app: App) -> SettingsWindow:
    app.pipeline.post(lambda: app.pipeline.session._session(MX5))
    until(lambda: app.pipeline.session.info)
    tray(app, "Settings")
    assert app.windows.settings is not None
    return app.windows.settings


def test_this_car_gets_a_value_of_its_own_and_gives_it_up(in_car: SettingsWindow, app: App) -> None:
    assert in_car.this_car.text() == "Mazda MX-5 Cup"
    page(in_car, "Coach")
    press(in_car.this_car)
    choose(in_car.rows["coaching.style"].control, "quiet")
    row = in_car.rows["coaching.style"]
    assert (row.note.text(), row.as_all.isVisible()) == ("This car's own value.", True)
    assert saved().coaching.style == "normal"
    assert saved().profiles == {"mx5 cup": {"coaching": {"style": "quiet"}}}
    assert app.chosen.current.coaching.style == "quiet"

    press(in_car.all_cars)
    row = in_car.rows["coaching.style"]
    assert isinstance(row.control, QComboBox)
    assert (row.control.currentText(), row.note.text()) == ("normal", "Mazda MX-5 Cup has its own: quiet.")
    choose(row.control, "talkative")
    assert saved().coaching.style == "talkative"
    assert app.chosen.current.coaching.style == "quiet", "the car keeps its own"

    press(in_car.this_car)
    press(in_car.rows["coaching.style"].as_all)
    row = in_car.rows["coaching.style"]
    assert isinstance(row.control, QComboBox)
    assert (row.control.currentText(), row.as_all.isVisible()) == ("talkative", False)
    assert saved().profiles == {}
    assert app.chosen.current.coaching.style == "talkative"


def test_what_cannot_differ_between_cars_is_fixed_there(in_car: SettingsWindow) -> None:
    page(in_car, "Hotkeys")
    press(in_car.this_car)
    row = in_car.rows["hotkeys.mute"]
    assert not row.control.isEnabled()
    assert row.note.text() == "The same in all cars."
    press(in_car.all_cars)
    assert in_car.rows["hotkeys.mute"].control.isEnabled()


# -- the first minute --


@pytest.fixture
def minute(app: App, home: Path) -> FirstRun:
    (home / "data" / FIRST_MINUTE_DONE).unlink()
    app.windows.show_first_run()
    until(lambda: app.windows.first_run is not None and app.windows.first_run.isVisible())
    assert app.windows.first_run is not None
    return app.windows.first_run


def test_screen_is_chosen(minute: FirstRun, app: App) -> None:
    choose(minute.monitors, minute.monitors.itemText(0))
    assert saved().display.monitor == minute.monitors.itemText(0)
    assert Step.MONITOR in minute.done


def test_phrase_that_cannot_be_heard_is_told(minute: FirstRun, app: App) -> None:
    """There is no sound here: the page says so, and the step stays open."""
    press(minute.play)
    assert app.pipeline.speaker._last is not None
    assert minute._faults[Step.VOICE].isVisible() != (Step.DEVICE in minute.done)


@pytest.mark.parametrize("before", [True, False])
def test_hotkey_ticks_its_line_and_hides_nothing(minute: FirstRun, app: App, *, before: bool) -> None:
    """One press, and the overlay was away for the drive."""
    app.overlay.set_shown(before)
    app.bridge.action.emit(Action.SHOW)
    until(lambda: Step.HOTKEY in minute.done)
    assert app.overlay.shown
    app.bridge.action.emit(Action.SHOW)
    assert not app.overlay.shown, "from then on it does what it is for"


def test_hotkey_hides_once_the_first_minute_is_closed(minute: FirstRun, app: App) -> None:
    press(minute.finish)
    app.bridge.action.emit(Action.SHOW)
    assert not app.overlay.shown
    assert Step.HOTKEY not in minute.done


def test_skipped_first_minute_does_not_come_again(minute: FirstRun, home: Path) -> None:
    press(minute.finish)
    assert not minute.isVisible()
    assert (home / "data" / FIRST_MINUTE_DONE).exists()


def panels(qapp: QApplication) -> int:
    return sum(isinstance(one, PanelWindow) and one.isVisible() for one in qapp.topLevelWidgets())


def open_page(qapp: QApplication) -> FirstRun | None:
    return next((one for one in qapp.topLevelWidgets() if isinstance(one, FirstRun) and one.isVisible()), None)


class Played:
    """A scene beside the application's own loops, which come and go: after each `yield` of a condition it goes on once that holds."""

    def __init__(self, qapp: QApplication, scene: Iterator[Callable[[], object]]) -> None:
        self._qapp, self._scene, self.fault = qapp, scene, ""
        self._next(lambda: True)
        self._timer = QTimer(interval=50)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _next(self, condition: Callable[[], object]) -> None:
        self._condition, self._until_s = condition, time.monotonic() + PATIENCE_S

    def _look(self) -> None:
        try:
            assert time.monotonic() < self._until_s, "nothing came of it"
            if self._condition():
                self._next(next(self._scene))
        except StopIteration:
            self._end()
        except BaseException:  # noqa: BLE001 - a slot must not raise; the test tells it
            self.fault = traceback.format_exc()
            self._end()

    def _end(self) -> None:
        self._timer.stop()
        self._qapp.quit()


def test_demo_is_driven_in_this_overlays_place_until_a_simulator_runs(home: Path, hooks: None, no_leftovers: QApplication) -> None:
    """It used to be started beside, where the lock of the one overlay refused it."""
    qapp, image, own = no_leftovers, home / "memory.bin", []
    (home / "data" / FIRST_MINUTE_DONE).unlink()

    def scene() -> Iterator[Callable[[], object]]:
        yield lambda: open_page(qapp)
        press(open_page(qapp).demo)
        yield lambda: panels(qapp) >= 5  # in the demo's car
        page_now = open_page(qapp)
        assert page_now is not None, "the first minute goes on"
        assert Step.SIMULATOR in page_now.done
        own.append(simulator(image, "gt4"))
        yield lambda: sessions(home / "data" / "sessions", "gt4")

    played = Played(qapp, scene())
    try:
        run_app(Order(image=image))
    finally:
        for one in own:
            kill(one)
    assert not played.fault, played.fault
    assert sessions(home / "data" / "demo" / "sessions", "mx5")
    assert not sessions(home / "data" / "sessions", "mx5")


def sessions(folder: Path, car: str) -> bool:
    return folder.is_dir() and any(car in one.name for one in folder.iterdir())

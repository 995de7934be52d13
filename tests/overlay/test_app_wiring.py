"""What the application hands from one part to another, in this process; its windows and trouble have tests of their own."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QScreen
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox

from coach.cues.settings import CueSettings
from coach.session import State
from coach.telemetry.recording import SessionInfo
from overlay.app import App
from overlay.chosen import Chosen, lap_folder
from overlay.demo import Demo
from overlay.hotkeys.names import Action
from overlay.live_session import Told
from overlay.order import Order
from overlay.pipeline import Pipeline
from overlay.settings.file import SettingsFile
from overlay.settings_window.voice_panel import VoicePanel
from overlay.store.store import LapStore
from overlay.voice.engine import ESPEAK, EngineChoice
from overlay.voice.notice import Level
from tests.overlay.running_app import wait_until
from tests.overlay.store.laps import content
from tests.overlay.voice.conftest import stand_in
from tests.overlay.voice.stand_in import published
from tests.overlay.voice.test_install import Server, server

__all__ = ["server", "stand_in"]  # fixtures

pytestmark = pytest.mark.xdist_group("overlay_app")


def test_chosen_references_are_kept_by_the_store(app: App) -> None:
    asked = app.pipeline.recorder._also_keep
    assert set(asked()) == set()
    assert app.chosen.change("reference", {"rule": "file", "lap": str(app.pipeline.lap_folder / "laps" / "one.parquet")}) == ""
    assert set(asked()) == {"one"}


def test_a_raised_limit_of_the_store_counts_at_once(app: App) -> None:
    """Else laps that it was raised for are still deleted until the next start."""
    assert app.pipeline.recorder._limit_bytes() == 4_000_000_000
    assert app.chosen.change("store.limit_mb", 0) == ""
    assert app.pipeline.recorder._limit_bytes() == 0


def test_from_text_to_tones_and_back_the_voice_changes(app: App) -> None:
    """Neither has an engine; what tells them apart is whether tones stand in for words."""
    assert app.pipeline.loudspeaker.tones_only is False
    for engine, tones_only in (("tones", True), ("text", False)):
        assert app.chosen.change("voice.engine", engine) == ""
        assert app.pipeline.loudspeaker.tones_only is tones_only


def test_the_neural_voice_is_installed_by_a_button_and_speaks_at_once_where_it_is_wanted(app: App, server: Server, stand_in: Path) -> None:
    app.neural_voice._files = published(stand_in, server.address)
    app.windows.show_settings()
    panel = app.windows.settings.findChild(VoicePanel)
    silent = app.pipeline.speaker.voice

    def installed() -> bool:
        QTest.qWait(1)  # the installation's thread tells Qt's
        panel.look()
        return panel.status.text().startswith("Installed") and "The neural voice is installed." in app.notices.shown

    panel.install.click()
    wait_until(installed, panel.fault.text)
    assert app.pipeline.speaker.voice is silent
    assert app.chosen.change("voice.engine", "kokoro") == ""
    assert app.pipeline.speaker.voice.level is Level.KOKORO
    spoke = app.pipeline.speaker.voice
    app.bridge.voice_installed.emit()  # installed once more: the files are others
    assert app.pipeline.speaker.voice is not spoke
    assert app.pipeline.speaker.voice.level is Level.KOKORO


@pytest.mark.skipif(sys.platform == "win32", reason="espeak-ng is the system's voice elsewhere")
def test_the_settings_offer_the_voices_of_the_engine_that_speaks(app: App) -> None:
    assert app.chosen.change("voice.engine", "system") == ""
    app.windows.show_settings()
    window = app.windows.settings
    assert window is not None
    box = window.rows["voice.name"].control
    assert isinstance(box, QComboBox)

    def offered() -> bool:
        QTest.qWait(1)  # the window looks once a second
        return box.findData("en-gb") > 0

    wait_until(offered)
    box.activated.emit(box.findData("en-gb"))
    assert app.chosen.current.voice.name == "en-gb"


def test_the_screen_in_use_comes_first_and_the_one_that_was_kept_is_found(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QScreen, "name", lambda _screen: "DP-1")  # the offscreen platform's has none
    used, kept = app.overlay.monitor, "DP-1 640x480+0+0"  # it had another resolution then
    assert app.chosen.change("display.monitor", kept) == ""
    app.windows.show_settings()
    assert app.windows.settings is not None
    assert app.windows.settings.rows["display.monitor"].control.currentData() == kept
    monkeypatch.setattr("overlay.ports.screens_offered", lambda: {"left": replace(used, name="left"), "right": used})
    assert app.windows._first_minute().monitors() == ("right", "left")


def test_lengths_of_the_old_voice_count_no_more(app: App) -> None:
    coach = app.pipeline.session._coach
    coach.state = State(CueSettings(), SessionInfo(""))
    coach.state.clips_s["Brake later."] = 0.8
    assert app.chosen.change("voice.speed", 0.5) == ""
    wait_until(lambda: not coach.state.clips_s, lambda: app.notices.shown)


def test_the_output_delay_changes_in_the_open_stream(app: App) -> None:
    speaker = app.pipeline.speaker
    assert app.chosen.change("voice.output_delay_ms", 150) == ""
    assert app.pipeline.speaker is speaker
    assert speaker.mixer.output_delay_s == pytest.approx(0.15)


def test_the_coach_knows_whether_a_cue_that_is_not_heard_can_be_read(app: App) -> None:
    """Outside the car, hidden by its key, or switched off as a widget: each alone keeps the cue line off the screen."""
    can_read = app.pipeline.session._coach._line_is_shown
    assert not can_read()
    app.overlay.present(replace(app.overlay.snapshot, in_car=True))
    assert can_read()
    app.overlay.toggle_shown()
    assert not can_read()
    app.overlay.toggle_shown()
    assert app.chosen.change("layout", {"cue": {"visible": False}}) == ""
    assert not can_read()


def test_the_key_that_says_it_again_shows_it_too(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = threading.Event()
    monkeypatch.setattr(app.pipeline.session._coach, "show_again", shown.set)
    app.bridge.action.emit(Action.SAY_AGAIN)
    assert shown.wait(10)


def test_a_notice_is_shown_where_the_status_is_left_out(app: App) -> None:
    assert app.chosen.change("layout.status", {"visible": False}) == ""
    app.notices.tell("The sound device is gone.")

    def seen() -> bool:
        QTest.qWait(1)  # by way of the live thread
        return app.overlay.notice == "The sound device is gone." and app.notices._timer.isActive()

    wait_until(seen, lambda: app.notices.shown)
    assert app.overlay.windows["status"].isVisible()


def test_a_widget_that_fails_is_told(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was hidden without a word."""

    def fail(_snapshot: object) -> bool:
        raise ZeroDivisionError("no track")

    monkeypatch.setattr(app.overlay.windows["map"].panel, "show_snapshot", fail)
    app.overlay.set_locked(locked=False)

    def told() -> bool:
        QTest.qWait(1)
        return app.notices.shown == "Map failed and is hidden: no track"

    wait_until(told, lambda: app.notices.shown)


def test_another_address_while_the_service_ends_leaves_one_service(app: App) -> None:
    """Ending it lets Qt's events go on, and with them a second change."""
    first, second, third = (f"http://127.0.0.1:{port}" for port in (1, 2, 3))
    assert app.chosen.change("service.url", first) == ""
    begun = app.service.desk
    assert begun is not None
    ends = begun.stop

    def stop_and_hear_of_another() -> None:
        app.chosen.change("service.url", third)
        ends()

    begun.stop = stop_and_hear_of_another  # type: ignore[method-assign]
    assert app.chosen.change("service.url", second) == ""
    assert app.service.desk is not None
    assert app.service.desk.service.address == third
    assert [thread.name for thread in threading.enumerate()].count("sync") == 1


def test_consent_in_a_demo_is_about_the_drivers_own_laps(home: Path, no_leftovers: QApplication) -> None:
    """The numbers of the demo's laps begin at 1: consent from there on would have sent laps that were driven before it was given."""
    chosen = Chosen(SettingsFile())
    own = LapStore(lap_folder(chosen.current))
    own.save(content())
    pipeline = Pipeline(Order(demo=Demo(home / "demo")), chosen, Told(print, print, print), print)
    try:
        assert pipeline.lap_folder != own.folder
        assert chosen.consent(given=True) == ""
        assert chosen.for_all.sharing.from_sequence == own.next_sequence() == 2
        assert own.spool.shares_from() == 2
        assert chosen.consent(given=False) == ""
        assert own.spool.shares_from() is None
    finally:
        pipeline.close()


def test_qt_goes_on_while_consent_waits_for_the_lap_desk(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk may have to be started for it; what is changed meanwhile is not lost, and a second wish has to wait."""
    waits, said = threading.Event(), list[str]()

    def next_sequence() -> int:
        assert waits.wait(10)
        return 7

    def meanwhile() -> None:
        said.append(app.chosen.change("coaching.style", "quiet"))
        said.append(app.chosen.consent(given=False))
        waits.set()

    monkeypatch.setattr(app.pipeline.desk, "next_sequence", next_sequence)
    QTimer.singleShot(1, meanwhile)
    assert app.chosen.consent(given=True) == ""
    assert said == ["", "the consent is being changed at the moment: please try again"]
    settings = SettingsFile().load().settings
    assert settings == app.chosen.for_all
    assert (settings.sharing.consent, settings.sharing.from_sequence, settings.coaching.style) == (True, 7, "quiet")


def test_braking_tones_come_on_when_the_last_voice_fails_and_go_when_one_speaks(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """With tones only, the tone to a braking point is all that is left of a cue's meaning."""

    def braking_tones() -> int:
        QTest.qWait(1)  # Qt's thread carries it from the voice's to the live one
        return app.pipeline.session._coach._settings.braking_tones

    assert braking_tones() == 0
    monkeypatch.setattr("overlay.voice.settings.system_engine", lambda _: EngineChoice(ESPEAK, "no-such-voice"))
    monkeypatch.setattr("overlay.voice.settings.is_installed", lambda _: False)
    assert app.chosen.change("voice.engine", "system") == ""
    wait_until(lambda: braking_tones() == 1, lambda: app.notices.shown)  # the bank of phrases is rendered at once, and fails
    assert app.chosen.current.coaching.braking_tones is False
    assert app.chosen.change("voice.engine", "text") == ""
    wait_until(lambda: braking_tones() == 0, lambda: app.notices.shown)


def test_a_change_that_cannot_be_saved_is_told_and_saved_at_the_end(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    path = SettingsFile().path
    path.unlink()
    path.mkdir()
    assert app.chosen.change("voice.volume", 0.5) == ""
    wait_until(lambda: "is not kept" in app.notices.shown, lambda: app.notices.shown)
    path.rmdir()
    app.stop()
    monkeypatch.setattr(app, "stop", lambda: None)  # it has ended
    assert SettingsFile().load().settings.voice.volume == 0.5

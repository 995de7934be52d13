"""What the application hands from one part to another, in this process; its windows and trouble have tests of their own."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest

from overlay.app import App
from overlay.voice.engine import ESPEAK, EngineChoice
from tests.overlay.running_app import wait_until

pytestmark = pytest.mark.xdist_group("overlay_app")


def test_chosen_references_are_kept_by_the_store(app: App) -> None:
    asked = app.pipeline.recorder._also_keep
    assert set(asked()) == set()
    assert app.chosen.change("reference", {"rule": "file", "lap": str(app.pipeline.lap_folder / "laps" / "one.parquet")}) == ""
    assert set(asked()) == {"one"}


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

from __future__ import annotations

from pathlib import Path

import pytest

from coach.cues.settings import Style
from overlay.chosen import Chosen
from overlay.settings.change import changed
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of a driver who likes it quiet, more so in one car."""
    made = tmp_path / "settings.toml"
    settings = changed(changed(Settings(), "coaching.style", "quiet"), "coaching.sensitivity", 0.25)
    SettingsFile(made).save(changed(settings, "coaching.sensitivity", 0.125, car_id="mx5"))
    return made


def test_what_the_command_line_says_is_never_saved(path: Path) -> None:
    chosen = Chosen(SettingsFile(path))
    chosen.override(Style.TALKATIVE, 0.75)
    assert chosen.change("voice.volume", 0.5) == ""
    chosen.keep(changed(chosen.for_all, "display.font_scale", 1.2))

    assert (chosen.current.coaching.style, chosen.current.coaching.sensitivity) == ("talkative", 0.75)
    saved = SettingsFile(path).load().settings
    assert saved == chosen.for_all
    assert (saved.coaching.style, saved.coaching.sensitivity, saved.voice.volume) == ("quiet", 0.25, 0.5)


def test_the_command_line_wins_over_a_cars_profile_too(path: Path) -> None:
    chosen = Chosen(SettingsFile(path))
    chosen.override(None, 0.75)
    chosen.drive("mx5")
    assert (chosen.current.coaching.style, chosen.current.coaching.sensitivity) == ("quiet", 0.75)


def test_what_is_changed_during_the_run_counts_from_then_on(path: Path) -> None:
    chosen = Chosen(SettingsFile(path))
    chosen.override(Style.TALKATIVE, 0.75)
    assert chosen.change("coaching.style", "normal") == ""
    assert (chosen.current.coaching.style, chosen.current.coaching.sensitivity) == ("normal", 0.75)
    chosen.drive("mx5")
    assert chosen.change("coaching.sensitivity", 0.375) == ""
    assert chosen.current.coaching.sensitivity == 0.375
    assert chosen.for_all.coaching.sensitivity == 0.25

from __future__ import annotations

from pathlib import Path

import pytest

from coach.cues.settings import Style
from coach.errors import CannotWrite
from overlay.chosen import Chosen
from overlay.settings.change import changed
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings
from overlay.store.store import LapStore
from tests.overlay.settings.test_file import hold


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


@pytest.fixture
def refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the disk is full: true as long as something is in it."""
    refusing = [True]

    def write(where: Path, text: str) -> None:
        if refusing:
            raise CannotWrite(f"{where} could not be written: No space left on device.")
        where.write_text(text, encoding="utf-8")

    monkeypatch.setattr("overlay.settings.file.write_text", write)
    return refusing


def test_what_cannot_be_saved_counts_for_this_run_which_is_told_once(path: Path, refused: list[bool]) -> None:
    """It was refused."""
    before, told = path.read_bytes(), list[str]()
    chosen = Chosen(SettingsFile(path))
    chosen.on_unsaved = told.append
    assert chosen.change("voice.volume", 0.5) == ""
    chosen.keep(changed(chosen.for_all, "display.font_scale", 1.2))
    assert (chosen.current.voice.volume, chosen.current.display.font_scale) == (0.5, 1.2)
    (says,) = told
    assert says.startswith("What is changed in the settings counts until the overlay is closed and is not kept: ")
    assert says.endswith(f"{path} could not be written: No space left on device.")
    assert path.read_bytes() == before

    refused.clear()
    assert chosen.change("voice.speed", 1.5) == ""
    assert SettingsFile(path).load().settings == chosen.for_all
    refused.append(True)
    assert chosen.change("voice.speed", 1.25) == ""
    assert len(told) == 2, "there was room between"


def test_what_could_not_be_saved_is_tried_again_at_the_end(path: Path, refused: list[bool]) -> None:
    chosen = Chosen(SettingsFile(path))
    assert chosen.change("voice.volume", 0.5) == ""
    chosen.save_rest()
    assert SettingsFile(path).load().settings.voice.volume != 0.5
    refused.clear()
    chosen.save_rest()
    assert SettingsFile(path).load().settings.voice.volume == 0.5


def test_a_change_beside_a_file_that_could_not_be_read_counts_and_leaves_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        hold(patch, path)
        chosen = Chosen(SettingsFile(path))
    told = list[str]()
    chosen.on_unsaved = told.append
    assert chosen.change("voice.volume", 0.5) == ""
    assert chosen.current.voice.volume == 0.5
    assert "is not written over" in told[0]
    chosen.save_rest()
    assert path.read_bytes() == before


def test_a_fault_in_the_value_still_changes_nothing(path: Path, refused: list[bool]) -> None:
    chosen = Chosen(SettingsFile(path))
    assert "expected a number, 0 to 1" in chosen.change("voice.volume", 2.0)
    assert chosen.current.voice.volume == 0.8


def test_consent_is_only_given_where_it_can_be_written_down_and_always_withdrawn(path: Path, refused: list[bool], tmp_path: Path) -> None:
    chosen, told = Chosen(SettingsFile(path)), list[str]()
    chosen.on_unsaved = told.append
    chosen.laps = LapStore(tmp_path / "store")
    assert "No space left" in chosen.consent(given=True)
    assert not chosen.for_all.sharing.consent
    refused.clear()
    assert chosen.consent(given=True) == ""
    refused.append(True)
    assert "on again at the next start" in chosen.consent(given=False)
    assert not chosen.for_all.sharing.consent
    assert told == []  # it stands beside the switch

    refused.clear()
    chosen.save_rest()
    assert not SettingsFile(path).load().settings.sharing.consent

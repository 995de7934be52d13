"""The language that the driver has chosen: one for all words, and none that there is no catalogue of."""

from __future__ import annotations

from pathlib import Path

import pytest

from overlay.chosen import Chosen
from overlay.live_session import Told
from overlay.order import Order
from overlay.pipeline import Pipeline
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings
from overlay.settings_window.items import Kind
from overlay.settings_window.pages import SettingsPages

pytestmark = pytest.mark.xdist_group("overlay_app")


def pipeline_of(chosen: Chosen, home: Path) -> Pipeline:
    return Pipeline(Order(image=home / "memory.bin"), chosen, Told(print, print, print), lambda: None)


def test_a_language_that_nobody_has_written_is_said_and_the_coach_starts(home: Path) -> None:
    (home / "config" / "settings.toml").write_text('version = 1\n[voice]\nengine = "text"\nlanguage = "de"\n', encoding="utf-8")
    chosen = Chosen(SettingsFile())
    assert chosen.notices == ('settings.toml: voice.language is "de", expected "en"; "en" is used.',)
    pipeline_of(chosen, home).close()


def test_the_settings_window_offers_the_languages_that_there_are() -> None:
    (voice,) = (page for page in SettingsPages(Settings, lambda _: None, str).pages() if page.title == "Voice")
    (language,) = (item for item in voice.items if item.path == "voice.language")
    assert (language.kind, language.choices) == (Kind.CHOICE, ("en",))

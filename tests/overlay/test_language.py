"""The language and the unit of distances that the driver has chosen: one for all words, and no language that there is no catalogue of."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import tomli_w

from coach import wording
from coach.compare.cause import Cause
from coach.cues.plan import texts_of
from coach.wording.spoken import calls, full_cue, progress
from overlay.chosen import Chosen
from overlay.live_session import Told
from overlay.order import Order
from overlay.pipeline import Pipeline
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings
from overlay.settings_window.items import Kind
from overlay.settings_window.pages import SettingsPages
from tests.coach.cues.made import entry
from tests.overlay.running_app import wait_until

pytestmark = pytest.mark.xdist_group("overlay_app")


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A second language, in which every text is another; English again afterwards."""
    english = (wording.FOLDER / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "en.toml").write_text(english, encoding="utf-8")
    (tmp_path / "la.toml").write_text(tomli_w.dumps(in_latin(tomllib.loads(english))), encoding="utf-8")
    monkeypatch.setattr(wording, "FOLDER", tmp_path)
    yield
    wording.use_language("en")


def in_latin(english: object) -> object:
    if isinstance(english, dict):
        return {key: value if key == "figure" else in_latin(value) for key, value in english.items()}
    if isinstance(english, list):
        return [in_latin(each) for each in english]
    return f"ave {english}" if isinstance(english, str) else english


def use(chosen: Chosen, language: str) -> None:
    chosen.keep(replace(chosen.for_all, voice=replace(chosen.for_all.voice, engine="system", language=language)))


def pipeline_of(chosen: Chosen, home: Path, tell: Callable[[str], None] = print) -> Pipeline:
    return Pipeline(Order(image=home / "memory.bin"), chosen, Told(tell, print, print), lambda: None)


def test_a_language_that_nobody_has_written_is_said_and_the_coach_starts(home: Path) -> None:
    (home / "config" / "settings.toml").write_text('version = 1\n[voice]\nengine = "text"\nlanguage = "de"\n', encoding="utf-8")
    chosen = Chosen(SettingsFile())
    assert chosen.notices == ('settings.toml: voice.language is "de", expected "en"; "en" is used.',)
    pipeline_of(chosen, home).close()


def test_the_coach_speaks_of_distances_in_the_chosen_unit(home: Path) -> None:
    """From its start, and from when it is changed."""
    (home / "config" / "settings.toml").write_text(
        'version = 1\n[voice]\nengine = "text"\n[display]\nlength_unit = "feet"\n', encoding="utf-8"
    )
    chosen = Chosen(SettingsFile())
    pipeline = pipeline_of(chosen, home)
    chosen.on_change = pipeline.use
    try:
        for unit, amount in (("feet", "50 feet"), ("metres", "15 metres"), ("feet", "50 feet"), ("metres", "15 metres")):
            chosen.keep(replace(chosen.for_all, display=replace(chosen.for_all.display, length_unit=unit)))
            assert full_cue("Turn 3", Cause.BRAKE_EARLY, {"brake_on_earlier_m": 15.0}) == f"Turn 3: brake later, {amount}."
    finally:
        pipeline.close()


def test_the_settings_window_offers_the_languages_that_there_are() -> None:
    (voice,) = (page for page in SettingsPages(Settings, lambda _: None, str).pages() if page.title == "Voice")
    (language,) = (item for item in voice.items if item.path == "voice.language")
    assert (language.kind, language.choices) == (Kind.CHOICE, ("en",))


@pytest.mark.skipif(sys.platform == "win32", reason="espeak-ng is the system voice elsewhere")
@pytest.mark.usefixtures("made_up")
def test_what_is_asked_for_is_what_was_rendered_in_any_language(home: Path) -> None:
    """A call has no time to be rendered: in another language than the bank's it would never be heard."""
    chosen, told = Chosen(SettingsFile()), list[str]()
    use(chosen, "la")
    pipeline = pipeline_of(chosen, home, told.append)
    chosen.on_change = pipeline.use
    try:
        wait_until(lambda: told, calls)  # that nothing can be heard here
        assert told[0].startswith("ave ")
        for language, ave in (("la", "ave "), ("en", ""), ("la", "ave ")):
            use(chosen, language)
            assert progress(0.1) == f"{ave}Better, a tenth."
            assert texts_of(entry(3).candidate)[1].casefold() == f"{ave}slightly more speed."
            voice = pipeline.speaker.voice
            wait_until(lambda voice=voice: all(voice.ready(text) for text in calls()), calls)
    finally:
        pipeline.close()

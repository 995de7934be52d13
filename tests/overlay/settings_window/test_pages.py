from __future__ import annotations

import pytest

from overlay.settings.change import changed
from overlay.settings.model import Settings
from overlay.settings_window.items import Value
from overlay.settings_window.pages import SettingsPages


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("coaching.sensitivity", 0.25, "25%"),
        ("coaching.sensitivity", 1, "100%"),
        ("voice.speed", 1.5, "1.50"),
        ("voice.engine", "system", "system"),
        ("coaching.braking_tones", True, "on"),
        ("reference.rule", "session_best", "session best"),
        ("buttons.mute", "Button 5", "Button 5"),
    ],
)
def test_a_cars_own_value_is_written_as_the_window_writes_all_values(path: str, value: Value, said: str) -> None:
    settings = changed(Settings(), path, value, "car")
    pages = SettingsPages(lambda: settings, lambda _: None, lambda *_: "", driven=lambda: ("car", "GT3"), agreed_to=lambda: "")
    (item,) = (item for page in pages.pages() for item in page.items if item.path == path)
    assert item.note == f"GT3 has its own: {said}."

from __future__ import annotations

from dataclasses import fields, is_dataclass

from overlay.settings.model import Settings
from overlay.settings.page import PAGE, settings_page


def test_the_page_is_what_the_settings_make():
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "stale: run `python -m overlay.settings.page`"


def test_every_setting_has_a_row_with_its_meaning():
    page = settings_page()
    for item in fields(Settings):
        group = getattr(Settings(), item.name)
        for inner in fields(group) if is_dataclass(group) else ():
            row = next(line for line in page.splitlines() if line.startswith(f"| `{item.name}.{inner.name}` |"))
            assert inner.metadata["rule"].meaning in row

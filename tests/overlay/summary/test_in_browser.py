"""The summary's file in a browser: nothing sticks out, however wide the window is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from overlay.summary.html import write_html
from tests.overlay.summary.sample import summary
from tests.web.conftest import browser, browser_context_args, browser_type_launch_args, playwright

__all__ = ["browser", "browser_context_args", "browser_type_launch_args", "playwright"]  # fixtures

OUT_OF_TILE = "[...document.querySelectorAll('.tile .figure')].filter(figure => figure.scrollWidth > figure.clientWidth).length"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_everything_fits_at_every_width(page: Page, tmp_path: Path, scheme: str) -> None:
    many = replace(summary(), laps=summary().laps * 6)
    write_html(many, tmp_path / "summary.html")
    page.emulate_media(color_scheme=scheme)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    page.goto((tmp_path / "summary.html").as_uri())
    for width in (320, 390, 620, 760, 900, 1240, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(OUT_OF_TILE) == 0, f"a figure reaches out of its tile at {width} px"
        assert page.evaluate(TOO_WIDE) <= 0, f"the page is wider than {width} px"
    assert page.locator(".review svg").count() == 3
    assert faults == []

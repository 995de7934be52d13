"""Pages in a real browser: nothing is refused by our own policy, nothing overflows a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from web.render import STATIC

WIDTHS = {"phone": 390, "desktop": 1280}
PAGES = {"home": "/", "docs": "/docs/cli", "api": "/docs/api", "missing": "/nothing"}


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_pages_obey_the_policy_and_fit_every_screen(site: str, page: Page, scheme: str, tmp_path: Path) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.emulate_media(color_scheme=scheme)
    for name, path in PAGES.items():
        for width in WIDTHS.values():
            page.set_viewport_size({"width": width, "height": 844})
            page.goto(site + path)
            too_wide = page.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
            assert too_wide <= 0, f"{name} at {width}"
            page.screenshot(path=tmp_path / f"{name}-{width}-{scheme}.png", full_page=width < 500)
    assert page.evaluate("() => typeof htmx") == "object"
    assert [fault for fault in faults if "404" not in fault] == []


def test_keyboard_skips_to_the_content(site: str, page: Page) -> None:
    page.goto(site)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to content"
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("id") == "main"


def test_files_of_other_makers_are_as_they_published_them() -> None:
    import hashlib
    import re

    table = (STATIC / "vendor" / "VERSIONS.md").read_text(encoding="utf-8")
    named = dict(re.findall(r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$", table, re.MULTILINE))
    scripts = {path.name for path in (STATIC / "vendor").iterdir() if path.suffix in {".js", ".css"}}
    assert scripts == set(named)
    for name, digest in named.items():
        assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest

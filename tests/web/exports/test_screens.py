"""The pages in a real browser: making an export, watching it, and pictures at phone and desktop width in out/screens, or where RACING_COACH_SCREENS says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.browsing import SCREENS, chromium, photograph, serving
from tests.web.exports.conftest import Paddock
from tests.web.exports.test_privacy import say
from web.accounts.browsers import cookie_name

PICTURES = Path(SCREENS or "out/screens") / "exports"
pytestmark = pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="no Chromium here")


async def test_an_administrator_makes_one_and_sees_what_was_withdrawn(paddock: Paddock) -> None:
    settings = paddock.app.state.settings
    token = paddock.admin.cookies[cookie_name(settings)]
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with serving(settings, paddock.database.url) as origin, chromium() as browser:
        page = await browser.new_page()
        await page.context.add_cookies([{"name": cookie_name(settings), "value": token, "url": origin}])
        await page.goto(f"{origin}/admin/exports")
        await photograph(page, PICTURES, "exports-empty")
        await page.get_by_role("button", name="Make it").click()
        await page.get_by_text("0 of 2 laps").wait_for()
        await photograph(page, PICTURES, "export-being-made")
        await paddock.work()
        await page.get_by_text("No driver has withdrawn").wait_for()  # the page noticed by itself
        await say(paddock.ann.client, given=False)
        await page.reload()
        await page.get_by_text("Pseudonyms").click()
        await photograph(page, PICTURES, "export-withdrawn")
        await page.get_by_role("link", name="Delete it with its files").click()
        await photograph(page, PICTURES, "export-delete")
        await page.goto(f"{origin}/admin/exports")
        await photograph(page, PICTURES, "exports")
        await page.locator("td a").first.click()
        await page.get_by_role("link", name="Delete it with its files").click()
        await page.get_by_role("button", name="Delete it with its files").click()
        await page.get_by_text("No export yet").wait_for()

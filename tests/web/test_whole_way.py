"""One driver from registering to leaving, in Chromium, with a real mail server and a worker: what issue and README promise, in one go."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from coach.demo import DemoTruth
from tests.web.accounts.test_in_the_browser import Mailbox, link_in, mailbox, press, watch
from tests.web.browsing import chromium, serving
from tests.web.people import PASSWORD
from web.settings import Settings

assert mailbox  # a fixture
pytestmark = pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="no Chromium here")


@pytest.mark.timeout(180)
async def test_register_verify_consent_upload_compare_share_delete_leave(
    settings: Settings, database_url: str, mailbox: tuple[Mailbox, int], demo: tuple[Path, DemoTruth]
) -> None:
    box, port = mailbox
    settings = settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "worker": True})
    async with serving(settings, database_url) as origin, chromium() as browser:
        page = await browser.new_page()
        complaints = watch(page)
        page.on("dialog", lambda dialog: dialog.accept())

        await page.goto(f"{origin}/register")
        await page.get_by_label("E-mail address").fill("ayse@example.org")
        await page.get_by_label("Name on this site").fill("Ayşe Öğüt")
        await page.get_by_label("Password").fill(PASSWORD)
        await press(page, "Register")
        await page.goto(link_in(await box.wait_for("Finish your registration")))
        await page.get_by_label("Password").fill(PASSWORD)
        await press(page, "Finish")
        await expect(page.get_by_role("heading", name="Welcome, Ayşe Öğüt")).to_be_visible()

        await page.goto(f"{origin}/privacy")
        await press(page, "Switch on")
        await expect(page.get_by_role("heading", name="they come here and train the coach")).to_be_visible()

        await page.goto(f"{origin}/upload")
        await page.set_input_files("input[type=file]", demo[0])
        await press(page, "Send")
        await expect(page.get_by_role("link", name="7 new laps")).to_be_visible(timeout=60_000)

        await page.goto(f"{origin}/laps")
        addresses = [await link.get_attribute("href") for link in await page.locator("a[href*='/laps/']").all()]
        laps = list(dict.fromkeys(found.group() for one in addresses if one and (found := re.search(r"/laps/[0-9a-f-]{36}$", one))))
        assert len(laps) == 7
        await page.goto(origin + laps[0])
        choice = page.get_by_label("Compare with")
        others = [value for one in await choice.locator("option").all() if (value := await one.get_attribute("value")) != "potential"]
        other = next(value for value in others if value and f"/laps/{value}" != laps[0])
        await choice.select_option(other)
        await press(page, "Compare")
        await expect(page).to_have_url(re.compile(f"against={other}"))
        await expect(page.get_by_role("heading", name="Where the time went")).to_be_visible(timeout=30_000)
        await expect(page.locator("#charts[data-drawn]")).to_be_visible(timeout=30_000)

        await press(page, "Let others see it by its link")
        shared = page.url
        friend = await (await browser.new_context()).new_page()
        answer = await friend.goto(shared)
        assert answer is not None
        assert answer.status == 200
        await expect(friend.get_by_role("heading", name="Where the time went")).to_be_visible(timeout=30_000)
        assert "Ayşe" not in await friend.content()

        await press(page, "Delete")
        await page.wait_for_url(f"{origin}/laps")
        gone = await friend.goto(shared)
        assert gone is not None
        assert gone.status == 404
        assert laps[0] not in await page.content()

        await page.goto(f"{origin}/account/delete")
        await page.get_by_label("Your password").fill(PASSWORD)
        await press(page, "Delete everything")
        await expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
        await box.wait_for("Your account is deleted")
        assert complaints == []

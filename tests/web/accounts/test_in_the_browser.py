"""A driver's whole way through the site, in Chromium, with a real mail server: registers, confirms, lets the overlay in, leaves.

Pictures of every page go to out/screens, or where RACING_COACH_SCREENS says.
"""

from __future__ import annotations

import asyncio
import re
import zipfile
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import httpx
import pyotp
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from playwright.async_api import Page, expect

from tests.web.browsing import SCREENS, chromium, photograph, serving
from tests.web.people import PASSWORD
from web.accounts import first_admin
from web.database import Database
from web.settings import Settings

FOLDER = Path(SCREENS or "out/screens") / "accounts"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Mailbox:
    """What a mail server that listens on a real port was given."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    async def wait_for(self, subject: str) -> EmailMessage:
        for _ in range(300):
            for mail in self.mails:
                if subject in mail["Subject"]:
                    return mail
            await asyncio.sleep(0.05)
        pytest.fail(f"no mail '{subject}' came; there are {[mail['Subject'] for mail in self.mails]}")


@pytest.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, int]]:
    """A mail server and its port."""
    box = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", 0)
    yield box, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture(scope="module")
def pictures() -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER


def link_in(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    found = re.search(r'href="(http://[^"]*token=[^"]*)"', body.get_content())
    assert found
    return found.group(1)


def watch(page: Page) -> list[str]:
    """Complaints of the browser: faults in scripts, what the content security policy refuses."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" and "status of 4" not in message.text else None,
    )
    return complaints


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()


async def test_a_driver_registers_lets_the_overlay_in_and_leaves(
    settings: Settings, database_url: str, database: Database, mailbox: tuple[Mailbox, int], pictures: Path
) -> None:
    box, port = mailbox
    settings = settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_security": "none",
            "worker": True,
            "operator": "Liga Süd e.V.",
            "contact": "privacy@liga.example",
        }
    )
    async with serving(settings, database_url) as origin, chromium() as browser, httpx.AsyncClient(base_url=origin) as overlay:
        page = await browser.new_page()
        complaints = watch(page)

        # Register: the box is not ticked.
        await page.goto(f"{origin}/register")
        await expect(page.get_by_label("Yes, my laps may come here")).not_to_be_checked()
        await photograph(page, pictures, "register")
        await page.get_by_label("E-mail address").fill("joerg@example.org")
        await page.get_by_label("Name on this site").fill("Jörg 🏎")
        await page.get_by_label("Password").fill("joerg@example.org")
        await press(page, "Register")
        await expect(page.get_by_text("Leave your e-mail address out of your password.")).to_be_visible()
        await photograph(page, pictures, "register-fault")
        await page.get_by_label("Password").fill(PASSWORD)
        await press(page, "Register")
        await expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
        await photograph(page, pictures, "registered")

        # Confirm with the link.
        await page.goto(link_in(await box.wait_for("Finish your registration")))
        await photograph(page, pictures, "confirm")
        await page.get_by_label("Password").fill(PASSWORD)
        await press(page, "Finish")
        await expect(page.get_by_role("heading", name="Welcome, Jörg 🏎")).to_be_visible()
        await photograph(page, pictures, "welcome")

        # The overlay shows a code; the browser confirms it.
        started = (await overlay.post("/api/v1/auth/device", data={"client_name": "Racing Coach overlay on SIM-PC"})).json()
        await page.goto(f"{origin}/device")
        await photograph(page, pictures, "device")
        await page.get_by_label("Code").fill("BCDF-GHJK")
        await press(page, "Continue")
        await expect(page.get_by_text("No program waits under this code")).to_be_visible()
        await photograph(page, pictures, "device-fault")
        await page.goto(started["verification_uri_complete"])
        await photograph(page, pictures, "device-decide")
        await press(page, "Let it in")
        await expect(page.get_by_role("heading", name="It is in")).to_be_visible()
        await photograph(page, pictures, "device-done")
        tokens = (await overlay.post("/api/v1/auth/token", data={"grant_type": DEVICE_GRANT, "device_code": started["device_code"]})).json()
        overlay.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        assert (await overlay.get("/api/v1/me")).json()["name"] == "Jörg 🏎"

        # Consent: on in the site, seen by the overlay; off in the overlay, seen by the site.
        await page.goto(f"{origin}/privacy")
        await photograph(page, pictures, "privacy-off")
        await press(page, "Switch on")
        assert (await overlay.get("/api/v1/consent")).json()["share_telemetry"] is True
        await photograph(page, pictures, "privacy-on")
        await overlay.put("/api/v1/consent", json={"share_telemetry": False})
        await page.goto(f"{origin}/privacy")
        await expect(page.get_by_role("heading", name="they stay on your machine")).to_be_visible()
        async with page.expect_download() as download:
            await press(page, "Download")
        with zipfile.ZipFile(await (await download.value).path()) as archive:
            assert "account/account.json" in archive.namelist()

        # Second factor, then sign in with it.
        await page.goto(f"{origin}/account")
        await photograph(page, pictures, "account")
        await page.get_by_role("link", name="Switch on the second factor").click()
        await photograph(page, pictures, "second-factor")
        await page.get_by_text("No camera at hand?").click()
        secret = await page.locator("code.key").inner_text()
        await page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
        await page.get_by_label("Your password").fill(PASSWORD)
        await press(page, "Switch on")
        await photograph(page, pictures, "recovery-codes")
        recovery = await page.locator("#codes li").first.inner_text()
        await page.get_by_role("link", name="I have kept them").click()
        await photograph(page, pictures, "account-second-factor")
        await press(page, "Sign out here")
        await page.goto(f"{origin}/sign-in?next=/account")
        await photograph(page, pictures, "sign-in")
        await page.get_by_label("E-mail address").fill("joerg@example.org")
        await page.get_by_label("Password").fill("not the password")
        await press(page, "Sign in")
        await expect(page.get_by_role("alert")).to_contain_text("not right")
        await photograph(page, pictures, "sign-in-fault")
        await page.get_by_label("Password").fill(PASSWORD)
        await press(page, "Sign in")
        await photograph(page, pictures, "code")
        await page.get_by_label("Code from your authenticator").fill(recovery)
        await press(page, "Sign in")
        await expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()

        # Leave.
        await page.goto(f"{origin}/account/delete")
        await photograph(page, pictures, "delete")
        await page.get_by_label("Your password").fill(PASSWORD)
        await press(page, "Delete everything")
        await expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
        await photograph(page, pictures, "deleted")
        assert (await overlay.get("/api/v1/me")).status_code == 401
        await box.wait_for("Your account is deleted")
        assert complaints == []


async def test_every_other_page_fits_a_phone_and_a_desk(settings: Settings, database_url: str, database: Database, pictures: Path) -> None:
    async with serving(settings, database_url) as origin, chromium() as browser:
        async with database.transaction() as session:
            link = await first_admin.link(session, settings.model_copy(update={"public_url": origin}))
        assert link is not None
        page = await browser.new_page()
        complaints = watch(page)
        await page.goto(link)
        await photograph(page, pictures, "first-run")
        await page.get_by_label("E-mail address").fill("a.rather.long.address.of.the.administrator@motorsport-league.example.org")
        await page.get_by_label("Name on this site").fill("W" * 80)
        await page.get_by_label("Password").fill(PASSWORD)
        await press(page, "Make the account")
        for name, path in {
            "admin-users": "/admin",
            "admin-audit": "/admin/audit",
            "account-long-names": "/account",
            "change-name": "/account/name",
            "change-email": "/account/email",
            "change-password": "/account/password",
            "privacy-policy": "/privacy-policy",
            "terms": "/terms",
            "forgot": "/forgot",
            "forgot-sent": "/forgot/sent",
            "reset": "/reset?token=x",
            "reset-done": "/reset/done",
            "email-confirm": "/account/email/confirm?token=x",
            "link-unusable": "/register/confirm?token=x",
        }.items():
            await page.goto(origin + path)
            await photograph(page, pictures, name)
        assert complaints == []


async def test_forms_work_by_keyboard_alone_and_say_what_is_wrong_to_a_screen_reader(settings: Settings, database_url: str) -> None:
    async with serving(settings, database_url) as origin, chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{origin}/sign-in")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.textContent") == "Skip to content"
        await page.get_by_label("E-mail address").focus()
        await page.keyboard.type("ann@example.org")
        await page.keyboard.press("Tab")
        await page.keyboard.type("not the password")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("not right")
        await page.goto(f"{origin}/register")
        await page.get_by_label("E-mail address").fill("ann@example.org")
        await page.get_by_label("Name on this site").fill("Ann")
        await page.get_by_label("Password").fill("1234567890")
        await page.keyboard.press("Enter")
        field = page.get_by_label("Password")
        await expect(field).to_have_attribute("aria-invalid", "true")
        await expect(field).to_have_accessible_description(re.compile("first that are tried"))
        unnamed = await page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), button')].filter(e => !e.labels?.length && !e.textContent.trim()).length"
        )
        assert unnamed == 0

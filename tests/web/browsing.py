"""A real browser at the real application on a real port, all in the test's own event loop."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from web.app import create_app
from web.settings import Settings

PHONE, DESKTOP = 390, 1280  # px
ALL_LOOKS: tuple[tuple[int, Literal["dark", "light"]], ...] = ((PHONE, "dark"), (DESKTOP, "light"), (PHONE, "light"), (DESKTOP, "dark"))
SCREENS = os.environ.get("RACING_COACH_SCREENS")  # read here, because tests run without the machine's own settings
LOOKS = ALL_LOOKS if SCREENS else ALL_LOOKS[:2]  # half of the pictures show all that a test can see


@asynccontextmanager
async def serving(settings: Settings, database_url: str) -> AsyncIterator[str]:
    """The application on a free port; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = create_app(settings.model_copy(update={"public_url": origin}), database_url)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none", timeout_graceful_shutdown=2))
        serve = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.02)
        try:
            yield origin
        finally:
            server.should_exit = True
            await serve


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium without a sandbox, which it does not have as root."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser
        await browser.close()


async def photograph(page: Page, folder: Path, name: str) -> None:
    """The page as it is, once it is there, at phone and desktop width; in all looks when pictures are asked for. Fails where a phone would scroll sideways."""
    await page.wait_for_load_state()  # a redirect may still be under way
    for width, scheme in LOOKS:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=scheme)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} px wide on a screen of {width}"
        await page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)

"""Every page about laps in a real browser, on a phone and on a desktop, dark and light; jobs run by a real worker.

With RACING_COACH_SCREENS=FOLDER all pages of all laps are drawn in every look, and the pictures kept there.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import text
from starlette.applications import Starlette

from tests.opened_details import TOO_WIDE, check_opened_details
from tests.recordings import RECORDINGS, needs_recordings
from tests.web.laps.conftest import settings_in
from tests.web.laps.drivers import browser, register, send
from tests.web.laps.live import serving
from tests.web.ports import free_port
from web.accounts.browsers import cookie_name
from web.database import Database

KEPT = os.environ.get("RACING_COACH_SCREENS", "")
WIDTHS = {"phone": 390, "desktop": 1280}
LOOKS = [(width, scheme) for width in WIDTHS for scheme in ("dark", "light")] if KEPT else [("phone", "dark"), ("desktop", "light")]
REAL = {
    "mx5_okayama_short_driver_a.csv.gz": "okayama 2026-11-20 19-00-00.csv.gz",
    "mx5_okayama_short_driver_b.csv.gz": "okayama 2026-11-24 20-10-00.csv.gz",
}
MORE = {
    "formula_vee_tsukuba_1k.ibt": "formulavee_tsukuba 1kouter 2026-11-25 21-00-00.ibt",
    "ferrari488_fuji_nochicane_driver_b.csv.gz": "fuji 2026-11-26 21-00-00.csv.gz",
}

pytestmark = needs_recordings


@dataclass
class Site:
    """A running service, one driver's cookie and, by track, the id of the slowest clean lap."""

    origin: str
    cookie: dict[str, Any]
    laps: dict[str, str]
    newcomer: dict[str, Any]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def site(postgres: str, session_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    port = free_port()
    settings = settings_in(tmp_path_factory.mktemp("data"), port, worker=True, requests_per_minute=100_000)
    made: list[Site] = []

    def cookie(token: str) -> dict[str, Any]:
        return {"name": cookie_name(settings), "value": token, "url": settings.origin}

    async def prepare(app: Starlette, database: Database) -> None:
        _, token = await register(database, "Ana")
        _, newcomer = await register(database, "New")
        async with browser(app, token) as client:
            for name, shown in {**REAL, **(MORE if KEPT else {})}.items():
                assert (await send(client, RECORDINGS / name, shown)).status_code == 303
            assert (await send(client, session_file, "demo 2026-11-27 10-00-00.ibt")).status_code == 303
            await all_done(database)
            laps = [lap for lap in (await client.get("/api/v1/laps?limit=200")).json()["laps"] if lap["clean"]]
        slowest = {lap["track"].split()[0].lower(): lap["id"] for lap in sorted(laps, key=lambda lap: lap["lap_time_s"])}
        made.append(Site(settings.origin, cookie(token), slowest, cookie(newcomer)))

    with serving(postgres, settings, prepare):
        yield made[0]


async def all_done(database: Database) -> None:
    for _ in range(1200):
        async with database.transaction() as session:
            if not await session.scalar(text("SELECT count(*) FROM pgqueuer")):
                return
        await asyncio.sleep(0.1)
    pytest.fail("the worker did not finish")


@pytest.fixture
def tab(chromium: Browser, site: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab of the driver's browser; a fault in a script or a refused resource fails the test."""
    width, scheme = getattr(request, "param", ("desktop", "dark"))
    context = chromium.new_context(viewport={"width": WIDTHS[width], "height": 900}, color_scheme=scheme)
    context.add_cookies([site.cookie])
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert faults == []


def shot(page: Page, name: str) -> None:
    """Nothing may stick out to the side; the picture is kept when it is wanted."""
    assert page.evaluate(TOO_WIDE) == [], f"{name} is too wide"
    if KEPT:
        Path(KEPT).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(KEPT) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("tab", LOOKS, indirect=True, ids="-".join)
def test_every_page_fits_and_draws(tab: Page, site: Site, request: pytest.FixtureRequest) -> None:
    look = request.node.callspec.id
    for name in ("sessions", "laps", "progress", "upload"):
        tab.goto(f"{site.origin}/{name}")
        shot(tab, f"{name}-{look}")
    tab.goto(f"{site.origin}/sessions")
    tab.get_by_role("link", name="okayama short").last.click()
    expect(tab.get_by_role("heading", name="Consistency")).to_be_visible()
    shot(tab, f"session-{look}")
    tab.goto(f"{site.origin}/progress")
    tab.get_by_role("link", name="okayama short").click()
    expect(tab.get_by_role("heading", name="Fastest laps")).to_be_visible()
    shot(tab, f"combination-{look}")
    for track, lap in site.laps.items():
        tab.goto(f"{site.origin}/laps/{lap}")
        expect(tab.locator("#charts[data-drawn]")).to_be_visible(timeout=20_000)
        assert tab.locator("#plots canvas").count() >= 3
        shot(tab, f"lap-{track}-{look}")


@pytest.mark.parametrize("tab", LOOKS, indirect=True, ids="-".join)
def test_a_lap_is_made_the_reference_and_the_pages_say_so(tab: Page, site: Site, request: pytest.FixtureRequest) -> None:
    look = request.node.callspec.id
    tab.goto(f"{site.origin}/laps/{site.laps['okayama']}/reference")
    tab.get_by_label("Name", exact=True).fill("Evening run")
    tab.get_by_label("Who may see and download this lap").select_option("public")
    tab.get_by_label("Licence").select_option("CC-BY-4.0")
    tab.get_by_label("Measure me against this lap from now on").check()
    shot(tab, f"reference-form-{look}")
    tab.get_by_role("button", name=re.compile("Mark this lap|Keep")).click()
    expect(tab.get_by_text("You have chosen this lap.")).to_be_visible()
    expect(
        tab.get_by_role("row", name="Evening run").get_by_role("link", name="Change")
    ).to_be_visible()  # his slowest lap; to be found all the same
    shot(tab, f"reference-of-{look}")
    tab.goto(f"{site.origin}/references")
    expect(tab.get_by_text("chosen", exact=True)).to_have_count(1)
    shot(tab, f"references-{look}")


def test_details_take_no_room_from_the_table(tab: Page, site: Site) -> None:
    for width in (390, 640, 641, 720, 999, 1000, 1120, 1280):
        tab.set_viewport_size({"width": width, "height": 900})
        for track, lap in site.laps.items():
            tab.goto(f"{site.origin}/laps/{lap}")
            expect(tab.locator("#charts[data-drawn]")).to_be_visible(timeout=20_000)
            check_opened_details(tab, f"{track}, {width} px")
            shot(tab, f"details-{track}-{width}")
            assert re.findall(r"\w+_\w+", tab.locator("table.corners").inner_text()) == []  # causes have names


def test_cursor_zoom_and_map_follow_each_other(tab: Page, site: Site) -> None:
    tab.goto(f"{site.origin}/laps/{site.laps['demonstration']}")
    expect(tab.locator("#charts[data-drawn]")).to_be_visible(timeout=20_000)
    tab.locator("#plots .u-over").nth(1).hover()
    expect(tab.locator("#readout")).to_contain_text("km/h (reference")
    expect(tab.locator("#here")).to_be_visible()
    before = tab.locator("#readout").inner_text()
    tab.locator("tr[data-corner='3']").click()
    tab.locator("#plots .u-over").nth(1).hover(position={"x": 300, "y": 60})
    assert "Turn 3" in tab.locator("#readout").inner_text() != before
    tab.get_by_role("button", name="whole lap").click()
    tab.locator("#plots").focus()
    for _ in range(3):
        tab.keyboard.press("PageDown")
    expect(tab.locator("#readout")).to_contain_text("150 m")


def test_a_file_is_sent_and_its_laps_appear_without_a_reload(chromium: Browser, site: Site, one_lap: Path) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800})
    context.add_cookies([site.newcomer])
    page = context.new_page()
    page.goto(f"{site.origin}/laps")
    expect(page.get_by_role("heading", name="Your first lap is missing")).to_be_visible()
    shot(page, "laps-empty")
    for name in ("sessions", "progress"):
        page.goto(f"{site.origin}/{name}")
        shot(page, f"{name}-empty")
    page.get_by_role("link", name="Send your recordings").click()
    page.set_input_files("input[type=file]", one_lap)
    page.get_by_role("button", name="Send").click()
    page.evaluate("window.stayed = true")
    expect(page.get_by_role("link", name="1 new lap")).to_be_visible(timeout=30_000)
    assert page.evaluate("window.stayed")
    page.get_by_role("link", name="1 new lap").click()
    expect(page.get_by_role("heading", name="Demonstration Circuit Grand Prix")).to_be_visible()
    page.get_by_role("link", name="1:0").first.click()
    expect(page.get_by_text("potential lap").first).to_be_visible()
    page.get_by_role("button", name="Let others see it by its link").click()
    address = page.url
    friend = chromium.new_context(java_script_enabled=False).new_page()
    friend.goto(address)
    expect(friend.get_by_role("heading", name="Where the time went")).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Your first lap is missing")).to_be_visible()
    assert friend.goto(address).status == 404
    context.close()

"""The report in a browser: nothing sticks out, however wide the window is, with every corner's details open."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from coach.cli.analyze import analyze
from coach.demo import DemoTruth
from coach.report.page import render
from tests.opened_details import check_opened_details
from tests.web.conftest import browser, browser_context_args, browser_type_launch_args, playwright

__all__ = ["browser", "browser_context_args", "browser_type_launch_args", "playwright"]  # fixtures

WIDTHS = (390, 560, 561, 720, 860, 861, 1000, 1001, 1120, 1240, 1600)


@pytest.fixture(scope="module")
def report(demo: tuple[Path, DemoTruth], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(analyze(demo[0], None, [], None)), encoding="utf-8")
    return path


def test_map_says_which_lap_it_draws(page: Page, report: Path) -> None:
    page.goto(report.as_uri())
    laps = page.locator("#lap option").all_inner_texts()
    assert page.locator(".map").inner_text().startswith(f"Lap {laps[0]}, the table: mean of 6 laps")
    page.locator("#lap").select_option(laps[2])
    assert page.locator(".map").inner_text().startswith(f"Lap {laps[2]}, ")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_details_take_no_room_from_the_table(page: Page, report: Path, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type in {"error", "warning"} else None)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(report.as_uri())
        check_opened_details(page, f"{width} px")
    assert faults == []

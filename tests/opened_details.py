"""A page on which corners tell more when they are opened: the report, and a lap on the site."""

from __future__ import annotations

from playwright.sync_api import Page

TOO_WIDE = """[document.documentElement, ...document.querySelectorAll('.panel')].filter(one => one.scrollWidth > one.clientWidth)
    .map(one => one.innerText.slice(0, 40))"""
BARS = "[...document.querySelectorAll('.bar')].map(bar => bar.getBoundingClientRect().width)"
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"


def check_opened_details(page: Page, where: str) -> None:
    """Open every corner's details: nothing sticks out, no bar shrinks, and what is told stands below its corner."""
    closed = page.evaluate(BARS)
    page.evaluate(OPEN_ALL)
    assert page.evaluate(TOO_WIDE) == [], where
    assert page.evaluate(BARS) == closed, where
    assert page.locator("[data-corner] + .more dl").first.is_visible()

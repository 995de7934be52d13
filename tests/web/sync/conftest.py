"""A service on a real port, with its worker, and people with browsers and overlays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.web.conftest import CHEAP_HASHES
from tests.web.laps.drivers import register
from tests.web.laps.live import serving
from tests.web.ports import free_port
from web.accounts.browsers import cookie_name
from web.consent.texts import Kind, current
from web.database import Database
from web.settings import Settings

PATIENCE_S = 120.0


@dataclass(frozen=True)
class Site:
    """A running service and a browser of each of two drivers: Ann shares her laps, Ben does not."""

    origin: str
    settings: Settings
    ann: httpx.Client
    ben: httpx.Client

    def share(self, driver: httpx.Client, *, given: bool) -> None:
        """Turn a driver's switch in the site."""
        answer = driver.put("/api/v1/consent", json={"share_telemetry": given, "version": current(Kind.TELEMETRY).version})
        assert answer.status_code == 200, answer.text

    def confirm(self, driver: httpx.Client, user_code: str, decision: str = "allow") -> None:
        """Through the page, as a driver does."""
        page = driver.get("/device", params={"code": user_code})
        assert page.status_code == 200
        assert "Racing Coach overlay on" in page.text
        answer = driver.post("/device", data={"code": user_code, "decision": decision})
        assert answer.status_code == 200, answer.text

    def laps(self, driver: httpx.Client, at_least: int = 0) -> list[dict[str, Any]]:
        """A driver's laps once there are so many, newest first."""
        return wait_for(lambda: laps if len(laps := driver.get("/api/v1/laps?limit=200").json()["laps"]) >= at_least else None)


def wait_for(look: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """What `look` finds, as soon as it is not None."""
    until = time.monotonic() + patience_s
    while (found := look()) is None:
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)
    return found


@pytest.fixture
def site(postgres: str, tmp_path: Path) -> Iterator[Site]:
    port = free_port()
    settings = Settings(data=tmp_path / "site", port=port, secret="a-key-for-tests-only-0123456789-ABCDEFGHIJ", worker=True, **CHEAP_HASHES)
    cookies: list[str] = []

    async def prepare(app: Starlette, database: Database) -> None:
        cookies.extend([(await register(database, "Ann", shares=True))[1], (await register(database, "Ben"))[1]])

    with serving(postgres, settings, prepare):
        headers = {"Accept": "text/html", "Origin": settings.origin, "Sec-Fetch-Site": "same-origin"}
        browsers = [
            httpx.Client(base_url=settings.origin, headers=headers, cookies={cookie_name(settings): cookie}, timeout=60.0)
            for cookie in cookies
        ]
        yield Site(settings.origin, settings, *browsers)
        for one in browsers:
            one.close()

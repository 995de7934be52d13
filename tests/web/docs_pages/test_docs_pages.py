"""The documentation as pages: every file, every link, nothing outside."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from web.docs_pages import book
from web.errors import NotFound
from web.http.openapi import api_routes

DOCS = Path(__file__).parents[3] / "docs"


async def test_every_page_and_every_link_between_pages_is_there(client: httpx.AsyncClient) -> None:
    names = [str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.rglob("*.md")]
    broken = []
    html = {name: (await client.get(f"/docs/{name}")).text for name in names}
    for name in names:
        article = html[name].split('<article class="prose">')[1]
        for target in re.findall(r'(?:href|src)="(/docs/[^"]+)"', article):
            path, _, anchor = target.partition("#")
            inside = path.removeprefix("/docs/")
            there = inside in html or inside == "api" or (await client.get(path)).status_code == 200
            if not there or (anchor and f'id="{anchor}"' not in html.get(inside, "")):
                broken.append(f"{name}: {target}")
    assert len(names) > 20
    assert not broken


async def test_front_door_leads_to_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs", follow_redirects=True)
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


@pytest.mark.parametrize("name", ["../pyproject", "decisions/../../README", "/etc/passwd", "nothing", "a\x00b"])
def test_nothing_outside_the_documentation_is_shown(name: str) -> None:
    with pytest.raises(NotFound):
        book.page(name)
    with pytest.raises(NotFound):
        book.picture(f"{name}.png")


def test_markdown_lets_no_html_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.md").write_text("# Bad\n\n<script>alert(1)</script> [x](javascript:alert(1))\n")
    monkeypatch.setattr(book, "folder", lambda: tmp_path)
    html = book.page.__wrapped__("bad").html
    assert "<script>" not in html
    assert 'href="javascript:' not in html


async def test_every_route_of_the_api_is_described(app: Starlette) -> None:
    assert not [route.path for route in api_routes(app.routes) if not hasattr(route.endpoint, "operation")]


async def test_api_is_described_for_people_and_programs(client: httpx.AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    page = (await client.get("/docs/api")).text
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/openapi.json" in document["paths"]
    assert "/api/v1/openapi.json" in page

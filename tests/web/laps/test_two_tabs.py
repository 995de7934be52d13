"""The same person in two tabs: what one tab has done is said in the other, nothing is done twice, nothing that was typed is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
from starlette.applications import Starlette

from tests.web.laps.conftest import Filed
from tests.web.people import PASSWORD, make_user, sign_in
from web.database import Database


async def test_a_form_of_a_tab_that_was_signed_out_in_the_other_changes_nothing_and_says_so(
    app: Starlette, client: httpx.AsyncClient, database: Database
) -> None:
    await sign_in(app, client, await make_user(database))
    assert (await client.get("/account/name")).status_code == 200  # this tab shows the form
    cookies = httpx.Cookies(client.cookies)
    assert (await client.post("/sign-out")).status_code == 303  # the other one signs out
    client.cookies = cookies
    answer = await client.post("/account/name", data={"name": "Another name"})
    assert answer.status_code == 401
    assert "what you typed is still in the other tab" in answer.text
    client.cookies.clear()
    entered = await client.post("/sign-in", data={"email": "ann@example.org", "password": PASSWORD})
    assert entered.status_code == 303
    assert "Another name" not in (await client.get("/account")).text


async def test_a_lap_deleted_in_one_tab_is_gone_in_the_other(filed: Filed) -> None:
    lap = filed.slowest["id"]
    page = await filed.client.get(f"/laps/{lap}")
    assert page.status_code == 200
    assert (await filed.client.post(f"/laps/{lap}/delete")).status_code == 303
    for again in (
        filed.client.post(f"/laps/{lap}/delete"),
        filed.client.post(f"/laps/{lap}/share", data={"visibility": "link"}),
        filed.client.post(f"/laps/{lap}/reference", data={"name": "x", "visibility": "private", "licence": "personal"}),
    ):
        answer = await again
        assert answer.status_code == 404
        assert "There is no such lap" in answer.text
    assert len((await filed.client.get("/api/v1/laps")).json()["laps"]) == 6


async def test_two_tabs_that_delete_and_send_at_the_same_moment_do_it_once(filed: Filed, session_file: Path) -> None:
    lap = filed.slowest["id"]
    answers = await asyncio.gather(*(filed.client.post(f"/laps/{lap}/delete") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404]
    content = session_file.read_bytes()
    sent = await asyncio.gather(*(filed.client.post("/api/v1/laps?name=again.ibt", content=content + b"\0") for _ in range(3)))
    assert {answer.status_code for answer in sent} <= {200, 202}
    assert len({answer.json()["id"] for answer in sent}) == 1

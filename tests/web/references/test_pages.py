from __future__ import annotations

import re

import pytest

from tests.web.references.conftest import Two


async def combination_of(client) -> str:
    return re.findall(r"/references/of/([0-9a-f-]{36})", (await client.get("/references")).text)[0]


async def share(two: Two, **more: str) -> None:
    form = {"name": "<b>Ann's</b>", "visibility": "public", "licence": "CC-BY-4.0", **more}
    assert (await two.ann.post(f"/laps/{two.best['id']}/reference", data=form)).status_code == 303


async def test_the_form_knows_the_lap_and_its_mark(two: Two) -> None:
    page = (await two.ann.get(f"/laps/{two.best['id']}/reference")).text
    assert "Mark as reference" in page
    await share(two)
    page = (await two.ann.get(f"/laps/{two.best['id']}/reference")).text
    assert "Change this reference" in page
    assert "&lt;b&gt;Ann&#39;s&lt;/b&gt;" in page
    assert "<b>Ann" not in page


async def test_a_public_reference_without_a_licence_is_explained_in_the_form(two: Two) -> None:
    form = {"name": "Best", "visibility": "public", "licence": "personal"}
    answer = await two.ann.post(f"/laps/{two.best['id']}/reference", data=form)
    assert answer.status_code == 422
    assert "A public reference needs a licence." in answer.text
    assert 'value="Best"' in answer.text


async def test_marking_can_choose_at_once(two: Two) -> None:
    await share(two, choose="true")
    page = (await two.ann.get(f"/references/of/{await combination_of(two.ann)}")).text
    assert "You have chosen this lap." in page
    assert "in use" in page


async def test_another_drivers_lap_is_matched_chosen_and_let_go(two: Two) -> None:
    await share(two)
    path = f"/references/of/{await combination_of(two.ben)}"
    page = (await two.ben.get(path)).text
    assert "faster than your best" in page
    assert "Your fastest clean lap." in page
    assert (await two.ben.post(f"{path}/choose", data={"lap_id": two.best["id"]})).status_code == 303
    assert "You have chosen this lap." in (await two.ben.get(path)).text
    assert "chosen</span>" in (await two.ben.get("/references")).text
    await two.ben.post(f"{path}/choose", data={"lap_id": ""})
    assert "Your fastest clean lap." in (await two.ben.get(path)).text


async def test_unmarking(two: Two) -> None:
    await share(two)
    found = re.findall(r"/references/([0-9a-f-]{36})/unmark", (await two.ann.get(f"/laps/{two.best['id']}/reference")).text)
    assert (await two.ben.post(f"/references/{found[0]}/unmark")).status_code == 404
    assert (await two.ann.post(f"/references/{found[0]}/unmark")).status_code == 303
    assert "shared a lap" in (await two.ben.get(f"/references/of/{await combination_of(two.ben)}")).text


@pytest.mark.parametrize("path", ["/laps/{}/reference", "/references/of/{}"])
async def test_other_peoples_pages_are_not_there(two: Two, path: str) -> None:
    await share(two)
    await combination_of(two.ann)
    for id_ in (two.best["id"], two.best["combination_id"], "x"):
        assert (await two.ben.get(path.format(id_))).status_code == 404


async def test_what_is_kept_about_references_can_be_taken_away(two: Two) -> None:
    import json

    from web.references.personal_data import ReferenceData

    await share(two, choose="true")
    async with two.app.state.database.transaction() as session:
        from sqlalchemy import text

        owner = await session.scalar(text("SELECT user_id FROM reference_laps"))
        files = [file async for file in ReferenceData().files(session, owner)]
    document = json.loads(files[0].content)
    assert document["marked"][0]["name"] == "<b>Ann's</b>"
    assert document["chosen"][0]["lap_id"] == two.best["id"]

from __future__ import annotations

import pytest

from coach.telemetry.lap_file import read_lap_head
from tests.web.references.conftest import Two, missing


async def mark(two: Two, visibility: str = "public", licence: str = "CC-BY-4.0", lap: int = 0) -> dict:
    answer = await two.ann.post(
        "/api/v1/references", json={"lap_id": two.laps[lap]["id"], "name": "Ann's best", "licence": licence, "visibility": visibility}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def subject(offer: dict) -> dict[str, str]:
    return {
        name: str(offer[name]).lower() if name == "simulated" else offer[name]
        for name in ("simulator", "car", "track", "config", "simulated")
    }


class TestMark:
    async def test_a_marked_lap_says_what_it_is(self, two: Two) -> None:
        made = await mark(two)
        assert (made["name"], made["licence"], made["visibility"], made["mine"], made["simulated"]) == (
            "Ann's best",
            "CC-BY-4.0",
            "public",
            True,
            True,
        )
        assert made["licence_url"] == "https://creativecommons.org/licenses/by/4.0/"

    async def test_marking_twice_changes_the_mark(self, two: Two) -> None:
        first, second = await mark(two), await mark(two, "private", "personal")
        assert first["reference_id"] == second["reference_id"]
        assert second["licence"] == "personal"

    async def test_public_needs_a_licence(self, two: Two) -> None:
        answer = await two.ann.post(
            "/api/v1/references", json={"lap_id": two.best["id"], "name": "x", "licence": "personal", "visibility": "public"}
        )
        assert answer.status_code == 422
        assert "licence" in answer.text

    async def test_nobody_marks_somebody_elses_lap(self, two: Two) -> None:
        await mark(two)  # which Ben sees
        answer = await two.ben.post("/api/v1/references", json={"lap_id": two.best["id"], "name": "mine now"})
        assert answer.status_code == 404

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"lap_id": "x", "name": "y"}', b'{"name": "\\u0000"}'])
    async def test_what_is_no_mark_is_refused(self, two: Two, body: bytes) -> None:
        assert (await two.ann.post("/api/v1/references", content=body)).status_code == 422

    async def test_unmarking_closes_the_lap(self, two: Two) -> None:
        made = await mark(two)
        assert (await two.ben.delete(f"/api/v1/references/{made['reference_id']}")).status_code == 404
        assert (await two.ann.delete(f"/api/v1/references/{made['reference_id']}")).status_code == 204
        assert (await two.ben.get(f"/api/v1/laps/{two.best['id']}")).status_code == 404
        assert (await two.ann.get(f"/api/v1/references/{made['reference_id']}")).status_code == 404

    async def test_only_the_owner_changes_it(self, two: Two) -> None:
        made = await mark(two)
        path = f"/api/v1/references/{made['reference_id']}"
        assert (await two.ben.patch(path, json={"name": "Ben's"})).status_code == 404
        changed = (await two.ann.patch(path, json={"name": "Better name"})).json()
        assert (changed["name"], changed["licence"]) == ("Better name", "CC-BY-4.0")


class TestVisibility:
    async def test_private_is_for_the_owner(self, two: Two) -> None:
        made = await mark(two, "private")
        assert (await two.ben.get(f"/api/v1/references/{made['reference_id']}")).status_code == 404
        assert (await two.ben.get(made["file"])).status_code == 404
        assert (await two.ben.get("/api/v1/references")).json()["references"] == []

    async def test_link_is_in_no_list_and_opens_with_its_id(self, two: Two) -> None:
        made = await mark(two, "link")
        assert (await two.ben.get("/api/v1/references")).json()["references"] == []
        assert (await two.ben.get(f"/api/v1/references/{made['reference_id']}")).json()["driver"] == "Ann"

    async def test_public_is_in_everybodys_list(self, two: Two) -> None:
        await mark(two)
        assert [one["mine"] for one in (await two.ben.get("/api/v1/references")).json()["references"]] == [False]


class TestFile:
    async def test_the_file_carries_its_licence_and_no_name(self, two: Two, tmp_path) -> None:
        made = await mark(two)
        answer = await two.ben.get(made["file"])
        assert answer.headers["Content-Disposition"].startswith("attachment")
        path = tmp_path / "lap.parquet"
        path.write_bytes(answer.content)
        head = read_lap_head(path)
        assert (head.provenance.licence, head.provenance.visibility, head.provenance.driver) == ("CC-BY-4.0", "public", "")
        assert head.session.simulated
        assert head.lap.number == two.best["number"]

    async def test_an_unchanged_file_is_not_sent_again(self, two: Two) -> None:
        made = await mark(two)
        tag = (await two.ben.get(made["file"])).headers["ETag"]
        assert (await two.ben.get(made["file"], headers={"If-None-Match": tag})).status_code == 304
        await two.ann.patch(f"/api/v1/references/{made['reference_id']}", json={"licence": "CC0-1.0"})
        assert (await two.ben.get(made["file"], headers={"If-None-Match": tag})).status_code == 200


class TestChoose:
    async def test_the_default_is_the_fastest_clean_own_lap(self, two: Two) -> None:
        where = subject(await mark(two, "private"))
        chosen = (await two.ben.get("/api/v1/references/chosen", params=where)).json()["chosen"][0]
        assert chosen["rule"] == "default"
        assert chosen["reference"]["mine"]
        assert (await two.ann.get("/api/v1/references/chosen", params=where)).json()["chosen"][0]["reference"]["lap_id"] == two.best["id"]

    async def test_a_chosen_lap_counts_until_it_is_closed(self, two: Two) -> None:
        made = await mark(two)
        where = subject(made)
        assert (await two.ben.put("/api/v1/references/chosen", json={"lap_id": made["lap_id"]})).json()["rule"] == "chosen"
        chosen = (await two.ben.get("/api/v1/references/chosen", params=where)).json()["chosen"][0]
        assert (chosen["rule"], chosen["reference"]["name"]) == ("chosen", "Ann's best")
        assert [one["reference"]["lap_id"] for one in (await two.ben.get("/api/v1/references/chosen")).json()["chosen"]] == [made["lap_id"]]
        await two.ann.patch(f"/api/v1/references/{made['reference_id']}", json={"visibility": "private"})
        chosen = (await two.ben.get("/api/v1/references/chosen", params=where)).json()["chosen"][0]
        assert chosen["rule"] == "default"
        assert "no more" in chosen["says"]

    async def test_the_default_can_be_taken_back(self, two: Two) -> None:
        made = await mark(two)
        await two.ben.put("/api/v1/references/chosen", json={"lap_id": made["lap_id"]})
        assert (await two.ben.delete("/api/v1/references/chosen", params=subject(made))).status_code == 204
        assert (await two.ben.get("/api/v1/references/chosen")).json()["chosen"] == []

    async def test_what_one_may_not_see_cannot_be_chosen(self, two: Two) -> None:
        assert (await two.ben.put("/api/v1/references/chosen", json={"lap_id": two.best["id"]})).status_code == 404
        assert (await two.ben.put("/api/v1/references/chosen", json={"lap_id": missing()})).status_code == 404

    async def test_asking_again_costs_nothing(self, two: Two) -> None:
        tag = (await two.ben.get("/api/v1/references/chosen")).headers["ETag"]
        assert (await two.ben.get("/api/v1/references/chosen", headers={"If-None-Match": tag})).status_code == 304


class TestClosest:
    async def test_others_laps_are_matched_and_explained_own_ones_come_last(self, two: Two) -> None:
        made = await mark(two)
        own = (await two.ben.get("/api/v1/laps")).json()["laps"][0]
        await two.ben.post("/api/v1/references", json={"lap_id": own["id"], "name": "Ben's", "licence": "CC0-1.0", "visibility": "public"})
        found = (await two.ben.get("/api/v1/references", params=subject(made))).json()["references"]
        assert [one["mine"] for one in found] == [False, True]
        factors = found[0]["match"]["factors"]
        assert [one["name"] for one in factors] == ["pace", "track temperature", "wetness", "fuel"]
        assert "faster than your best" in factors[0]["says"]
        assert found[1]["match"] is None

    async def test_conditions_that_are_said_count_instead_of_those_of_the_last_lap(self, two: Two) -> None:
        made = await mark(two)
        said = {**subject(made), "track_temp_c": "90"}
        cold = (await two.ben.get("/api/v1/references", params=subject(made))).json()["references"][0]["match"]["score"]
        hot = (await two.ben.get("/api/v1/references", params=said)).json()["references"][0]["match"]["score"]
        assert hot < cold

    async def test_another_track_has_no_match(self, two: Two) -> None:
        made = await mark(two)
        assert (await two.ben.get("/api/v1/references", params={**subject(made), "track": "elsewhere"})).json()["references"] == []


async def test_a_stranger_sees_nothing(two: Two) -> None:
    made = await mark(two)
    two.ben.cookies.clear()
    for path in ("/api/v1/references", "/api/v1/references/chosen", f"/api/v1/references/{made['reference_id']}", made["file"]):
        assert (await two.ben.get(path)).status_code == 401

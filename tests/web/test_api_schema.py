"""The API does what its own description says, whatever is sent: schemathesis makes requests from it, sensible ones and others.

A small fixed set in the normal run, a large one under the marker `slow`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from starlette.applications import Starlette

from coach.demo import DemoTruth
from tests.web.conftest import CHEAP_HASHES
from tests.web.laps.drivers import browser, register, run_jobs
from tests.web.laps.live import serving
from tests.web.people import allow_program
from tests.web.ports import free_port
from web.accounts import repository as accounts
from web.app import routes
from web.database import Database
from web.http.openapi import description
from web.laps.reading import read_file
from web.settings import Settings

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
OAUTH = {"/api/v1/auth/device", "/api/v1/auth/token", "/api/v1/auth/revoke"}  # they refuse as RFC 6749 (5.2) wants it, not with a problem
INSIDES = ("Traceback", "sqlalchemy", "asyncpg", "web/", "postgres", "uvicorn")  # what no answer may tell


@dataclass
class Api:
    """A running service, a program of a driver that may do everything, and things of theirs."""

    origin: str
    token: str = ""
    ids: tuple[str, ...] = ()


@contextmanager
def running(postgres: str, folder: Path, lap: bytes) -> Iterator[Api]:
    port = free_port()
    made = Settings(
        data=folder, port=port, public_url=f"http://127.0.0.1:{port}", secret="a-key-for-tests-only-0123456789-ABCDEFGHIJ", worker=False,
        requests_per_minute=10_000_000, log_level="error", **CHEAP_HASHES,
    )  # fmt: skip
    api = Api(made.origin)

    async def prepare(app: Starlette, database: Database) -> None:
        user_id, token = await register(database, shares=True)
        async with browser(app, token) as client:
            sent = (await client.post("/api/v1/laps?name=lap.parquet", content=lap)).json()
            await run_jobs(app.state.services, "laps.read")
            laps = (await client.get("/api/v1/laps")).json()["laps"]
        async with database.transaction() as session:
            user = await accounts.user_by_id(session, user_id)
        assert user is not None
        api.token = await allow_program(app, user)
        api.ids = (laps[0]["id"], sent["id"])

    with serving(postgres, made, prepare):
        yield api


def examine(api: Api, examples: int) -> int:
    """Ask every operation so many times, sensibly and otherwise; deleting comes last. How many answers were looked at."""
    schema = schemathesis.openapi.from_dict(description(routes(), api.origin))
    operations = sorted((found.ok() for found in schema.get_all_operations()), key=lambda one: one.method == "delete")
    assert len(operations) >= 12
    answered = 0
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(
                max_examples=examples, derandomize=True, deadline=None, database=None,
                suppress_health_check=list(HealthCheck), phases=[Phase.generate],
            )  # fmt: skip
            @given(case=operation.as_strategy(generation_mode=mode), real=st.sampled_from([*api.ids, ""]))
            def ask(case: schemathesis.Case, real: str) -> None:
                nonlocal answered
                if real and "id" in case.path_parameters:
                    case.path_parameters["id"] = real
                answer = case.call(base_url=api.origin, headers={"Authorization": f"Bearer {api.token}"})
                assert answer.status_code < 500, (case.as_curl_command(), answer.text)
                assert not [word for word in INSIDES if word.encode() in answer.content and answer.status_code >= 400], answer.text
                if case.path in OAUTH and answer.status_code in {400, 401} and "error" in answer.json():
                    assert answer.json().keys() <= {"error", "error_description"}
                else:
                    case.validate_response(answer, checks=CHECKS)
                answered += 1

            try:
                ask()
            except Unsatisfiable:  # it takes nothing that could be wrong
                assert mode is GenerationMode.NEGATIVE
    return answered


@pytest.fixture(scope="module")
def lap(demo: tuple[Path, DemoTruth]) -> bytes:
    return read_file(demo[0], "session.ibt").laps[0].content()


def test_answers_are_as_described(postgres: str, tmp_path: Path, lap: bytes) -> None:
    with running(postgres, tmp_path, lap) as api:
        assert examine(api, 8) > 100


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_answers_are_as_described_at_length(postgres: str, tmp_path: Path, lap: bytes) -> None:
    with running(postgres, tmp_path, lap) as api:
        assert examine(api, 200) > 4000

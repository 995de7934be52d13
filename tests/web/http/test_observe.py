"""Figures and log lines: enough to run the service by, nothing personal."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError

from tests.web.conftest import running
from tests.web.people import make_user
from web.app import create_app
from web.database import Database
from web.http.log import set_up_log
from web.settings import LogFormat, Settings

TOKEN = "pZ3vQ8xK1mW6tR9yB4nC7jH2dF5gL0sA"


async def test_metrics_are_for_whoever_has_the_token(settings: Settings, database_url: str) -> None:
    async with running(create_app(settings.model_copy(update={"metrics_token": SecretStr(TOKEN)}), database_url)) as client:
        await client.get("/nothing/personal/4711")
        await client.get("/")
        figures = await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        refused = [(await client.get("/metrics", headers=headers)).status_code for headers in ({}, {"Authorization": "Bearer wrong"})]
    assert 'racing_coach_requests_total{method="GET",route="/",status="200"} 1.0' in figures.text
    assert "4711" not in figures.text
    assert refused == [404, 404]


async def test_without_a_token_there_are_no_metrics(settings: Settings, database_url: str) -> None:
    async with running(create_app(settings, database_url)) as client:
        assert (await client.get("/metrics", headers={"Authorization": "Bearer "})).status_code == 404


@pytest.fixture
def lines(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """What is logged, as JSON."""
    before = logging.root.handlers[:], logging.root.level
    set_up_log(settings.model_copy(update={"log_format": LogFormat.JSON}))
    out = io.StringIO()
    logging.root.handlers[0].setStream(out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logging.root.handlers[:], logging.root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize("form", list(LogFormat))
def test_traceback_shows_no_values(settings: Settings, capsys: pytest.CaptureFixture[str], form: LogFormat, lines) -> None:
    set_up_log(settings.model_copy(update={"log_format": form}))

    def check(password: str) -> None:
        structlog.get_logger().info("checking")
        raise ValueError

    try:
        check("hunter" + "2")
    except ValueError:
        structlog.get_logger().exception("fault")
    written = capsys.readouterr().err
    assert "ValueError" in written
    assert "hunter2" not in written


@pytest.mark.parametrize("form", list(LogFormat))
async def test_a_database_error_names_nobody(
    settings: Settings, database: Database, capsys: pytest.CaptureFixture[str], form: LogFormat, lines
) -> None:
    set_up_log(settings.model_copy(update={"log_format": form}))
    await make_user(database)
    try:
        await make_user(database)
    except IntegrityError:
        structlog.get_logger().exception("fault")
    written = capsys.readouterr().err
    assert "uq_users_email" in written
    assert "ann@" not in written


async def test_log_line_has_the_pattern_and_the_number_and_nothing_personal(settings: Settings, database_url: str, lines) -> None:
    async with running(create_app(settings, database_url)) as client:
        answer = await client.get("/?email=ann@example.org", headers={"User-Agent": "Ann's computer", "Cookie": "session=abc"})
    line = next(line for line in lines() if line["event"] == "request")
    assert line["route"] == "/"
    assert line["request_id"] == answer.headers["x-request-id"]
    assert not any(word in json.dumps(lines()) for word in ("ann@", "Ann", "abc", "127.0.0.1"))


def test_what_nobody_should_read_is_covered(lines) -> None:
    structlog.get_logger().warning("tried", password="hunter2", user_email="ann@example.org", count=3)
    (line,) = lines()
    assert line["password"] == line["user_email"] == "[covered]"
    assert line["count"] == 3

"""Fixtures that several rooms share."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.demo import DemoTruth, write_demo_session


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="take what the tests see as right, and say what changed")


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are rewritten instead of compared."""
    return bool(request.config.getoption("--bless"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoTruth]:
    """The demonstration session as a file, and what is known about it."""
    path = tmp_path_factory.mktemp("demo") / "session.ibt"
    return path, write_demo_session(path)

"""Fixtures that several rooms share."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from coach.demo import DemoTruth, write_demo_session

os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # before anybody asks for one: nobody's own keyring is touched

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


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


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    """The one Qt application of this process, without a screen; from then on garbage is collected between tests (`overlay/garbage.py`)."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtWidgets import QApplication

    gc.disable()
    existing = QApplication.instance()
    return existing if isinstance(existing, QApplication) else QApplication([])


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    if not gc.isenabled():
        from overlay.garbage import collect_due

        collect_due()

"""What a user can call or read in output is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coach.cli.main import COMMANDS
from coach.compare.cause import Cause
from coach.laps.lap import Reason

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_documented(command: str) -> None:
    assert f"## `racing-coach {command}" in (DOCS / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("cause", list(Cause))
def test_cause_is_documented(cause: Cause) -> None:
    assert f"`{cause.value}`" in (DOCS / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("reason", list(Reason))
def test_reason_is_documented(reason: Reason) -> None:
    assert f"`{reason.value}`" in (DOCS / "cli.md").read_text(encoding="utf-8")


def test_decisions_are_numbered_and_complete() -> None:
    files = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in files] == list(range(1, len(files) + 1))
    for path in files:
        headings = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Alternatives", "Where it is enforced"], path.name

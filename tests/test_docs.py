"""What a user can call or read in output is documented; pages are found, name every room, and link to what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from coach.cli.main import COMMANDS
from coach.compare.cause import Cause
from coach.laps.lap import Reason

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")


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


def test_decisions_are_listed() -> None:
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", (DOCS / "decisions" / "README.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in sorted((DOCS / "decisions").glob("[0-9]*.md"))]


@pytest.mark.parametrize("package", ["coach", "overlay", "web"])
def test_every_room_is_on_the_map(package: str) -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.name + "/" for path in (ROOT / package).iterdir() if path.is_dir() and path.name != "__pycache__"}
    rooms |= {path.name for path in (ROOT / package).glob("*.py") if path.name != "__init__.py"}
    assert {room for room in rooms if f"`{room}`" not in page} == set()


def test_every_page_is_found_from_the_readme() -> None:
    linked = set(LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    assert {path.name for path in DOCS.glob("*.md")} - {Path(link).name for link in linked} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("https://", "/docs/")):  # /docs/: pages that only the service makes
            continue
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        if not target.exists() or (heading and heading not in headings(target)):
            lost.append(link)
    assert lost == []


def headings(page: Path) -> set[str]:
    """Anchors of a page's headings, as they are made where it is shown."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_changelog_has_each_heading_once_and_in_order() -> None:
    unreleased = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("## [Unreleased]")[1].split("\n## ")[0]
    headings = re.findall(r"^### (.+)$", unreleased, re.MULTILINE)
    assert headings == [kind for kind in ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security") if kind in headings]
    lines = [line[:60] for line in unreleased.splitlines() if line.startswith("- ")]
    assert [line for line in lines if lines.count(line) > 1] == []


def test_a_term_has_one_meaning() -> None:
    page = (DOCS / "vocabulary.md").read_text(encoding="utf-8")
    terms = [row.split("|")[1].strip() for row in page.splitlines() if row.startswith("| ")]
    assert [term for term in terms if terms.count(term) > 1] == []

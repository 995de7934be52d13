"""Imports go one way: overlay, web, ml -> coach; inside coach, from the shells towards the core."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOP = ("coach", "overlay", "web", "ml")
MAY_IMPORT = {"coach": set(), "overlay": {"coach", "ml.serving"}, "web": {"coach", "ml.serving"}, "ml": {"coach"}}

# Rooms of the engine, lowest first: a room may import itself and rooms before it.
ROOMS = [
    "errors",
    "version",
    "arrays",
    "files",
    "file_lock",
    "look",
    "telemetry",
    "laps",
    "track",
    "physics",
    "detect",
    "compare",
    "events",
    "wording",
    "cues",
    "live",
    "session",
    "replay",
    "sim",
    "exam",
    "demo",
    "report",
    "cli",
]
NEVER_IN_ENGINE = {
    "PySide6",
    "pyqtgraph",
    "starlette",
    "sqlalchemy",
    "asyncpg",
    "socket",
    "http",
    "urllib",
    "asyncio",
    "sounddevice",
    "random",
}


def imported(path: Path) -> set[str]:
    """Full names of what a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            pytest.fail(f"{path}: relative import; write the full name")
    return names


def files_of(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", TOP)
def test_top_packages_import_only_what_they_may(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of(package)
        for name in imported(path)
        if name.split(".")[0] in TOP
        and name.split(".")[0] != package
        and not any(name.startswith(allowed) for allowed in MAY_IMPORT[package])
    ]
    assert not wrong


def test_engine_knows_no_window_no_web_no_clock() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files_of("coach")
        for name in imported(path)
        if name.split(".")[0] in NEVER_IN_ENGINE
    ]
    assert not wrong


def test_rooms_of_the_engine_import_downwards() -> None:
    order = {room: rank for rank, room in enumerate(ROOMS)}
    wrong = []
    for path in files_of("coach"):
        parts = path.relative_to(ROOT / "coach").with_suffix("").parts
        room = parts[0]
        if room == "__init__":
            continue
        assert room in order, f"coach/{room} is no room yet: give it its place in ROOMS"
        for name in imported(path):
            target = name.split(".")
            if target[0] == "coach" and len(target) > 1 and order[target[1]] > order[room]:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong


@pytest.mark.parametrize("package", ["overlay", "web"])
def test_rooms_of_a_package_import_in_no_circle(package: str) -> None:
    """What is imported at the top of modules, for types only as well; the one exception: the services hold the mailer, whose jobs ask for the services."""
    uses: dict[str, set[str]] = {}
    for path in files_of(package):
        room = path.relative_to(ROOT / package).with_suffix("").parts[0]
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for_types = [node for part in body if isinstance(part, ast.If) for node in part.body]
        for node in (*body, *for_types):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module] if "." in node.module else [f"{node.module}.{alias.name}" for alias in node.names]
                targets = {name.split(".")[1] for name in names if name.split(".")[0] == package}
                uses.setdefault(room, set()).update(targets - {room})
    uses.get("services", set()).discard("mail")
    TopologicalSorter(uses).prepare()  # CycleError names the circle


@pytest.mark.parametrize("package", ["coach", "overlay", "web"])
def test_files_of_a_package_import_in_no_circle(package: str) -> None:
    """Imports that wait in a function count, too: they put off a circle, they do not break it."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files_of(package)}
    assert names
    uses = {name: {found for one in imported(path) if (found := _file_of(one, names)) and found != name} for name, path in names.items()}
    TopologicalSorter(uses).prepare()  # CycleError names the circle


def _file_of(imported_name: str, names: Mapping[str, Path]) -> str:
    """Which file an imported name comes from: a module, or something in one."""
    return next((name for name in (imported_name, imported_name.rpartition(".")[0]) if name in names), "")


def test_cause_methods_do_not_know_each_other() -> None:
    causes = ROOT / "coach" / "compare" / "causes"
    for mine, other in (("evidence", "impulse"), ("impulse", "evidence")):
        files = list(causes.glob(f"{mine}*.py"))
        assert files
        assert not [name for path in files for name in imported(path) if f"causes.{other}" in name]


def test_the_proving_ground_shares_no_physics_with_the_engine() -> None:
    """An exam means nothing when examiner and examined share their errors."""
    files = files_of("coach/sim")
    assert files
    assert not [f"{path.name} imports {name}" for path in files for name in imported(path) if name.startswith("coach.physics")]

"""An installed wheel has what a checkout has."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_that_is_no_code_is_packaged() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]["web"]
    packaged = {path for pattern in patterns for path in (ROOT / "web").glob(pattern)}
    files = {path for path in (ROOT / "web").rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc"}}
    assert files - packaged == set()
    assert len(files) > 10


def test_every_file_beside_the_packages_is_installed_at_the_same_place() -> None:
    installed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["data-files"]
    packaged = {path for place, patterns in installed.items() for pattern in patterns for path in ROOT.glob(pattern)}
    for folder in ("templates", "migrations", "docs"):
        files = {path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"}
        assert files - packaged == set()
    for place, patterns in installed.items():
        assert all(f"share/racing-coach/{Path(pattern).parent.as_posix()}" == place for pattern in patterns)


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "web").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []

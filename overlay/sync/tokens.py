"""Where the refresh token lies: in the system's keyring, or, where there is none, in a file that only its owner can read."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError

from coach.errors import CannotWrite
from coach.files import make_folder

ENTRY = "racing-coach"


class Tokens:
    """The refresh token of one service. `notice` says so where the keyring cannot be used. CannotWrite: it could not be kept."""

    def __init__(self, folder: Path, address: str, backend: KeyringBackend | None = None) -> None:
        self._address = address
        self.path = folder / f"service-token-{hashlib.sha256(address.encode()).hexdigest()[:12]}.json"
        self._backend = backend
        self.notice = ""

    def load(self) -> str | None:
        """The token; None: signed out."""
        found = self._from_keyring()
        if found is not None:
            return found
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        token = kept.get("refresh_token") if isinstance(kept, dict) else None
        return token if isinstance(token, str) and token else None

    def keep(self, token: str) -> None:
        """Keep it in place of an older one."""
        backend = self._usable()
        if backend is not None:
            try:
                backend.set_password(ENTRY, self._address, token)
            except Exception:  # noqa: BLE001 - backends raise what their system raises; the file is there for that
                self._cannot_use()
            else:
                self.path.unlink(missing_ok=True)
                return
        self._keep_in_file(token)

    def forget(self) -> None:
        """Sign out on this machine."""
        backend = self._usable()
        if backend is not None:
            with suppress(Exception):
                backend.delete_password(ENTRY, self._address)
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise CannotWrite(f"{self.path} could not be deleted: {error.strerror}.") from error

    def _from_keyring(self) -> str | None:
        backend = self._usable()
        if backend is None:
            return None
        try:
            return backend.get_password(ENTRY, self._address)
        except Exception:  # noqa: BLE001 - as above; a locked keyring is one
            self._cannot_use()
            return None

    def _usable(self) -> KeyringBackend | None:
        try:
            backend = self._backend or keyring.get_keyring()
            if backend.priority > 0:
                return backend
        except (KeyringError, RuntimeError):
            pass
        self._cannot_use()
        return None

    def _cannot_use(self) -> None:
        self.notice = f"This system has no keyring: the sign-in is kept in {self.path}, which only your account can read."

    def _keep_in_file(self, token: str) -> None:
        make_folder(self.path.parent)
        fresh = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}.part")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump({"service": self._address, "refresh_token": token}, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                fresh.unlink()
            raise CannotWrite(f"{self.path} could not be written: {error.strerror}.") from error

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from overlay.sync.tokens import Tokens

ADDRESS = "https://coach.example.org"


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if self.held.pop((service, username), None) is None:
            raise PasswordDeleteError("there is none")

    def _check(self) -> None:
        if self.locked:
            raise KeyringLocked("locked")


class NoRing(Ring):
    priority = 0


def test_the_keyring_keeps_it_and_no_file_does(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path, ADDRESS, Ring())
    tokens.keep("a secret")
    assert tokens.load() == "a secret"
    assert not tokens.notice
    assert list(tmp_path.iterdir()) == []
    tokens.forget()
    assert tokens.load() is None


def test_without_a_keyring_a_file_for_its_owner_only_and_a_notice(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path, ADDRESS, NoRing())
    tokens.keep("a secret")
    assert tokens.load() == "a secret"
    assert "no keyring" in tokens.notice
    if os.name == "posix":
        assert stat.S_IMODE(tokens.path.stat().st_mode) == 0o600
    tokens.forget()
    assert tokens.load() is None
    assert list(tmp_path.iterdir()) == []


def test_a_locked_keyring_falls_back_and_an_unlocked_one_takes_over(tmp_path: Path) -> None:
    ring = Ring()
    ring.locked = True
    tokens = Tokens(tmp_path, ADDRESS, ring)
    tokens.keep("one")
    assert tokens.load() == "one"
    ring.locked = False
    tokens.keep("two")
    assert tokens.load() == "two"
    assert not tokens.path.exists()


def test_services_do_not_share_tokens(tmp_path: Path) -> None:
    ring = Ring()
    Tokens(tmp_path, ADDRESS, ring).keep("one")
    assert Tokens(tmp_path, "https://other.example.org", ring).load() is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"refresh_token": 5}', b"\xff"])
def test_a_file_that_is_damaged_is_signed_out(tmp_path: Path, content: bytes) -> None:
    tokens = Tokens(tmp_path, ADDRESS, NoRing())
    tokens.path.write_bytes(content)
    assert tokens.load() is None

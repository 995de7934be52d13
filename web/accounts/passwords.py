"""Passwords: hashed with Argon2id, checked in the same time whether or not there is an account.

bcrypt hashes of an older site are accepted and replaced at the next sign-in. Hashing is slow on purpose, so it runs in threads,
few at a time: a burst of sign-ins may wait, it must not take all cores or memory from the pages.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

SHORTEST = 10  # characters; NIST SP 800-63B asks for at least 8, and for no rules of composition
LONGEST = 200  # characters; hashing a megabyte would be a way to keep the service busy
BCRYPT_BYTES = 72  # bcrypt reads no further and the library refuses more
FEWEST_DIFFERENT = 5
COMMON = frozenset(
    [
        "1234567890",
        "0123456789",
        "0987654321",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "qwertyuiop",
        "qwerty12345",
        "qwerty1234",
        "password12",
        "password123",
        "password1234",
        "passw0rd123",
        "iloveyou12",
        "letmein123",
        "welcome123",
        "administrator",
        "racingcoach",
        "racing-coach",
        "iracing123",
        "changeme123",
        "abcdefghij",
    ]
)


@dataclass(frozen=True, slots=True)
class HashingCost:
    """Argon2id's parameters. The defaults are RFC 9106's second recommendation (64 MiB, 3 passes, 4 lanes)."""

    time_cost: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


class Passwords:
    """Hashes and checks; one per process, because the semaphore is what keeps the burst small."""

    def __init__(self, cost: HashingCost, *, at_once: int = 2) -> None:
        self._argon2 = Argon2Hasher(time_cost=cost.time_cost, memory_cost=cost.memory_kib, parallelism=cost.lanes)
        self._hasher = PasswordHash((self._argon2, BcryptHasher()))
        self._turn = asyncio.Semaphore(at_once)

    @cached_property
    def _nobodys(self) -> str:
        """Hash of a password nobody has: checked in place of one that is not there, so that both answers take as long."""
        return self._argon2.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The hash to store."""
        async with self._turn:
            return await asyncio.to_thread(self._argon2.hash, normal_form(password))

    async def check(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether it is the password, and a new hash to store where the old one is out of date. `stored` None: never, but as slowly."""
        async with self._turn:
            return await asyncio.to_thread(self._check, normal_form(password), stored)

    async def check_found(self, password: str, find: Callable[[], Awaitable[str | None]]) -> tuple[bool, str | None]:
        """The same for a hash that is looked up when it is this one's turn: who waits in a burst holds no connection to the database."""
        async with self._turn:
            return await asyncio.to_thread(self._check, normal_form(password), await find())

    def _check(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        # A bcrypt hash takes another time than Argon2id; that shows at most which accounts have not been used since they were moved here.
        known = stored if stored is not None and len(password) <= LONGEST else self._nobodys
        if known.startswith("$2") and len(password.encode()) > BCRYPT_BYTES:
            known = self._nobodys
        try:
            right, renewed = self._hasher.verify_and_update(password, known)
        except UnknownHashError:
            return False, None
        return right and known is stored, renewed if right else None


def normal_form(password: str) -> str:
    """The same letters typed on another keyboard are the same password (NFKC, as NIST SP 800-63B asks)."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, email: str) -> str | None:
    """Why this password will not do, in words for its owner; None when it will."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters: a few words in a row are easy to keep in mind."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    lowered = password.casefold()
    local_part = email.casefold().partition("@")[0]
    if lowered in COMMON or len(set(lowered)) < FEWEST_DIFFERENT:
        return "This password is among the first that are tried. Use one that nobody else has."
    if lowered == email.casefold() or (len(local_part) >= FEWEST_DIFFERENT and local_part in lowered):
        return "Leave your e-mail address out of your password."
    return None

"""The short code that a driver reads off the overlay and types into the browser (RFC 8628, 6.1)."""

from __future__ import annotations

import secrets

# Consonants only: no words, no digit that looks like a letter. 20^8 codes = 34 bits, with few tries a minute and ten minutes' life.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8


def new_user_code() -> str:
    """Eight letters without the dash."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """As it is read: two groups of four."""
    return f"{code[:4]}-{code[4:]}"


def typed(text: str) -> str | None:
    """The code in what somebody typed, in any case, with or without dash and blanks; None where it cannot be one."""
    code = "".join(letter for letter in text.upper() if letter.isalnum())
    return code if len(code) == LENGTH and all(letter in ALPHABET for letter in code) else None

"""Opaque tokens: the holder has the token, the database only its hash, so that a copy of the database signs nobody in."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, fit for a URL, a cookie or a header."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """What is stored. A plain hash is enough: the token is random, there is nothing to guess (unlike a password)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

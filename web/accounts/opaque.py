"""Opaque tokens: the holder has the token, the database only its hash, so that a copy of the database signs nobody in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets


def new_token() -> str:
    """256 random bits, fit for a URL, a cookie or a header."""
    return secrets.token_urlsafe(32)


def successor(key: bytes, token: str) -> str:
    """The token that follows this one. Asked twice it is the same: an answer that got lost can be given again, though only hashes are kept."""
    return base64.urlsafe_b64encode(hmac.digest(key, token.encode("utf-8", "surrogatepass"), "sha256")).rstrip(b"=").decode()


def hash_token(token: str) -> bytes:
    """What is stored. A plain hash is enough: the token is random, there is nothing to guess (unlike a password)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

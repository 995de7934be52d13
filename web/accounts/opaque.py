"""Opaque tokens: the holder has the token, the database only its hash, so that a copy of the database signs nobody in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from uuid import UUID


def new_token() -> str:
    """256 random bits, fit for a URL, a cookie or a header."""
    return secrets.token_urlsafe(32)


def successor(key: bytes, token: str) -> str:
    """The token that follows this one. Asked twice it is the same: an answer that got lost can be given again, though only hashes are kept."""
    return _text(hmac.digest(key, token.encode("utf-8", "surrogatepass"), "sha256"))


def lineage(key: bytes, row: UUID) -> str:
    """What all tokens of this row begin with: its id, and proof that we wrote it. So one that was replaced long ago is known again."""
    return f"{row.hex}{_text(hmac.digest(key, row.bytes, 'sha256')[:16])}."


def row_of(key: bytes, token: str) -> UUID | None:
    """The row that a token of ours belongs to or belonged to; None for what we never wrote."""
    try:
        row = UUID(token[:32])
    except ValueError:
        return None
    begin = lineage(key, row)
    return row if hmac.compare_digest(token[: len(begin)].encode("utf-8", "surrogatepass"), begin.encode()) else None


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_token(token: str) -> bytes:
    """What is stored. A plain hash is enough: the token is random, there is nothing to guess (unlike a password)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()

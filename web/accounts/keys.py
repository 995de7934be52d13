"""One secret in the settings, one key per purpose: a key that leaks from one use opens no other."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for `purpose` out of the service's secret (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"racing-coach {purpose}".encode()).derive(secret.encode())


def cipher(secret: str, purpose: str) -> Fernet:
    """Authenticated encryption for what must be read again, so that a stolen backup alone is no use."""
    return Fernet(base64.urlsafe_b64encode(derive_key(secret, purpose)))

"""The second factor: six digits from an authenticator (TOTP, RFC 6238), and recovery codes for when the telephone is gone."""

from __future__ import annotations

import io
import secrets
from datetime import datetime

import pyotp
import segno

STEP_S = 30
WINDOW = 1  # steps to each side: a telephone's clock may be half a minute off (RFC 6238, 5.2)
RECOVERY_CODES = 10
# Letters and digits that are not mistaken for each other when copied by hand.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_secret() -> str:
    """A secret for an authenticator, in base 32."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, email: str, issuer: str) -> str:
    """What the QR code holds; authenticators show issuer and e-mail beside the digits."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def qr_svg(content: str) -> str:
    """The QR code as an SVG element to stand in a page: dark on white in both themes, because readers expect it."""
    out = io.BytesIO()
    segno.make(content, error="m").save(out, kind="svg", xmldecl=False, svgns=True, scale=5, border=4, dark="#000", light="#fff")
    return out.getvalue().decode()


def matching_step(secret: str, code: str, now: datetime, last_used_step: int | None) -> int | None:
    """The time step this code belongs to, or None. A step is good once: a code read over a shoulder is spent already."""
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    totp = pyotp.TOTP(secret, interval=STEP_S)
    current = int(now.timestamp()) // STEP_S
    found = None
    for step in range(current - WINDOW, current + WINDOW + 1):  # all are compared: the time taken says nothing
        if secrets.compare_digest(totp.generate_otp(step), digits):
            found = step
    return found if found is not None and (last_used_step is None or found > last_used_step) else None


def new_recovery_codes() -> list[str]:
    """Ten codes of 49 bits, each good once."""
    return ["-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)]


def recovery_form(code: str) -> str:
    """The code as it is stored and compared, however it was typed."""
    return "".join(letter for letter in code.lower() if letter in ALPHABET)

"""Access tokens of programs: short-lived JWTs that name a grant, which its owner can withdraw at any time.

The token only saves asking for a password; whether the grant still stands is looked up at every request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from web.accounts.keys import derive_key

LIFETIME = timedelta(minutes=10)
CLOCK_SKEW = timedelta(seconds=30)  # between two machines that both serve; nobody reads times off the driver's PC
AUDIENCE = "racing-coach-api"
TYPE = "at+jwt"  # RFC 9068: no other kind of JWT can be taken for one of these
ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid token says."""

    user_id: UUID
    grant_id: UUID
    scopes: frozenset[str]


class AccessTokens:
    """Issues and reads the tokens of one service, told apart by its public address."""

    def __init__(self, secret: str, issuer: str) -> None:
        self._key = OctKey.import_key(derive_key(secret, "access token"))
        self._issuer = issuer
        self._claims = jwt.JWTClaimsRegistry(
            leeway=int(CLOCK_SKEW.total_seconds()),
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            iat={"essential": True},
        )

    def issue(self, user_id: UUID, grant_id: UUID, scopes: Iterable[str], now: datetime | None = None) -> str:
        """A token for the next ten minutes."""
        issued = now or datetime.now(UTC)
        claims = {
            "iss": self._issuer,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "grant": str(grant_id),
            "scope": " ".join(sorted(scopes)),
            "iat": int(issued.timestamp()),
            "exp": int((issued + LIFETIME).timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM, "typ": TYPE}, claims, self._key, algorithms=[ALGORITHM])

    def read(self, token: str) -> AccessClaims | None:
        """What the token says; None for anything forged, expired, misshapen or meant for somebody else."""
        try:
            decoded = jwt.decode(token, self._key, algorithms=[ALGORITHM])
            if decoded.header.get("typ") != TYPE:
                return None
            self._claims.validate(decoded.claims)
            return AccessClaims(UUID(decoded.claims["sub"]), UUID(decoded.claims["grant"]), frozenset(str(decoded.claims["scope"]).split()))
        except (JoseError, KeyError, ValueError, TypeError, AttributeError):
            return None

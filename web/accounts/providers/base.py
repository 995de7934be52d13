"""What a sign-in provider does for us."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from authlib.deprecate import AuthlibDeprecationWarning

from web.errors import ServiceError

with warnings.catch_warnings():  # it wants httpx2 by and by; httpx is what the rest of this project uses
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

__all__ = ["AsyncOAuth2Client", "Challenge", "Person", "Provider", "ProviderFailed", "document"]

TIMEOUT_S = 10.0


class ProviderFailed(ServiceError):
    """The provider did not answer, or not as it should. Not our user's fault, and nothing of its words is shown."""

    status = 502
    slug = "provider-failed"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What ties the answer to this browser and this try: state (RFC 6749), nonce (OpenID Connect), code verifier (RFC 7636)."""

    redirect_uri: str
    state: str
    nonce: str
    code_verifier: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is at the provider. `email` only where the provider vouches that it is theirs."""

    subject: str
    name: str
    email: str | None


class Provider(Protocol):
    """One provider."""

    name: str
    title: str

    async def address(self, challenge: Challenge) -> str:
        """Where to send the browser."""
        ...

    async def identify(self, challenge: Challenge, code: str) -> Person:
        """Who came back with this code; ProviderFailed when that cannot be said."""
        ...


def document(response: httpx.Response) -> dict[str, Any]:
    """The JSON object that an address answers; httpx.HTTPError or ValueError for anything else."""
    content = response.raise_for_status().json()
    if not isinstance(content, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - the callers' one word for a document that cannot be used
    return content

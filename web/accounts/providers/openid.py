"""Any provider that speaks OpenID Connect: discovery, authorization code with PKCE, an ID token that is checked."""

from __future__ import annotations

from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from web.accounts.providers.base import TIMEOUT_S, AsyncOAuth2Client, Challenge, Person, ProviderFailed, document
from web.settings import OpenIdProvider

ALGORITHMS = ["RS256", "PS256", "ES256"]  # signatures only: with a shared key, or none, anybody could write tokens
CLOCK_SKEW_S = 60


class OpenId:
    """One provider, from the settings."""

    def __init__(self, configured: OpenIdProvider) -> None:
        self.name = configured.name
        self.title = configured.title
        self._configured = configured

    async def address(self, challenge: Challenge) -> str:
        """The provider's sign-in page."""
        async with self._client(challenge) as client:
            places = await self._discover(client)
            url, _state = client.create_authorization_url(
                places["authorization_endpoint"], state=challenge.state, nonce=challenge.nonce, code_verifier=challenge.code_verifier
            )
            return str(url)

    async def identify(self, challenge: Challenge, code: str) -> Person:
        """From the ID token; what is not in it is asked for."""
        try:
            async with self._client(challenge) as client:
                places = await self._discover(client)
                token = await client.fetch_token(places["token_endpoint"], code=code, code_verifier=challenge.code_verifier)
                keys = document(await client.request("GET", places["jwks_uri"], withhold_token=True))
                claims = self._checked(str(token["id_token"]), keys, challenge.nonce)
                if "email" not in claims and "userinfo_endpoint" in places:
                    more = document(await client.get(places["userinfo_endpoint"]))
                    if more.get("sub") == claims["sub"]:  # OpenID Connect Core 5.3.2
                        claims = {**more, **claims}
                return person_of(claims)
        except (httpx.HTTPError, AuthlibBaseError, JoseError, KeyError, ValueError) as error:
            raise ProviderFailed(f"{self.title} did not say who you are. Please try again.") from error

    def _client(self, challenge: Challenge) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self._configured.client_id,
            client_secret=self._configured.client_secret.get_secret_value(),
            scope="openid email profile",
            redirect_uri=challenge.redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
        )

    async def _discover(self, client: AsyncOAuth2Client) -> dict[str, Any]:
        try:
            where = f"{self._configured.issuer.rstrip('/')}/.well-known/openid-configuration"
            places = document(await client.request("GET", where, withhold_token=True))
            if places["issuer"] != self._configured.issuer:  # OpenID Connect Discovery 4.3
                raise ProviderFailed(f"{self.title} is not who it says it is. Please tell whoever runs this service.")
        except (httpx.HTTPError, KeyError, ValueError) as error:
            raise ProviderFailed(f"{self.title} does not answer. Please try again.") from error
        return places

    def _checked(self, id_token: str, keys: dict[str, Any], nonce: str) -> dict[str, Any]:
        decoded = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]  # a JSON document
        registry = jwt.JWTClaimsRegistry(
            leeway=CLOCK_SKEW_S,
            iss={"essential": True, "value": self._configured.issuer},
            aud={"essential": True, "value": self._configured.client_id},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
        )
        registry.validate(decoded.claims)
        return dict(decoded.claims)


def person_of(claims: dict[str, Any]) -> Person:
    """The standard claims (OpenID Connect Core 5.1) as a person."""
    email = claims.get("email") if claims.get("email_verified") is True else None
    name = claims.get("name") or claims.get("preferred_username") or ""
    return Person(str(claims["sub"]), str(name), str(email).lower() if email else None)

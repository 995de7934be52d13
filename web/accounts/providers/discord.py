"""Discord: OAuth 2 and a request for the user, https://discord.com/developers/docs/topics/oauth2."""

from __future__ import annotations

import httpx
from authlib.common.errors import AuthlibBaseError

from web.accounts.providers.base import TIMEOUT_S, AsyncOAuth2Client, Challenge, Person, ProviderFailed, document


class Discord:
    """Sign-in with Discord. `url` is Discord's, or a stand-in's in tests."""

    name = "discord"
    title = "Discord"

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._url = url.rstrip("/")
        self._id = client_id
        self._secret = client_secret

    async def address(self, challenge: Challenge) -> str:
        """Discord's page that asks."""
        async with self._client(challenge) as client:
            url, _state = client.create_authorization_url(
                f"{self._url}/oauth2/authorize", state=challenge.state, code_verifier=challenge.code_verifier
            )
            return str(url)

    async def identify(self, challenge: Challenge, code: str) -> Person:
        """Who came back."""
        try:
            async with self._client(challenge) as client:
                await client.fetch_token(f"{self._url}/api/oauth2/token", code=code, code_verifier=challenge.code_verifier)
                user = document(await client.get(f"{self._url}/api/users/@me"))
                email = user.get("email") if user.get("verified") is True else None
                return Person(str(user["id"]), str(user.get("global_name") or user["username"]), str(email).lower() if email else None)
        except (httpx.HTTPError, AuthlibBaseError, KeyError, ValueError) as error:
            raise ProviderFailed("Discord did not say who you are. Please try again.") from error

    def _client(self, challenge: Challenge) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self._id,
            client_secret=self._secret,
            scope="identify email",
            redirect_uri=challenge.redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
        )

"""What the accounts' services share in one process: settings and what is made from them."""

from __future__ import annotations

from dataclasses import dataclass

from web.accounts.access_tokens import AccessTokens
from web.accounts.keys import cipher, derive_key
from web.accounts.passwords import HashingCost, Passwords
from web.accounts.throttle import Throttle
from web.settings import Settings


@dataclass(frozen=True, slots=True)
class AccountsContext:
    """One per process, in `app.state.accounts`."""

    settings: Settings
    passwords: Passwords
    access_tokens: AccessTokens
    throttle: Throttle

    @classmethod
    def build(cls, settings: Settings) -> AccountsContext:
        """From the settings, once per process."""
        cost = HashingCost(settings.argon2_passes, settings.argon2_memory_kib, settings.argon2_lanes)
        tokens = AccessTokens(settings.secret.get_secret_value(), settings.origin)
        return cls(settings, Passwords(cost), tokens, Throttle())

    @property
    def refresh_key(self) -> bytes:
        """Makes the refresh token that follows another."""
        return derive_key(self.settings.secret.get_secret_value(), "refresh token")

    @property
    def lineage_key(self) -> bytes:
        """Shows that a refresh token is, or once was, one of a grant's."""
        return derive_key(self.settings.secret.get_secret_value(), "refresh token lineage")

    def seal(self, secret: str) -> bytes:
        """The authenticator's secret as it is stored."""
        return cipher(self.settings.secret.get_secret_value(), "second factor").encrypt(secret.encode())

    def unseal(self, sealed: bytes) -> str:
        """The authenticator's secret. InvalidToken when the service's secret has changed since."""
        return cipher(self.settings.secret.get_secret_value(), "second factor").decrypt(sealed).decode()

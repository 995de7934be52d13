"""Slows guessing down: so many tries per account and per address, counted whether or not the account exists.

Each process counts by itself in memory; what must hold over all processes, the lock of an account, is in the database.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from web.errors import TooMany
from web.http.network import customer


@dataclass(frozen=True, slots=True)
class Limits:
    """Tries per account and per address. An address may be a whole school behind one router."""

    name: str
    per_account: RateLimitItem
    per_address: RateLimitItem


class Deed(Enum):
    """What is throttled."""

    SIGN_IN = Limits("sign in", RateLimitItemPerMinute(10, 5), RateLimitItemPerMinute(50, 5))
    MAIL = Limits("mail", RateLimitItemPerHour(5), RateLimitItemPerHour(30))
    CODE = Limits("code", RateLimitItemPerMinute(10, 5), RateLimitItemPerMinute(50, 5))
    DEVICE = Limits("device", RateLimitItemPerHour(60), RateLimitItemPerHour(60))


class Throttle:
    """Counts deeds; one per process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def check(self, deed: Deed, address: str | None, account: str | None = None) -> None:
        """Count one try; TooMany with the time to wait when there were too many."""
        keys = [(deed.value.per_address, f"address {customer(address)}")] if address else []
        if account is not None:
            keys.append((deed.value.per_account, f"account {account}"))
        for limit, key in keys:
            if not await self._limiter.hit(limit, deed.value.name, key):
                window = await self._limiter.get_window_stats(limit, deed.value.name, key)
                wait_s = max(1, round(window.reset_time - time.time()))
                raise TooMany(f"Too many tries. Wait {_in_words(wait_s)} and try again.", wait_s)


def _in_words(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"

from __future__ import annotations

import pytest

from web.accounts.throttle import Deed, Throttle
from web.errors import TooMany


async def tries(throttle: Throttle, number: int, address: str, account: str | None = None) -> int:
    """How many of so many tries are let through."""
    passed = 0
    for _ in range(number):
        try:
            await throttle.check(Deed.SIGN_IN, address, account)
        except TooMany:
            break
        passed += 1
    return passed


async def test_an_account_is_guarded_over_all_addresses_and_an_address_over_all_accounts() -> None:
    throttle = Throttle()
    assert sum([await tries(throttle, 4, f"203.0.113.{number}", "ann@example.org") for number in range(5)]) == 10
    assert sum([await tries(throttle, 1, "198.51.100.7", f"driver{number}@example.org") for number in range(60)]) == 50


async def test_one_customer_has_one_ipv6_network_and_not_18_trillion_addresses() -> None:
    throttle = Throttle()
    assert sum([await tries(throttle, 1, f"2001:db8:1:2::{number:x}") for number in range(60)]) == 50
    assert await tries(throttle, 1, "2001:db8:1:3::1") == 1


async def test_one_deed_does_not_count_for_another_and_the_wait_is_said() -> None:
    throttle = Throttle()
    await tries(throttle, 11, "203.0.113.1", "ann@example.org")
    await throttle.check(Deed.CODE, "203.0.113.1", "ann@example.org")
    with pytest.raises(TooMany, match=r"Wait 5 minutes") as refused:
        await throttle.check(Deed.SIGN_IN, "203.0.113.1", "ann@example.org")
    assert 0 < int(refused.value.headers["Retry-After"]) <= 300

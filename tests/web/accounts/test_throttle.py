from __future__ import annotations

from pathlib import Path

import pytest

from web.accounts.signing_in import REST, TRIES
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


def test_the_limits_that_each_process_counts_for_itself_are_said_to_the_host() -> None:
    page = (Path(__file__).parents[3] / "docs" / "hosting.md").read_text(encoding="utf-8")
    table = page.partition("| per process |")[2]
    for deed, words in (
        (Deed.SIGN_IN, "| tries to sign in |"),
        (Deed.CODE, "| codes (second factor, links, a program's code) |"),
        (Deed.MAIL, "| mails asked for |"),
        (Deed.DEVICE, "| programs that ask to be let in |"),
    ):
        row = table.partition(words)[2].partition("\n")[0]
        limits = [deed.value.per_address] if deed is Deed.DEVICE else [deed.value.per_account, deed.value.per_address]
        figures = [cell.strip() for cell in row.strip(" |").split("|")]
        assert figures == [
            f"{limit.amount} an hour" if limit.get_expiry() == 3600 else f"{limit.amount} in {limit.get_expiry() // 60} minutes"
            for limit in limits
        ]
    assert {deed.name for deed in Deed} == {"SIGN_IN", "CODE", "MAIL", "DEVICE"}
    assert f"after {TRIES} wrong passwords or codes in a row it rests for {REST.seconds // 60} minutes" in page

from __future__ import annotations

import asyncio

import pytest
from pwdlib.hashers.bcrypt import BcryptHasher

from web.accounts.passwords import HashingCost, Passwords, weakness

CHEAP = HashingCost(time_cost=1, memory_kib=64, lanes=1)


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(CHEAP)


def test_the_right_password_is_right_and_another_is_not(passwords: Passwords) -> None:
    stored = asyncio.run(passwords.hash("brake later into three"))
    assert stored.startswith("$argon2id$")
    assert asyncio.run(passwords.check("brake later into three", stored)) == (True, None)
    assert asyncio.run(passwords.check("brake later into four", stored)) == (False, None)


def test_without_an_account_nothing_is_right_but_a_hash_is_still_worked_out(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    verify = passwords._hasher.verify_and_update
    monkeypatch.setattr(passwords._hasher, "verify_and_update", lambda password, stored: checked.append(stored) or verify(password, stored))
    assert asyncio.run(passwords.check("brake later into three", None)) == (False, None)
    assert len(checked) == 1
    assert checked[0].startswith("$argon2id$")


def test_a_bcrypt_hash_is_accepted_and_replaced(passwords: Passwords) -> None:
    right, renewed = asyncio.run(passwords.check("brake later", BcryptHasher(rounds=4).hash("brake later")))
    assert right
    assert renewed is not None
    assert asyncio.run(passwords.check("brake later", renewed)) == (True, None)


def test_a_bcrypt_hash_never_matches_more_than_bcrypt_reads(passwords: Passwords) -> None:
    stored = BcryptHasher(rounds=4).hash("x" * 72)
    assert asyncio.run(passwords.check("x" * 72 + "y", stored))[0] is False
    assert asyncio.run(passwords.check("ü" * 37, stored))[0] is False


def test_a_hash_made_with_cheaper_parameters_is_replaced() -> None:
    stored = asyncio.run(Passwords(CHEAP).hash("brake later into three"))
    right, renewed = asyncio.run(Passwords(HashingCost(time_cost=2, memory_kib=64, lanes=1)).check("brake later into three", stored))
    assert right
    assert renewed is not None
    assert renewed != stored


def test_letters_composed_in_another_way_are_the_same_password(passwords: Passwords) -> None:
    stored = asyncio.run(passwords.hash("Nürburgring süd"))
    assert asyncio.run(passwords.check("Nu\u0308rburgring su\u0308d", stored))[0]


def test_a_damaged_hash_is_no_password_and_no_failure(passwords: Passwords) -> None:
    assert asyncio.run(passwords.check("anything at all", "not a hash")) == (False, None)


def test_a_burst_is_worked_through_a_few_at_a_time(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0

    async def counted(*_arguments: object) -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return ""

    monkeypatch.setattr(asyncio, "to_thread", counted)

    async def burst() -> None:
        await asyncio.gather(*(passwords.hash(f"password {number}") for number in range(8)))

    asyncio.run(burst())
    assert most == 2


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "at least 10"),
        ("x" * 201, "at most 200"),
        ("QWERTYUIOP", "first that are tried"),
        ("abababababab", "first that are tried"),
        ("driver@example.org", "e-mail"),
        ("driver-2026!", "e-mail"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, reason: str) -> None:
    assert reason in (weakness(password, "driver@example.org") or "")


@pytest.mark.parametrize("password", ["brake later into three", "короткий тормоз", "制動点を遅らせてください"])
def test_long_passwords_in_any_script_will_do(password: str) -> None:
    assert weakness(password, "driver@example.org") is None

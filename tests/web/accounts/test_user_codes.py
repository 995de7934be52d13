from __future__ import annotations

import pytest

from web.accounts.user_codes import ALPHABET, new_user_code, shown, typed


def test_a_code_is_read_as_it_was_shown_in_any_case_and_with_any_gaps() -> None:
    code = new_user_code()
    for text in (code, shown(code), shown(code).lower(), f"  {code[:4]} - {code[4:]} "):
        assert typed(text) == code


@pytest.mark.parametrize("text", ["", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJA", "BCDF-GHJ1", "ВСDF-GHJK", "🏎" * 8])
def test_what_cannot_be_a_code_is_none(text: str) -> None:
    assert typed(text) is None


def test_codes_are_spread_over_the_whole_alphabet() -> None:
    assert {letter for _ in range(300) for letter in new_user_code()} == set(ALPHABET)

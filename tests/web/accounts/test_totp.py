from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from web.accounts.totp import RECOVERY_CODES, matching_step, new_recovery_codes, new_secret, provisioning_uri, qr_svg, recovery_form

NOW = datetime(2026, 11, 28, 20, 0, 15, tzinfo=UTC)
SECRET = new_secret()


def code_at(moment: datetime) -> str:
    return pyotp.TOTP(SECRET).at(moment)


def test_the_code_of_this_half_minute_and_of_its_neighbours_is_right() -> None:
    for seconds in (-30, 0, 30):
        assert matching_step(SECRET, code_at(NOW + timedelta(seconds=seconds)), NOW, None) is not None


def test_a_clock_that_is_two_minutes_off_is_told_apart() -> None:
    assert matching_step(SECRET, code_at(NOW + timedelta(seconds=120)), NOW, None) is None
    assert matching_step(SECRET, code_at(NOW - timedelta(seconds=120)), NOW, None) is None


def test_a_code_is_good_once() -> None:
    code = code_at(NOW)
    step = matching_step(SECRET, code, NOW, None)
    assert step is not None
    assert matching_step(SECRET, code, NOW, step) is None
    assert matching_step(SECRET, code_at(NOW - timedelta(seconds=30)), NOW, step) is None
    assert matching_step(SECRET, code_at(NOW + timedelta(seconds=30)), NOW, step) == step + 1


def test_blanks_in_a_code_do_not_matter() -> None:
    code = code_at(NOW)
    assert matching_step(SECRET, f" {code[:3]} {code[3:]} ", NOW, None) is not None


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "١٢٣٤٥٦", "-12345"])
def test_what_is_no_code_is_wrong(code: str) -> None:
    assert matching_step(SECRET, code, NOW, None) is None


def test_the_qr_code_is_an_svg_element_of_the_provisioning_uri() -> None:
    uri = provisioning_uri(SECRET, "jörg@example.org", "Racing Coach")
    assert pyotp.parse_uri(uri).secret == SECRET
    assert ET.fromstring(qr_svg(uri)).tag.endswith("svg")


def test_recovery_codes_differ_and_are_read_however_they_are_typed() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == RECOVERY_CODES
    assert recovery_form(f"  {codes[0].upper().replace('-', ' ')}\n") == recovery_form(codes[0])
    assert len(recovery_form(codes[0])) == 10

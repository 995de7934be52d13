from __future__ import annotations

import pytest

from coach.errors import BadInput
from overlay.settings.service_address import service_address


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://coach.example.org/", "https://coach.example.org"),
        (" https://coach.example.org:8443 ", "https://coach.example.org:8443"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://192.168.1.7:8000", "http://192.168.1.7:8000"),
        ("http://sim-pc.local", "http://sim-pc.local"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_addresses_that_can_be_used(typed: str, meant: str) -> None:
    assert service_address(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "coach.example.org",
        "ftp://x",
        "http://coach.example.org",
        "http://8.8.8.8",
        "https://u:p@x",
        "https://x/y",
        "https://x:99999",
        "https://",
    ],
)
def test_addresses_that_cannot(typed: str) -> None:
    with pytest.raises(BadInput):
        service_address(typed)

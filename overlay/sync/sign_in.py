"""Signing in by a code that the driver confirms in a browser (RFC 8628); no password is ever typed into this program."""

from __future__ import annotations

import platform
from collections.abc import Callable

from coach.errors import Unreachable
from overlay.sync.errors import Refused
from overlay.sync.service import Account, Code, Service

SLOWER_S = 5.0  # RFC 8628, 3.5
WHY = {
    "access_denied": "It was denied in the browser.",
    "expired_token": "The code has expired: ask for a new one.",
    "invalid_grant": "The code is not known any more: ask for a new one.",
}


def program_name() -> str:
    """What the site shows as the program that asks."""
    return f"Racing Coach overlay on {platform.node() or 'this computer'}"[:80]


def wait_for_driver(service: Service, code: Code, sleep: Callable[[float], bool]) -> Account | None:
    """Until it is confirmed; None: given up. `sleep(seconds)` says whether to go on. Refused: denied or too late. A lost network only delays."""
    interval_s, left_s = code.interval_s, code.expires_in_s
    while left_s > 0.0:
        if not sleep(interval_s):
            return None
        left_s -= interval_s
        try:
            said = service.poll_sign_in(code)
        except Unreachable:
            continue
        if not said:
            return service.account()
        if said == "slow_down":
            interval_s += SLOWER_S
        elif said != "authorization_pending":
            raise Refused(WHY.get(said, f"The service said {said}."), 400)
    raise Refused(WHY["expired_token"], 400)

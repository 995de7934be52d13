"""Giving and withdrawing consent: the spool changes first, then the settings, which decide."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Protocol

from coach.errors import CannotWrite, RacingCoachError
from overlay.settings.model import Settings, Sharing


class SharedLaps(Protocol):
    """The laps that consent is about: the lap store, or the process that has it."""

    def next_sequence(self) -> int:
        """The running number that the next lap gets."""

    def follow(self, *, consent: bool, from_sequence: int = 0) -> None:
        """Take over the driver's consent; without it nothing waits for the service."""


def give_consent(read: Callable[[], Settings], keep: Callable[[Settings], None], store: SharedLaps, today: date) -> None:
    """Laps saved from now on may be sent. RacingCoachError: nothing is shared.

    The settings alone decide whether laps are sent, and the store follows them at each new lap: what was heard there and not written
    down here gives nothing. The store may take its time: settings are read (`read`) when they are changed and kept (`keep`).
    """
    if read().sharing.consent:
        return
    sharing = Sharing(consent=True, date=today.isoformat(), from_sequence=store.next_sequence())
    store.follow(consent=True, from_sequence=sharing.from_sequence)
    try:
        keep(replace(read(), sharing=sharing))
    except RacingCoachError:
        with suppress(RacingCoachError):
            store.follow(consent=False)
        raise


def withdraw_consent(
    read: Callable[[], Settings], use: Callable[[Settings], None], keep: Callable[[Settings], None], store: SharedLaps
) -> None:
    """Nothing is sent any more, and nothing waits. RacingCoachError: the store did not hear of it, and nothing has changed.

    CannotWrite: it could not be written down; the spool is empty, and the settings that count until the overlay is closed (`use`) say no.
    """
    store.follow(consent=False)
    withdrawn = replace(read(), sharing=Sharing())
    use(withdrawn)
    try:
        keep(withdrawn)
    except CannotWrite as error:
        then = "Nothing is sent until the overlay is closed; unless a setting could be saved by then, it is on again at the next start."
        raise CannotWrite(f"{error} {then}") from error


def shares_from(settings: Settings) -> int | None:
    """The running number from which on laps may be sent; None: no consent."""
    return settings.sharing.from_sequence if settings.sharing.consent else None

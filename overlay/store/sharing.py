"""Giving and withdrawing consent: the settings and the spool change together, the stricter one first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Protocol

from coach.errors import RacingCoachError
from overlay.settings.model import Settings, Sharing


class SharedLaps(Protocol):
    """The laps that consent is about: the lap store, or the process that has it."""

    def next_sequence(self) -> int:
        """The running number that the next lap gets."""

    def follow(self, *, consent: bool, from_sequence: int = 0) -> None:
        """Take over the driver's consent; without it nothing waits for the service."""


def give_consent(read: Callable[[], Settings], keep: Callable[[Settings], None], store: SharedLaps, today: date) -> None:
    """Laps saved from now on may be sent. RacingCoachError: nothing is shared.

    The store may take its time: settings are read (`read`) when they are changed and kept (`keep`).
    """
    if read().sharing.consent:
        return
    sharing = Sharing(consent=True, date=today.isoformat(), from_sequence=store.next_sequence())
    keep(replace(read(), sharing=sharing))
    try:
        store.follow(consent=True, from_sequence=sharing.from_sequence)
    except RacingCoachError:
        keep(replace(read(), sharing=Sharing()))  # the driver is told that it is off
        raise


def withdraw_consent(read: Callable[[], Settings], keep: Callable[[Settings], None], store: SharedLaps) -> None:
    """Nothing is sent any more, and nothing waits. CannotWrite: what could not be written down; the spool is emptied first."""
    store.follow(consent=False)
    keep(replace(read(), sharing=Sharing()))


def shares_from(settings: Settings) -> int | None:
    """The running number from which on laps may be sent; None: no consent."""
    return settings.sharing.from_sequence if settings.sharing.consent else None

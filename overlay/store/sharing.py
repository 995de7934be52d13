"""Giving and withdrawing consent. The settings decide: they say yes last, when the spool is ready, and no first."""

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
) -> str:
    """Nothing is sent any more, whatever the disk or the store does: the settings that count in this run (`use`) say no before either is asked.

    What could not be done yet, in words, or nothing. What is left in the spool goes when the store next follows the settings: after a lap.
    """
    use(replace(read(), sharing=Sharing()))
    told = []
    try:
        keep(read())
    except CannotWrite as error:
        then = "Nothing is sent until the overlay is closed; unless the settings can be saved by then, it is on again at the next start."
        told.append(f"{error} {then}")
    try:
        store.follow(consent=False)
    except RacingCoachError as error:
        left = "Nothing is sent any more. What was waiting could not be removed yet and goes with the next lap that can be saved"
        told.append(f"{left}: {error} Make room or access there." if isinstance(error, CannotWrite) else f"{left}.")
    return " ".join(told)


def shares_from(settings: Settings) -> int | None:
    """The running number from which on laps may be sent; None: no consent."""
    return settings.sharing.from_sequence if settings.sharing.consent else None

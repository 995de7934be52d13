"""Giving and withdrawing consent: the settings and the spool change together, the stricter one first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Protocol

from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings, Sharing


class SharedLaps(Protocol):
    """The laps that consent is about: the lap store, or the process that has it."""

    def next_sequence(self) -> int:
        """The running number that the next lap gets."""

    def follow(self, *, consent: bool, from_sequence: int = 0) -> None:
        """Take over the driver's consent; without it nothing waits for the service."""


def give_consent(settings: Settings, file: SettingsFile, store: SharedLaps, today: date) -> Settings:
    """Laps saved from now on may be sent. CannotWrite: nothing is shared."""
    if settings.sharing.consent:
        return settings
    given = replace(settings, sharing=Sharing(consent=True, date=today.isoformat(), from_sequence=store.next_sequence()))
    file.save(given)
    store.follow(consent=True, from_sequence=given.sharing.from_sequence)
    return given


def withdraw_consent(settings: Settings, file: SettingsFile, store: SharedLaps) -> Settings:
    """Nothing is sent any more, and nothing waits. CannotWrite: what could not be written down; the spool is emptied first."""
    store.follow(consent=False)
    withdrawn = replace(settings, sharing=Sharing())
    file.save(withdrawn)
    return withdrawn


def shares_from(settings: Settings) -> int | None:
    """The running number from which on laps may be sent; None: no consent."""
    return settings.sharing.from_sequence if settings.sharing.consent else None

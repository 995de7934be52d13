"""What the driver's settings mean for each part of the program, and the settings in use: one place that changes and saves them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from coach.cues.settings import CueSettings, Style, settings_for
from coach.errors import CannotWrite, RacingCoachError
from overlay.folders import data_folder
from overlay.settings.change import changed, for_car, has_own
from overlay.settings.file import SettingsFile
from overlay.settings.model import Settings
from overlay.store.sharing import SharedLaps, give_consent, withdraw_consent
from overlay.voice.notice import Level


def cue_settings(settings: Settings, *, tones_only: bool = False) -> CueSettings:
    """How much the coach says; who hears tones only hears them to braking points, too. BadInput: an override that makes no sense.

    `tones_only`: no voice is left that could speak, whatever the settings ask for.
    """
    coaching = settings.coaching
    tones = coaching.braking_tones or tones_only or settings.voice.engine == Level.TONES.value
    return settings_for(Style(coaching.style), coaching.sensitivity, {"braking_tones": int(tones), **coaching.overrides})


def reference_laps(settings: Settings) -> frozenset[str]:
    """Names of the lap files that the settings choose as reference, for all cars or in one car's profile: the store must not prune them."""
    chosen = {for_car(settings, car_id).reference.lap for car_id in ("", *settings.profiles)}
    return frozenset(Path(lap).stem for lap in chosen if lap)


def lap_folder(settings: Settings) -> Path:
    """Where laps are kept."""
    return Path(settings.store.folder).expanduser() if settings.store.folder else data_folder() / "store"


class Chosen:
    """The settings in use: the file's, as the profile of the car makes them. Changed in Qt's thread, but for `drive`, which the live one calls; read in any.

    `on_change` is called with the settings before and after each change, `on_unsaved` with a sentence when one cannot be saved, once until
    settings can be again.
    """

    def __init__(self, file: SettingsFile) -> None:
        self._file = file
        loaded = file.load()
        self.notices = loaded.notices
        self._settings = self._saved = loaded.settings
        self._car_id = ""
        self._overrides: dict[str, Any] = {}  # of the group coaching
        self.current = loaded.settings
        self.laps: SharedLaps | None = None  # what consent is about; given once it is open
        self._consenting = False
        self._told_unsaved = False
        self.on_change: Callable[[Settings, Settings], None] = lambda _before, _after: None
        self.on_unsaved: Callable[[str], None] = lambda _: None

    def drive(self, car_id: str) -> None:
        """A car is driven now: its profile counts."""
        self._car_id = car_id
        self._use(self._settings)

    def override(self, style: Style | None, sensitivity: float | None) -> None:
        """What the command line says: it wins over the settings for this run, until they change, and is never saved."""
        given = {"style": style.value if style else None, "sensitivity": sensitivity}
        self._overrides = {name: value for name, value in given.items() if value is not None}
        self._use(self._settings)

    def change(self, path: str, value: Any) -> str:
        """Change one setting and save it, in the car's profile if that has it; what is wrong, or nothing."""
        try:
            in_profile = has_own(self._settings, path, self._car_id)
            self.keep(changed(self._settings, path, value, self._car_id if in_profile else ""))
        except RacingCoachError as error:
            return str(error)
        return ""

    def consent(self, given: bool) -> str:
        """Give or withdraw consent; what went wrong, or nothing. Withdrawn it is in this run in any case."""
        if self.laps is None:
            return "the lap store is not open yet"
        if self._consenting:  # Qt's events go on while the lap store is asked
            return "the consent is being changed at the moment: please try again"
        self._consenting = True
        try:
            if not given:
                return withdraw_consent(lambda: self._settings, self._use, self._save, self.laps)
            give_consent(lambda: self._settings, self._save, self.laps, date.today())  # noqa: DTZ011 - the driver's own day
        except RacingCoachError as error:
            return str(error)
        finally:
            self._consenting = False
        return ""

    def keep(self, settings: Settings) -> None:
        """Save these settings, those for all cars, and use them; what cannot be saved counts for this run. BadInput: nothing has changed."""
        cue_settings(settings)
        try:
            self._save(settings)
        except CannotWrite as error:
            self._use(settings)
            if not self._told_unsaved:
                self._told_unsaved = True
                self.on_unsaved(f"What is changed in the settings counts until the overlay is closed and is not kept: {error}")

    def save_rest(self) -> None:
        """What could not be saved when it was changed, once more, at the end."""
        if self._settings != self._saved:
            with suppress(CannotWrite):
                self._save(self._settings)

    @property
    def for_all(self) -> Settings:
        """What holds where no car's profile says otherwise; to be changed and kept."""
        return self._settings

    def _save(self, settings: Settings) -> None:
        """And use them. CannotWrite: nothing has changed."""
        self._file.save(settings)
        self._saved, self._told_unsaved = settings, False
        self._use(settings)

    def _use(self, settings: Settings) -> None:
        before, was, now = self.current, for_car(self._settings, self._car_id), for_car(settings, self._car_id)
        self._settings = settings
        if self._overrides:
            changed_now = {name for name in self._overrides if getattr(now.coaching, name) != getattr(was.coaching, name)}
            self._overrides = {name: value for name, value in self._overrides.items() if name not in changed_now}
            now = replace(now, coaching=replace(now.coaching, **self._overrides))
        self.current = now
        if self.current != before:
            self.on_change(before, self.current)

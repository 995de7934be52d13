"""What the settings window and the first minute call, carried out by the application."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from coach.errors import RacingCoachError
from coach.wording import catalogue
from overlay.cost import CostMeter
from overlay.settings_window.items import Cost, ReferenceChoice
from overlay.store.record import file_of
from overlay.voice.devices import NoDevice, output_devices

if TYPE_CHECKING:
    from overlay.app import App

RULES = {
    "own_best": "your best lap",
    "service": "the lap chosen in the service",
    "session_best": "your best lap of this session",
    "potential": "the potential lap",
    "file": "a file",
}
LAPS_OFFERED = 50
FIRST_MINUTE_DONE = "first-minute-done"


class CoachActions:
    """What the buttons of the settings window do."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._meter = CostMeter((window.panel for window in app.overlay.windows.values()), app.helpers)

    def say_test_phrase(self) -> None:
        """Speak."""
        app = self._app
        app.speaker.say(catalogue(app.chosen.current.voice.language)["voice"]["test"])

    def references(self) -> tuple[ReferenceChoice, ...]:
        """The rules, then own laps, then the file in use."""
        app = self._app
        rules = [ReferenceChoice(f"rule:{rule}", name, "rule", float("nan")) for rule, name in RULES.items() if rule != "file"]
        info = app.session.info
        laps: list[ReferenceChoice] = []
        if info is not None:
            try:
                found = app.desk.own_laps(info, LAPS_OFFERED)
            except RacingCoachError as error:
                app.tell(str(error))
                found = ()
            laps = [
                ReferenceChoice(
                    str(file_of(app.lap_folder, lap.id)), f"Lap {lap.number}", "own laps", lap.lap_time_s or float("nan"), lap.saved_at[:8]
                )
                for lap in found
            ]
        if app.service is not None and app.service.offers:
            laps.extend(app.service.offers)
        reference = app.chosen.current.reference
        if reference.rule == "file" and all(lap.lap_id != reference.lap for lap in laps):
            laps.append(ReferenceChoice(reference.lap, Path(reference.lap).name, "files", float("nan")))
        return (*rules, *laps)

    def chosen_reference(self) -> str:
        """The lap or rule in use."""
        reference, info = self._app.chosen.current.reference, self._app.session.info
        chosen = self._app.shelf.chosen_for(info) if reference.rule == "service" and info is not None else None
        if (
            chosen is not None
            and self._app.service is not None
            and any(one.lap_id == f"service:{chosen.lap_id}" for one in self._app.service.offers)
        ):
            return f"service:{chosen.lap_id}"
        return reference.lap if reference.rule == "file" else f"rule:{reference.rule}"

    def look_for_references(self) -> None:
        """Ask the service which ones it has for this car and track; the list is filled again when they have come."""
        if self._app.service is not None and self._app.session.info is not None:
            self._app.service.look_for_references(self._app.session.info)

    def choose_reference(self, lap_id: str) -> str:
        """Take another, in the pits or outside the car."""
        return self._app.take_reference(lap_id)

    def unlock_overlay(self) -> None:
        """Let the driver move the widgets."""
        self._app.overlay.set_locked(False)

    def reset_places(self) -> None:
        """Widgets back to where they stand by default."""
        self._app.overlay.reset_places()

    def cost(self) -> Cost:
        """Measured since the last call."""
        return self._meter.read()


class ServiceActions:
    """What the account's panel asks for, whichever service is set now."""

    def __init__(self, app: App) -> None:
        self._app = app

    def has_service(self) -> bool:
        """Whether an address is set."""
        return self._app.service is not None

    def service_status(self) -> str:
        """How it stands, or what went wrong."""
        service = self._app.service
        return "" if service is None else service.fault or service.sync.status.line

    def signed_in(self) -> bool:
        """Whether an account is connected."""
        service = self._app.service
        return service is not None and service.service.seems_signed_in

    def sign_in_code(self) -> tuple[str, str, str] | None:
        """What the driver types where, while it is waited for."""
        code = self._app.service.code if self._app.service is not None else None
        return None if code is None else (code.user_code, code.page, code.page_with_code)

    def begin_sign_in(self) -> None:
        """Ask for a code."""
        if self._app.service is not None:
            self._app.service.begin_sign_in()

    def cancel_sign_in(self) -> None:
        """Do not wait any more."""
        if self._app.service is not None:
            self._app.service.cancel_sign_in()

    def sign_out(self) -> None:
        """End this program's access."""
        if self._app.service is not None:
            self._app.service.sign_out()


class FirstMinute:
    """What the first-run page asks for."""

    def __init__(self, app: App, mark: Path) -> None:
        self._app, self._mark = app, mark

    def devices(self) -> tuple[str, ...]:
        """Sound outputs, the one in use first."""
        try:
            names = [device.name for device in sorted(output_devices(), key=lambda device: not device.is_default)]
        except NoDevice:
            return ()
        used = self._app.chosen.current.voice.device
        return tuple(sorted(dict.fromkeys(names), key=lambda name: name != used))

    def choose_device(self, name: str) -> str:
        """Use it."""
        return self._app.chosen.change("voice.device", name)

    def say_test_phrase(self) -> str:
        """Speak; what went wrong."""
        app = self._app
        played = app.speaker.say(catalogue(app.chosen.current.voice.language)["voice"]["test"])
        return f"It cannot be heard: {played.state.value}." if played.refused else ""

    def monitors(self) -> tuple[str, ...]:
        """Screens, the one in use first."""
        used = self._app.overlay.screen.name()
        return tuple(sorted((screen.name() for screen in QGuiApplication.screens()), key=lambda name: name != used))

    def choose_monitor(self, name: str) -> None:
        """Put the overlay there."""
        self._app.chosen.change("display.monitor", name)

    def show_hotkey(self) -> str:
        """Shows and hides the overlay."""
        return self._app.chosen.current.hotkeys.show

    def simulator_found(self) -> bool:
        """Whether a simulator runs now."""
        return self._app.source.connected

    def start_demo(self) -> None:
        """Drive the demonstration."""
        self._app.drive_demo()

    def finished(self) -> None:
        """Do not come again."""
        try:
            self._mark.parent.mkdir(parents=True, exist_ok=True)
            self._mark.touch()
        except OSError as error:
            self._app.tell(f"{self._mark} cannot be written: {error.strerror}.")

"""What the buttons of the settings window and of the first minute do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from overlay.cost import CostMeter
from overlay.hotkeys.buttons import learn_button
from overlay.hotkeys.names import written
from overlay.parts import Parts
from overlay.phrase import Told, say_test_phrase
from overlay.screens import screens_offered
from overlay.service_seat import ServiceSeat
from overlay.settings_window.items import Cost, ReferenceChoice
from overlay.voice.devices import NoDevice, output_devices


class CoachActions:
    """The settings window's."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._meter = CostMeter((window.panel for window in parts.overlay.windows.values()), parts.pipeline.helpers)

    def say_test_phrase(self, told: Told) -> None:
        """Speak."""
        _say_test_phrase(self._parts, told)

    def references(self) -> tuple[ReferenceChoice, ...]:
        """Laps and rules to choose from, as far as they were found."""
        return self._parts.references.offered()

    def chosen_reference(self) -> str:
        """The lap or rule in use."""
        return self._parts.references.chosen()

    def look_for_references(self) -> None:
        """Look for more; the list is filled again when they have come."""
        self._parts.references.look_for_more()

    def is_looking_for_references(self) -> bool:
        """Own laps are still to come."""
        return self._parts.references.is_looking

    def choose_reference(self, lap_id: str) -> str:
        """Take another, in the pits or outside the car."""
        return self._parts.references.take(lap_id)

    def look_into_file(self, path: str, told: Callable[[str], None]) -> None:
        """Whether its lap could be taken."""
        self._parts.references.look_into(path, told)

    def learn_button(self, told: Callable[[str], None]) -> Callable[[], None]:
        """Of any controller, with its name."""
        return learn_button(lambda button: told(str(button)), lambda error: self._parts.tell(f"The buttons cannot be used here: {error}."))

    def widgets_move(self) -> bool:
        """Whether the driver sees the widgets and can move them."""
        return self._parts.overlay.shown and not self._parts.overlay.locked

    def move_widgets(self, *, move: bool) -> None:
        """Show them and let the driver move them, or lock them where they stand."""
        if move:
            self._parts.overlay.set_shown(True)
        self._parts.overlay.set_locked(not move)

    def reset_places(self) -> None:
        """Widgets back to where they stand by default."""
        self._parts.overlay.reset_places()

    def cost(self) -> Cost:
        """Measured since the last call."""
        return self._meter.read()


class ServiceActions:
    """The account's panel's, whichever service is set now."""

    def __init__(self, seat: ServiceSeat) -> None:
        self._seat = seat

    def has_service(self) -> bool:
        """Whether an address is set."""
        return self._seat.desk is not None

    def service_status(self) -> str:
        """How it stands, or what went wrong."""
        desk = self._seat.desk
        return "" if desk is None else desk.fault or desk.sync.status.line

    def signed_in(self) -> bool:
        """Whether an account is connected."""
        desk = self._seat.desk
        return desk is not None and desk.service.seems_signed_in

    def sign_in_code(self) -> tuple[str, str, str] | None:
        """What the driver types where, while it is waited for."""
        code = self._seat.desk.code if self._seat.desk is not None else None
        return None if code is None else (code.user_code, code.page, code.page_with_code)

    def begin_sign_in(self) -> None:
        """Ask for a code."""
        if self._seat.desk is not None:
            self._seat.desk.begin_sign_in()

    def cancel_sign_in(self) -> None:
        """Do not wait any more."""
        if self._seat.desk is not None:
            self._seat.desk.cancel_sign_in()

    def sign_out(self) -> None:
        """End this program's access."""
        if self._seat.desk is not None:
            self._seat.desk.sign_out()


class VoiceActions:
    """The neural voice's panel's."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def has_neural_voice(self) -> bool:
        """Whether it is installed."""
        return self._parts.neural_voice.is_complete

    def installed_share(self) -> float | None:
        """How much of it is there, while it is being installed."""
        return self._parts.neural_voice.share

    def installation_fault(self) -> str:
        """Why the last try failed."""
        return self._parts.neural_voice.fault

    def may_install(self) -> bool:
        """Nobody is on the track."""
        return not self._parts.pipeline.session.on_track

    def install_voice(self) -> None:
        """Bring it here."""
        self._parts.neural_voice.begin()

    def cancel_installation(self) -> None:
        """Not now."""
        self._parts.neural_voice.cancel()


class FirstMinute:
    """The first minute's. `mark`: the file that says it was done."""

    def __init__(self, parts: Parts, mark: Path, drive_demo: Callable[[], None]) -> None:
        self._parts, self._mark, self._drive_demo = parts, mark, drive_demo

    def devices(self) -> tuple[str, ...]:
        """Sound outputs, the one in use first."""
        try:
            names = [device.name for device in sorted(output_devices(), key=lambda device: not device.is_default)]
        except NoDevice:
            return ()
        used = self._parts.chosen.current.voice.device
        return tuple(sorted(dict.fromkeys(names), key=lambda name: name != used))

    def choose_device(self, name: str) -> str:
        """Use it."""
        return self._parts.chosen.change("voice.device", name)

    def say_test_phrase(self, told: Told) -> None:
        """Speak."""
        _say_test_phrase(self._parts, told)

    def has_clearer_voice(self) -> bool:
        """The neural one, while it is not installed."""
        return not self._parts.neural_voice.is_complete

    def monitors(self) -> tuple[str, ...]:
        """Screens, the one in use first."""
        offered, used = screens_offered(), self._parts.overlay.monitor
        return tuple(sorted(offered, key=lambda name: offered[name] != used))

    def choose_monitor(self, name: str) -> None:
        """Put the overlay there."""
        self._parts.chosen.change("display.monitor", name)

    def show_hotkey(self) -> str:
        """Shows and hides the overlay."""
        return written(self._parts.chosen.current.hotkeys.show)

    def simulator_found(self) -> bool:
        """Whether a simulator runs now."""
        return self._parts.pipeline.source.connected

    def start_demo(self) -> None:
        """Drive the demonstration."""
        self._drive_demo()

    def finished(self) -> None:
        """Do not come again."""
        try:
            self._mark.parent.mkdir(parents=True, exist_ok=True)
            self._mark.touch()
        except OSError as error:
            self._parts.tell(f"{self._mark} cannot be written: {error.strerror}.")


def _say_test_phrase(parts: Parts, told: Told) -> None:
    say_test_phrase(parts.pipeline.speaker, parts.chosen.current.voice.volume, told)

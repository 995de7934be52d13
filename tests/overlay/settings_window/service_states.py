"""The settings window's pages Service, Sharing and Reference laps in every state that the service can be in, and Voice in those of the neural one.

python -m tests.overlay.settings_window.service_states FOLDER WIDTH HEIGHT     pictures of all; QT_SCALE_FACTOR scales them
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from overlay.phrase import Told
from overlay.settings.change import changed
from overlay.settings.model import Settings
from overlay.settings_window.items import Cost, ReferenceChoice, Value
from overlay.settings_window.pages import SettingsPages
from overlay.settings_window.window import SettingsWindow
from overlay.voice.install import FROM_FOLDER
from overlay.voice.model import MODEL

ADDRESS = "https://coach.example.org"
CODE = ("BCDF-GHJK", f"{ADDRESS}/device", f"{ADDRESS}/device?code=BCDF-GHJK")
AGREED = (
    "Your laps (telemetry, lap times, car, track, weather) are stored on this service, compared with others and shown to people with "
    "whom you share them. You can take everything with you and delete it at any time. Nothing else of your computer is read."
)
UNREACHED = (
    f"{MODEL.address} could not be downloaded (<urlopen error [Errno -2] Name or service not known>): try again, it goes on where it stopped, "
    f"or take the files from a folder: {FROM_FOLDER}."
)
REFERENCES = (
    ReferenceChoice("rule:own_best", "Your best lap", "for every car and track", float("nan")),
    ReferenceChoice("rule:service", "The lap chosen in the service", "for every car and track", float("nan")),
    ReferenceChoice("rule:session_best", "Your best lap of this session", "for every car and track", float("nan")),
    ReferenceChoice("rule:potential", "The potential lap", "for every car and track", float("nan")),
    ReferenceChoice("/laps/one.parquet", "Lap 4", "own laps", 57.295, "your lap of 2026-11-28"),
    ReferenceChoice(
        "service:17",
        "Lime Rock qualifying lap of Maximiliane",
        "service",
        56.1,
        "Maximiliane Musterfrau, match 64% (track temperature: 12 degrees warmer; wetness: damp against dry)",
    ),
    ReferenceChoice("service:18", "My fast one", "service", 56.9, "your own, match 92%"),
)


@dataclass(frozen=True, slots=True)
class State:
    """What is set, and what the service's part of the overlay says. `agreed`: the service's text, once it was read."""

    line: str = ""
    address: str = ADDRESS
    is_in: bool = False
    code: tuple[str, str, str] | None = None
    consent: bool = False
    agreed: str = ""
    entered: str = ""  # typed into the address and refused
    neural_share: float | None = None
    neural_fault: str = ""
    driving: bool = False
    car: str = "Mazda MX-5 Cup"
    own: tuple[tuple[str, Value], ...] = ()  # the car's

    # The window's ports, for one picture

    def service_status(self) -> str:
        return self.line

    def signed_in(self) -> bool:
        return self.is_in

    def has_service(self) -> bool:
        return bool(self.address)

    def sign_in_code(self) -> tuple[str, str, str] | None:
        return self.code

    def begin_sign_in(self) -> None: ...

    def cancel_sign_in(self) -> None: ...

    def sign_out(self) -> None: ...

    def has_neural_voice(self) -> bool:
        return self.is_in

    def installed_share(self) -> float | None:
        return self.neural_share

    def installation_fault(self) -> str:
        return self.neural_fault

    def may_install(self) -> bool:
        return not self.driving

    def install_voice(self) -> None: ...

    def cancel_installation(self) -> None: ...

    def say_test_phrase(self, told: Told) -> None: ...

    def references(self) -> tuple[ReferenceChoice, ...]:
        return REFERENCES

    def look_for_references(self) -> None: ...

    def is_looking_for_references(self) -> bool:
        return False

    def chosen_reference(self) -> str:
        return "service:17"

    def choose_reference(self, lap_id: str) -> str:
        return "the reference can be changed in the pits or outside the car"

    def look_into_file(self, path: str, told: Callable[[str], None]) -> None: ...

    def learn_button(self, told: Callable[[str], None]) -> Callable[[], None]:
        return lambda: None

    def widgets_move(self) -> bool:
        return False

    def move_widgets(self, *, move: bool) -> None: ...

    def reset_places(self) -> None: ...

    def cost(self) -> Cost:
        return Cost(0.07, 0.08, 155.0, 450.0, 1.08, 61.0)


STATES = {
    "no-service": State(address=""),
    "wrong-address": State(address="", neural_fault=UNREACHED, entered="coach.example.org/my laps"),
    "unencrypted-address": State(address="", entered="http://coach.example.org"),
    "signed-out": State("signed out", neural_share=0.37),
    "code": State("signed out", code=CODE, driving=True),
    "sharing-off": State("Maximiliane Musterfrau: not sharing", is_in=True, agreed=AGREED),
    "sharing-on": State("Maximiliane Musterfrau: up to date, 14 sent", is_in=True, consent=True, agreed=AGREED),
    "unreachable": State(
        "Maximiliane Musterfrau: offline, 3 laps wait. coach.example.org cannot be reached: Name or service not known. Laps wait here until it can.",
        is_in=True,
        consent=True,
        agreed=AGREED,
    ),
    "own-values": State(
        car="Aston Martin Vantage GT3 EVO",
        own=(
            ("coaching.style", "talkative"),
            ("coaching.sensitivity", 0.25),
            ("voice.engine", "system"),
            ("voice.name", "Microsoft Hazel Desktop, English (Great Britain)"),
            ("voice.speed", 1.25),
            ("display.palette", "green-purple"),
            ("display.font_scale", 1.25),
            ("buttons.say_again", "Button 12 of Fanatec ClubSport Steering Wheel"),
        ),
    ),
}
PAGES = ("Service", "Sharing", "Reference laps")


def window_of(state: State) -> SettingsWindow:
    """The window in this state, not shown yet."""
    settings = Settings()
    settings = replace(
        settings, service=replace(settings.service, url=state.address), sharing=replace(settings.sharing, consent=state.consent)
    )

    for path, value in state.own:
        settings = changed(settings, path, value, "car")
    pages = SettingsPages(
        lambda: settings, lambda _: None, lambda *_: "", driven=lambda: ("car", state.car), agreed_to=lambda: state.agreed
    )
    window = SettingsWindow(pages, state, state, state)
    if state.entered:
        row = window.rows["service.url"]
        row.control.setText(state.entered)
        row.submit(state.entered)
    return window


def show_page(window: SettingsWindow, title: str) -> None:
    """Turn to a page."""
    names = window.names
    names.setCurrentRow(next(row for row in range(names.count()) if names.item(row).text() == title))


def main(folder: Path, width: int, height: int) -> None:
    """One picture of each state's page, and of the pages that depend on it."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    app = QApplication([])
    for name, state in STATES.items():
        window = window_of(state)
        window.show()
        window.resize(width, height)
        for page in ("Voice", *(PAGES if name in {"sharing-off", "sharing-on"} else PAGES[:1])):
            show_page(window, page)
            window.references.take() if page == "Reference laps" else None
            app.processEvents()
            window.grab().save(str(folder / f"{name}-{page.split()[0].lower()}.png"))
        print(name, window.minimumSizeHint(), window.size())
        window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

"""Every setting, with its default and its meaning. `docs/settings.md` is made from this file.

Groups are TOML tables. A setting that is not in the file has its default, so a better default reaches everybody who never
changed it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coach.wording import LANGUAGES, LENGTH_UNITS
from overlay.hotkeys.names import Action, parse_button, parse_keys
from overlay.settings.rules import setting, table
from overlay.settings.service_address import service_address


@dataclass(frozen=True, slots=True)
class Coaching:
    """What the coach says, and how much."""

    style: str = setting("normal", "how much the coach says", choices=("quiet", "normal", "talkative"))
    sensitivity: float = setting(
        0.5, "how small a loss is worth a word: from only large ones to every one that can be shown", "0 to 1", low=0, high=1
    )
    braking_tones: bool = setting(
        default=False,
        meaning="three rising tones to the braking point, where the coach works on it with you; with the voice `tones` always",
    )
    overrides: Mapping[str, float] = table(
        "single thresholds of the coach by their names in [cues.md](cues.md), where style and sensitivity are not enough"
    )


@dataclass(frozen=True, slots=True)
class Voice:
    """How it speaks. What cannot be used falls back to the next: kokoro, system, tones, text."""

    engine: str = setting("kokoro", "voice to start with", choices=("kokoro", "system", "tones", "text"))
    name: str = setting("", "which of the engine's voices speaks; empty: its best")
    language: str = setting(
        "en", "language of the coach's words, spoken and written; windows and widgets are in English", choices=LANGUAGES
    )
    speed: float = setting(1.0, "rate of speech; 1 is the voice's own", "factor", low=0.5, high=2.0)
    volume: float = setting(0.8, "loudness; 0 is silent", "0 to 1", low=0, high=1)
    device: str = setting("", "sound device by name; empty: the system's default", can_vary_by_car=False)
    output_delay_ms: int = setting(
        0, "delay of the sound device itself (Bluetooth: 100 to 300)", "ms", low=0, high=1000, can_vary_by_car=False
    )


@dataclass(frozen=True, slots=True)
class Reference:
    """Which lap one is compared with."""

    rule: str = setting(
        "own_best",
        "how the reference lap is chosen; `service`: the one chosen in the site for this car and track, else your best lap",
        choices=("own_best", "session_best", "file", "service", "potential"),
    )
    lap: str = setting("", "for `file` a path")


@dataclass(frozen=True, slots=True)
class Display:
    """How it looks."""

    monitor: str = setting("", "screen on which the overlay stands, by name; empty: the main one", can_vary_by_car=False)
    speed_unit: str = setting("km/h", "unit of speeds in the session summary", choices=("km/h", "mph"))
    length_unit: str = setting(
        "metres", "unit of the distances that the coach speaks of, aloud and in the session summary", choices=tuple(LENGTH_UNITS)
    )
    palette: str = setting("blue-orange", "colours for gaining and losing", choices=("blue-orange", "green-purple", "white-yellow"))
    opacity: float = setting(0.85, "opacity of the widgets' background", "0 to 1", low=0, high=1)
    font_scale: float = setting(1.0, "size of all text", "factor", low=0.5, high=3.0)
    hide_outside_car: bool = setting(default=True, meaning="hide the overlay while not in the car")


@dataclass(frozen=True, slots=True)
class Sharing:
    """The driver's consent to send laps to the service. Off until given; never part of a car's profile."""

    consent: bool = setting(default=False, meaning="laps may be sent to the service", can_vary_by_car=False)
    date: str = setting("", "day on which consent was given, as YYYY-MM-DD", can_vary_by_car=False)
    from_sequence: int = setting(
        0, "laps numbered from here on in the store may be sent: those saved after consent", low=0, can_vary_by_car=False
    )


@dataclass(frozen=True, slots=True)
class Service:
    """The service that keeps laps and references: where it is, and how much of the line it may take."""

    url: str = setting(
        "", "address of the service, as https://coach.example.org; empty: none", check=service_address, can_vary_by_car=False
    )
    send_on_track: bool = setting(default=False, meaning="laps are sent while the car is on track, too", can_vary_by_car=False)
    max_kb_per_s: int = setting(
        0, "how much of the line sending laps may take; 0: all of it", "kB/s", low=0, high=1_000_000, can_vary_by_car=False
    )
    poll_s: float = setting(
        20.0,
        "how often the service is asked whether laps may still be sent and which references are chosen",
        "s",
        low=0.1,
        high=30,
        can_vary_by_car=False,
    )
    retry_first_s: float = setting(
        10.0, "wait after the service could not be reached, doubled every time", "s", low=0.1, high=600, can_vary_by_car=False
    )
    retry_longest_s: float = setting(600.0, "longest such wait", "s", low=1, high=86_400, can_vary_by_car=False)


@dataclass(frozen=True, slots=True)
class Store:
    """Where laps are kept, and how many."""

    folder: str = setting("", "folder of the lap store; empty: the system's place for data", can_vary_by_car=False)
    limit_mb: int = setting(
        4000,
        "laps beyond this are deleted, oldest first; never a kept one, a best one, or one that waits for the service; 0: no limit",
        "MB",
        low=0,
        high=10_000_000,
        can_vary_by_car=False,
    )

    @property
    def limit_bytes(self) -> int:
        """The limit in bytes; 0: none."""
        return self.limit_mb * 1_000_000


@dataclass(frozen=True, slots=True)
class Hotkeys:
    """Key combinations that work while the simulator has the keyboard; empty: none."""

    lock: str = setting("Ctrl+Shift+L", "lock the overlay or unlock it to move it", check=parse_keys, can_vary_by_car=False)
    show: str = setting("Ctrl+Shift+H", "show or hide the overlay", check=parse_keys, can_vary_by_car=False)
    mute: str = setting("Ctrl+Shift+M", "mute the voice or let it speak", check=parse_keys, can_vary_by_car=False)
    say_again: str = setting("Ctrl+Shift+A", "say the last words again", check=parse_keys, can_vary_by_car=False)
    next_reference: str = setting("Ctrl+Shift+R", "take the next reference lap", check=parse_keys, can_vary_by_car=False)
    mark: str = setting("Ctrl+Shift+K", "mark this moment for the session summary", check=parse_keys, can_vary_by_car=False)


@dataclass(frozen=True, slots=True)
class Buttons:
    """Wheel or controller buttons for the same actions, as `Button 5` or `Button 5 of Fanatec`; empty: none."""

    lock: str = setting("", "lock the overlay or unlock it to move it", check=parse_button)
    show: str = setting("", "show or hide the overlay", check=parse_button)
    mute: str = setting("", "mute the voice or let it speak", check=parse_button)
    say_again: str = setting("", "say the last words again", check=parse_button)
    next_reference: str = setting("", "take the next reference lap", check=parse_button)
    mark: str = setting("", "mark this moment for the session summary", check=parse_button)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one widget stands; x and y from the monitor's upper left corner."""

    monitor: str = setting("", "name of the monitor; empty: the main one")
    x: int = setting(0, "left edge", "px", low=-100_000, high=100_000)
    y: int = setting(0, "upper edge", "px", low=-100_000, high=100_000)
    w: int = setting(0, "width; 0: the widget's own", "px", low=0, high=20_000)
    h: int = setting(0, "height; 0: the widget's own", "px", low=0, high=20_000)
    visible: bool = setting(default=True, meaning="whether it is shown")


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them. Frozen: a change makes a new one (`overlay.settings.change`)."""

    enabled: bool = setting(default=True, meaning="whether the coach works at all")
    coaching: Coaching = Coaching()
    voice: Voice = Voice()
    reference: Reference = Reference()
    display: Display = Display()
    sharing: Sharing = Sharing()
    service: Service = Service()
    store: Store = Store()
    hotkeys: Hotkeys = Hotkeys()
    buttons: Buttons = Buttons()
    layout: Mapping[str, Place] = table("place of each widget by its name; what is not said is the widget's own default")
    profiles: Mapping[str, Mapping[str, Any]] = table("settings that differ in one car, by the simulator's id of the car")


assert {*Hotkeys.__slots__} == {*Buttons.__slots__} == {action.value for action in Action}

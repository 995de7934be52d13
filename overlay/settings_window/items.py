"""What the settings window shows and calls: typed items and ports. The application plugs its settings, voice and store in here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from overlay.phrase import Told

Value = bool | int | float | str


class Kind(StrEnum):
    """How an item is edited."""

    SWITCH = "switch"
    NUMBER = "number"  # float between low and high
    WHOLE = "whole"
    CHOICE = "choice"
    TEXT = "text"
    KEYS = "keys"  # a key combination
    BUTTON = "button"  # of a wheel or controller


@dataclass(frozen=True, slots=True)
class Item:
    """One setting. `path` names it (`voice.volume`), `meaning` says it in the driver's words, `unit` is shown behind the value.

    `own`: this value is the car's, another than in all cars. `note` says where else it counts or why it cannot be changed here.
    """

    path: str
    label: str
    kind: Kind
    value: Value
    meaning: str = ""
    unit: str = ""
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # of the choices, in their order; empty: as they are
    own: bool = False
    note: str = ""
    fixed: bool = False

    def text_of(self, value: Value) -> str:
        """A value of this setting as the driver reads it, beside its control and in sentences alike."""
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, str):
            return self._words_of(value)
        if (self.low, self.high) == (0.0, 1.0):
            return f"{value:.0%}"
        return f"{value:.2f} {self.unit}".strip() if self.kind is Kind.NUMBER else f"{value} {self.unit}".strip()

    def _words_of(self, value: str) -> str:
        if self.words and value in self.choices:
            return self.words[self.choices.index(value)]
        if self.choices:
            return value.replace("_", " ") or "system default"
        return value or "none"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of items; `note` stands on top of it."""

    title: str
    items: tuple[Item, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceChoice:
    """A lap that can be taken as reference: where it comes from ("own laps", "files", "service") and why it cannot, if so."""

    lap_id: str
    name: str
    source: str
    lap_time_s: float
    conditions: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the coach takes: CPU as a share of one core and memory, of this process and of all of ours together, CPU of a paint."""

    core_frac: float
    all_core_frac: float
    resident_mb: float
    all_mb: float
    paint_p99_ms: float
    paints_per_s: float


class SettingsPort(Protocol):
    """The settings, as the window needs them."""

    def car(self) -> str:
        """Name of the car that is driven, or was last; empty: none yet."""

    def pages(self, *, for_car: bool = False) -> tuple[Page, ...]:
        """All pages with the present values: those of all cars, or as they are in this one."""

    def change(self, path: str, value: Value, *, for_car: bool = False) -> str:
        """Change and keep one, for all cars or this one; returns what is wrong with the value, or nothing."""

    def forget(self, path: str) -> str:
        """Give up this car's own value for that of all cars; returns what went wrong, or nothing."""


class CoachPort(Protocol):
    """What buttons do."""

    def say_test_phrase(self, told: Told) -> None:
        """Speak, so that voice, volume and device can be judged: told, in any thread, what to show."""

    def references(self) -> tuple[ReferenceChoice, ...]:
        """Laps to choose from as far as they were found, best first."""

    def look_for_references(self) -> None:
        """Look for them, beside; the list is shown again when they have come."""

    def is_looking_for_references(self) -> bool:
        """Whether the driver's own are still to come."""

    def chosen_reference(self) -> str:
        """The lap id in use, or nothing."""

    def choose_reference(self, lap_id: str) -> str:
        """Take another, by its id or a file's path; returns why not, or nothing."""

    def look_into_file(self, path: str, told: Callable[[str], None]) -> None:
        """Whether its lap could be taken, found out beside: told, in any thread, why not, or nothing."""

    def learn_button(self, told: Callable[[str], None]) -> Callable[[], None]:
        """Tell, from any thread, the button of a wheel or controller that is pressed next; returns what ends the listening."""

    def widgets_move(self) -> bool:
        """Whether the driver sees the widgets and can move them."""

    def move_widgets(self, *, move: bool) -> None:
        """Show them and let the driver move them, or lock them where they stand."""

    def reset_places(self) -> None:
        """Widgets back to where they stand by default."""

    def cost(self) -> Cost:
        """Measured since the last call."""

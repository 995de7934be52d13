"""Which key and which button sets off what, by the settings. Pure: it listens to nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from overlay.hotkeys.names import Action, Button, Keys


@dataclass(frozen=True, slots=True)
class Bindings:
    """Keys by combination; buttons in the order of the actions; what could not be bound, as sentences."""

    keys: dict[Keys, Action]
    buttons: tuple[tuple[Button, Action], ...]
    faults: tuple[str, ...] = ()

    def of_button(self, device: str, number: int) -> Action | None:
        """What a press of this button sets off; a binding that names a device goes before one for any device."""
        fitting = [(button, action) for button, action in self.buttons if button.fits(device, number)]
        return max(fitting, key=lambda found: len(found[0].device), default=(None, None))[1]


def pressed(before: int, now: int) -> Iterable[int]:
    """Numbers, from 1, of the buttons that went down between two states of a controller; bit 0 is button 1."""
    down = now & ~before
    return [bit + 1 for bit in range(down.bit_length()) if down >> bit & 1]

"""The overlay's part of the settings: its appearance, its keys, and places kept in `layout`, one entry per widget and monitor.

`layout.delta` says whether the widget is shown at all; `layout."delta @ DP-1 1920x1080+0+0"` where it stands on that monitor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from overlay.hotkeys.bindings import Bindings
from overlay.hotkeys.names import Action, Button, Keys, parse_button, parse_keys, written
from overlay.placement import Rect
from overlay.settings.model import Buttons, Hotkeys, Place, Settings
from overlay.widgets import PANELS
from overlay.window import Appearance


def appearance_of(settings: Settings, monitor: str = "") -> Appearance:
    """What the settings, already those of the car, say about the look; `monitor` is the screen's name."""
    display = settings.display
    shown = tuple(panel.name for panel in PANELS if settings.layout.get(panel.name, Place()).visible)
    return Appearance(display.font_scale, display.palette, display.opacity, monitor, shown, display.hide_outside_car)


def bindings_of(hotkeys: Hotkeys, buttons: Buttons) -> Bindings:
    """Bindings of checked settings. The first action keeps a combination that two ask for."""
    keys: dict[Keys, Action] = {}
    bound: dict[Button, Action] = {}
    faults = []
    for action in Action:
        text = getattr(hotkeys, action)
        if text and (taken := keys.setdefault(parse_keys(text), action)) is not action:
            faults.append(f"{written(text)} is set for {taken.label} and for {action.label}: it does {taken.label}.")
        text = getattr(buttons, action)
        if text and (taken := bound.setdefault(parse_button(text), action)) is not action:
            faults.append(f"{text} is set for {taken.label} and for {action.label}: it does {taken.label}.")
    return Bindings(keys, tuple(bound.items()), tuple(faults))


class PlacesInSettings:
    """A `PlaceStore` on the settings: `read` gives the present ones, `write` keeps changed ones."""

    def __init__(self, read: Callable[[], Settings], write: Callable[[Settings], None]) -> None:
        self._read, self._write = read, write

    def load_place(self, monitor_key: str, widget: str) -> Rect | None:
        """The remembered rectangle, or None."""
        kept = self._read().layout.get(f"{widget} @ {monitor_key}")
        return None if kept is None else Rect(kept.x, kept.y, kept.w, kept.h)

    def save_place(self, monitor_key: str, widget: str, rect: Rect | None) -> None:
        """Remember it; None forgets it."""
        settings, key = self._read(), f"{widget} @ {monitor_key}"
        layout = {name: place for name, place in settings.layout.items() if name != key}
        if rect is not None:
            layout[key] = Place(monitor_key.rpartition(" ")[0], rect.x, rect.y, rect.width, rect.height)
        if layout != settings.layout:
            self._write(replace(settings, layout=layout))

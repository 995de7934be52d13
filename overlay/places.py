"""The overlay's look and places as the settings keep them."""

from __future__ import annotations

from overlay.chosen import Chosen
from overlay.placement import Rect
from overlay.settings.model import Place, Settings
from overlay.widgets import PANELS
from overlay.window import Appearance


def appearance(settings: Settings) -> Appearance:
    """What the settings say about the look."""
    display = settings.display
    return Appearance(
        font_scale=display.font_scale,
        palette=display.palette,
        glass_opacity=display.opacity,
        monitor=display.monitor,
        panels=tuple(panel.name for panel in PANELS if settings.layout.get(panel.name, Place()).visible),
        hide_outside_car=display.hide_outside_car,
    )


class PlacesInSettings:
    """Each widget's place on the screen where it was put last."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen

    def load_place(self, monitor_key: str, widget: str) -> Rect | None:
        """The place kept for this screen."""
        place = self._chosen.current.layout.get(widget)
        if place is None or place.monitor != monitor_key:
            return None
        return Rect(place.x, place.y, place.w, place.h)

    def save_place(self, monitor_key: str, widget: str, rect: Rect | None) -> None:
        """Keep it."""
        place = rect or Rect(0, 0, 0, 0)
        values = {"monitor": monitor_key if rect else "", "x": place.x, "y": place.y, "w": place.width, "h": place.height}
        self._chosen.change(f"layout.{widget}", values)

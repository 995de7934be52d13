"""Where widgets stand on a screen: defaults, memory per monitor, snapping, clamping. Pure geometry in integer pixels; no Qt.

A `Place` is relative to the nearest point of the screen (left, middle or right; top, middle or bottom), so that a widget at the right
edge stays there when the font scale or the resolution changes. What is remembered between sessions is a rectangle per monitor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

SNAP_PX = 12  # at scale 1
TRIPLE_ASPECT = 4.0  # three 4:3 screens side by side and everything wider: only the middle one is in front of the driver


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in pixels of the desktop."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """First pixel right of it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First pixel below it."""
        return self.y + self.height

    def contains(self, other: Rect) -> bool:
        """Whether the other lies inside."""
        return other.x >= self.x and other.y >= self.y and other.right <= self.right and other.bottom <= self.bottom

    def covers(self, other: Rect) -> bool:
        """Whether they have a pixel in common."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True, slots=True)
class Monitor:
    """One screen as the window system names it, with its geometry on the desktop."""

    name: str
    area: Rect

    @property
    def key(self) -> str:
        """What places are remembered by: the same name with another geometry is another place to stand."""
        return f"{self.name} {self.area.width}x{self.area.height}+{self.area.x}+{self.area.y}"

    @property
    def front(self) -> Rect:
        """The part in front of the driver: of a triple screen the middle third, else all of it."""
        a = self.area
        if a.width / a.height < TRIPLE_ASPECT:
            return a
        return Rect(a.x + a.width // 3, a.y, a.width // 3, a.height)


def meant(text: str, monitors: Sequence[Monitor]) -> Monitor | None:
    """The one of this key; else one of its name, which may be all that was kept, or may stand elsewhere now. None: there is none."""
    named = [one for one in monitors if one.name and one.name in {text, text.rpartition(" ")[0]}]
    return min(named, key=lambda one: (one.key != text, one.name != text), default=None)


@dataclass(frozen=True, slots=True)
class Place:
    """A widget's place in the part of the screen in front of the driver.

    `anchor_x`, `anchor_y`: 0 left/top, 0.5 middle, 1 right/bottom; the offset from there to the same point of the widget, in pixels at
    scale 1. `width`, `height`: at scale 1, None for the widget's own.
    """

    anchor_x: float
    anchor_y: float
    offset_x: float
    offset_y: float
    width: float | None = None
    height: float | None = None


class PlaceStore(Protocol):
    """Where places are kept between sessions; the settings provide it.

    A rectangle is relative to the monitor's upper left corner, in pixels; width or height 0 is the widget's own.
    """

    def load_place(self, monitor_key: str, widget: str) -> Rect | None:
        """The remembered rectangle, or None: the widget stands where it does by default."""

    def save_place(self, monitor_key: str, widget: str, rect: Rect | None) -> None:
        """Remember it; None forgets it."""


class PlacesInMemory:
    """A `PlaceStore` that forgets when the process ends."""

    def __init__(self) -> None:
        self.places: dict[tuple[str, str], Rect] = {}

    def load_place(self, monitor_key: str, widget: str) -> Rect | None:
        """The remembered rectangle, or None."""
        return self.places.get((monitor_key, widget))

    def save_place(self, monitor_key: str, widget: str, rect: Rect | None) -> None:
        """Remember or forget it."""
        if rect is None:
            self.places.pop((monitor_key, widget), None)
        else:
            self.places[monitor_key, widget] = rect


APART_PX = 8  # between widgets that had to make room, at scale 1
# The cockpit's own mirror and gauges stay free: reading at the top middle, maps and lists at the edges, pedals at the bottom.
DEFAULT_PLACES = {
    "delta": Place(0.5, 0, 0, 56),
    "cue": Place(0.5, 0, 0, 166),
    "status": Place(0, 0, 24, 24),
    "corners": Place(0, 0.5, 24, -40),
    "map": Place(1, 0, -24, 24),
    "inputs": Place(1, 1, -24, -24),
}


def resolve(place: Place, front: Rect, natural: tuple[int, int], scale: float) -> Rect:
    """The rectangle of a place; it may lie outside `front` (a side screen of a triple), so the caller clamps it to the whole screen."""
    width = natural[0] if place.width is None else round(place.width * scale)
    height = natural[1] if place.height is None else round(place.height * scale)
    x = front.x + place.anchor_x * (front.width - width) + place.offset_x * scale
    y = front.y + place.anchor_y * (front.height - height) + place.offset_y * scale
    return Rect(round(x), round(y), width, height)


def place_of(rect: Rect, front: Rect, natural: tuple[int, int], scale: float) -> Place:
    """The place that `resolve` turns into this rectangle: anchored where the widget's middle lies, by thirds of the screen."""
    anchor_x = _third((rect.x + rect.width / 2 - front.x) / front.width)
    anchor_y = _third((rect.y + rect.height / 2 - front.y) / front.height)
    resized = (rect.width, rect.height) != natural
    return Place(
        anchor_x,
        anchor_y,
        (rect.x - front.x - anchor_x * (front.width - rect.width)) / scale,
        (rect.y - front.y - anchor_y * (front.height - rect.height)) / scale,
        rect.width / scale if resized else None,
        rect.height / scale if resized else None,
    )


def clamp(rect: Rect, bounds: Rect) -> Rect:
    """The rectangle moved, and if need be shrunk, into the bounds."""
    width, height = min(rect.width, bounds.width), min(rect.height, bounds.height)
    x = max(bounds.x, min(rect.x, bounds.right - width))
    y = max(bounds.y, min(rect.y, bounds.bottom - height))
    return Rect(x, y, width, height)


def apart(rect: Rect, others: list[Rect], bounds: Rect, gap: int) -> Rect:
    """The nearest rectangle of this size that covers none of the others; the same where there is no room for one.

    Default places are chosen for type of the usual size; with larger type they would cover each other.
    """
    columns = [rect.x, *(x for other in others for x in (other.right + gap, other.x - rect.width - gap))]
    rows = [rect.y, *(y for other in others for y in (other.bottom + gap, other.y - rect.height - gap))]
    free = [
        moved
        for x in columns
        for y in rows
        if bounds.contains(moved := Rect(x, y, rect.width, rect.height)) and not any(moved.covers(other) for other in others)
    ]
    return min(free, key=lambda moved: abs(moved.x - rect.x) + abs(moved.y - rect.y), default=rect)


def snap(rect: Rect, bounds: Rect, others: list[Rect], distance: int) -> Rect:
    """The rectangle moved onto the nearest edge or middle of the bounds or edge of another widget, each axis for itself."""
    dx = _nearest(
        [bounds.x - rect.x, bounds.right - rect.right, bounds.x + bounds.width // 2 - (rect.x + rect.width // 2)]
        + [line - mine for other in others for line in (other.x, other.right) for mine in (rect.x, rect.right)],
        distance,
    )
    dy = _nearest(
        [bounds.y - rect.y, bounds.bottom - rect.bottom, bounds.y + bounds.height // 2 - (rect.y + rect.height // 2)]
        + [line - mine for other in others for line in (other.y, other.bottom) for mine in (rect.y, rect.bottom)],
        distance,
    )
    return Rect(rect.x + dx, rect.y + dy, rect.width, rect.height)


def _nearest(moves: list[int], distance: int) -> int:
    best = min(moves, key=abs)
    return best if abs(best) <= distance else 0


def _third(share: float) -> float:
    return 0.0 if share < 1 / 3 else 1.0 if share > 2 / 3 else 0.5

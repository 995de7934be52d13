"""The `Overlay`: it leads the windows of all widgets, shows them snapshots, places them, and keeps where the driver left them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtGui import QGuiApplication, QScreen

from overlay.look import Look, screen_scale
from overlay.panel_window import PanelWindow
from overlay.placement import (
    APART_PX,
    DEFAULT_PLACES,
    SNAP_PX,
    Monitor,
    Place,
    PlacesInMemory,
    PlaceStore,
    Rect,
    apart,
    clamp,
    place_of,
    resolve,
    snap,
)
from overlay.screens import monitor_of, screen_meant
from overlay.state import Mode, Snapshot
from overlay.widgets import PANELS
from overlay.window_style import let_go


@dataclass(frozen=True, slots=True)
class Appearance:
    """What the driver chose about the overlay's look; the settings fill it."""

    font_scale: float = 1.0
    palette: str = "blue-orange"
    glass_opacity: float | None = None
    monitor: str = ""  # a screen's key or name; empty or gone: the primary screen
    panels: tuple[str, ...] = tuple(panel.name for panel in PANELS)
    hide_outside_car: bool = True


class Overlay:
    """All windows of the overlay: shows snapshots, hides outside the car, locks, places, changes the look.

    Called from Qt's thread only, but for `shows`. It keeps no timer: whoever has new ticks calls `present`, at most 60 times a second.
    """

    def __init__(self, appearance: Appearance | None = None, places: PlaceStore | None = None) -> None:
        self.places: PlaceStore = PlacesInMemory() if places is None else places
        self.appearance = Appearance() if appearance is None else appearance
        self.locked = True
        self.faults: dict[str, str] = {}  # widgets that failed, with one sentence each
        self.on_fault: Callable[[str], None] = lambda _: None  # gets that sentence
        self.shown = True  # by the driver's hotkey; being outside the car hides, too
        self.snapshot = Snapshot()
        self.screen = screen_meant(self.appearance.monitor)
        self._placed: dict[tuple[str, str], Place] = {}  # by monitor and widget, as the driver left them in this session
        self.windows = {panel.name: PanelWindow(panel(self.look), self) for panel in PANELS}
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.connect(self._screen_added)
            app.screenRemoved.connect(self._screens_changed)
            for screen in app.screens():
                screen.geometryChanged.connect(self._screens_changed)
        self.set_appearance(self.appearance)

    @property
    def look(self) -> Look:
        """The look on the overlay's screen."""
        area = self.screen.geometry()
        front = Monitor("", Rect(0, 0, area.width(), area.height())).front
        scale = screen_scale(front.width, front.height) * self.appearance.font_scale
        return Look(scale, self.appearance.palette, self.appearance.glass_opacity)

    @property
    def monitor(self) -> Monitor:
        """The screen it stands on."""
        return monitor_of(self.screen)

    @property
    def notice(self) -> str:
        """The notice that can be seen now, empty when there is none."""
        return self.snapshot.status.notice if self.windows["status"].isVisible() else ""

    def present(self, snapshot: Snapshot) -> None:
        """Show this instant."""
        before, self.snapshot = self.snapshot, snapshot
        if _shown_for(before) != _shown_for(snapshot):
            self._update_visibility()
        for window in self.windows.values():
            if window.isVisible():
                self._show(window)

    def set_locked(self, locked: bool) -> None:
        """Let clicks through to the game, or let the driver move and resize the widgets."""
        self.locked = locked
        for window in self.windows.values():
            window.set_locked(locked)
        self._update_visibility()

    def toggle_locked(self) -> None:
        """The lock hotkey."""
        self.set_locked(not self.locked)

    def set_shown(self, shown: bool) -> None:
        """Show or hide everything."""
        self.shown = shown
        self._update_visibility()

    def toggle_shown(self) -> None:
        """The show/hide hotkey."""
        self.set_shown(not self.shown)

    def shows(self, name: str) -> bool:
        """Whether a widget is on the screen: not outside the car, but for the status while no simulator runs, which cannot disturb then.

        The status comes with a notice wherever it is not, also where it is left out.
        """
        if name in self.faults or not self.shown:
            return False
        if name == "status" and self.snapshot.status.notice:
            return True
        if name not in self.appearance.panels:
            return False
        if not self.locked or self.snapshot.in_car or not self.appearance.hide_outside_car:
            return True
        return name == "status" and self.snapshot.status.mode is Mode.WAITING_SIMULATOR

    def set_appearance(self, appearance: Appearance) -> None:
        """Take other choices: look, screen, which widgets."""
        self.appearance = appearance
        self.screen = screen_meant(appearance.monitor)
        look = self.look
        for name, window in self.windows.items():
            window.panel.set_look(look)
            remembered = self._remembered(window)
            self._placed.setdefault((self.monitor.key, name), remembered or DEFAULT_PLACES[name])
        self._put_all()
        self._update_visibility()

    def reset_places(self) -> None:
        """Every widget back to where it stands by default on this screen."""
        for name in self.windows:
            self._keep(name, None)
            self._placed[self.monitor.key, name] = DEFAULT_PLACES[name]
        self._put_all()

    def dragged(self, window: PanelWindow, start: Rect, dx: int, dy: int, *, resize: bool, free: bool) -> Rect:
        """Where a window goes while it is dragged by so much from where it started."""
        bounds = self.monitor.area
        if resize:
            natural = self._natural(window)
            width = max(start.width + dx, round(natural[0] * window.panel.smallest_share))
            height = max(start.height + dy, round(natural[1] * window.panel.smallest_share))
            return Rect(start.x, start.y, min(width, bounds.right - start.x), min(height, bounds.bottom - start.y))
        rect = Rect(start.x + dx, start.y + dy, start.width, start.height)
        if not free:
            others = [w.rect_on_desktop() for w in self._active() if w is not window]
            rect = snap(rect, bounds, others, round(SNAP_PX * self.look.scale))
        return clamp(rect, bounds)

    def remember(self, window: PanelWindow) -> None:
        """Keep a window's place for this screen."""
        rect, area = window.rect_on_desktop(), self.monitor.area
        natural = self._natural(window)
        self._placed[self.monitor.key, window.panel.name] = place_of(rect, self.monitor.front, natural, self.look.scale)
        width, height = (0, 0) if (rect.width, rect.height) == natural else (rect.width, rect.height)
        self._keep(window.panel.name, Rect(rect.x - area.x, rect.y - area.y, width, height))

    def close(self) -> None:
        """Close every window and listen to the screens no more."""
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.disconnect(self._screen_added)
            app.screenRemoved.disconnect(self._screens_changed)
            for screen in app.screens():
                screen.geometryChanged.disconnect(self._screens_changed)
        for window in self.windows.values():
            let_go(window)

    def _active(self) -> Iterable[PanelWindow]:
        return [window for name, window in self.windows.items() if name in self.appearance.panels]

    def _natural(self, window: PanelWindow) -> tuple[int, int]:
        size = window.panel.natural_size(self.look)
        return size.width(), size.height()

    def _remembered(self, window: PanelWindow) -> Place | None:
        """The place that was kept for this screen."""
        kept = self.places.load_place(self.monitor.key, window.panel.name)
        if kept is None:
            return None
        area, natural = self.monitor.area, self._natural(window)
        rect = Rect(kept.x + area.x, kept.y + area.y, kept.width or natural[0], kept.height or natural[1])
        return place_of(rect, self.monitor.front, natural, self.look.scale)

    def _keep(self, name: str, rect: Rect | None) -> None:
        """For the next start."""
        self.places.save_place(self.monitor.key, name, rect)

    def _put_all(self) -> None:
        """Every widget to its place; those that the driver did not place keep off the others."""
        key, put = self.monitor.key, list[Rect]()
        own = [window for window in self._active() if self._placed[key, window.panel.name] != DEFAULT_PLACES[window.panel.name]]
        rest = [window for window in self.windows.values() if window not in own]
        for window in (*own, *rest):
            rect = self._resolved(window, self._placed[key, window.panel.name])
            if window in rest:
                rect = apart(rect, put, self.monitor.front, round(APART_PX * self.look.scale))
            window.put(rect)
            if window.panel.name in self.appearance.panels:
                put.append(rect)

    def _resolved(self, window: PanelWindow, place: Place) -> Rect:
        monitor = self.monitor
        return clamp(resolve(place, monitor.front, self._natural(window), self.look.scale), monitor.area)

    def _show(self, window: PanelWindow) -> None:
        """Show this instant in one window. A widget that fails is taken away, once, and the others go on."""
        try:
            window.panel.show_snapshot(self.snapshot)
        except Exception as error:
            name = window.panel.name
            logging.getLogger(__name__).exception("the widget %s failed and is hidden", name)
            self.faults[name] = f"{window.panel.title} failed and is hidden: {error}"
            window.hide()
            self.on_fault(self.faults[name])

    def _update_visibility(self) -> None:
        for name, window in self.windows.items():
            visible = self.shows(name)
            if visible and not window.isVisible():
                self._show(window)
            window.setVisible(visible and name not in self.faults)

    def _screen_added(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._screens_changed)
        self.set_appearance(self.appearance)

    def _screens_changed(self, _what: object) -> None:
        """A screen came, went or changed its resolution: everything finds its place again."""
        self.set_appearance(self.appearance)


def _shown_for(snapshot: Snapshot) -> tuple[object, ...]:
    """What decides which widgets are shown."""
    return snapshot.in_car, snapshot.status.mode, bool(snapshot.status.notice)

"""The screens there are, and which of them a setting means."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication, QScreen

from overlay.placement import Monitor, Rect, meant


def screens_offered(kept: str = "") -> dict[str, Monitor]:
    """The screens by what they are chosen by: their names, with the geometry where several have one; what was kept stays as it is."""
    monitors = [monitor_of(screen) for screen in QGuiApplication.screens()]
    names, chosen = [one.name for one in monitors], meant(kept, monitors)
    return {kept if one is chosen else one.name if names.count(one.name) == 1 else one.key: one for one in monitors}


def monitor_of(screen: QScreen) -> Monitor:
    """A screen's name and place."""
    g = screen.geometry()
    return Monitor(screen.name(), Rect(g.x(), g.y(), g.width(), g.height()))


def screen_meant(text: str) -> QScreen:
    """The screen of this key or name, or the primary one when there is none."""
    screens = {monitor_of(screen): screen for screen in QGuiApplication.screens()}
    monitor = meant(text, tuple(screens))
    return QGuiApplication.primaryScreen() if monitor is None else screens[monitor]

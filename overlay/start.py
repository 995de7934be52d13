"""Starts the overlay: the windows first, which takes a second, then everything behind them."""

from __future__ import annotations

import signal

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from overlay.chosen import Chosen
from overlay.from_settings import PlacesInSettings, appearance_of
from overlay.order import Order
from overlay.settings.file import SettingsFile
from overlay.single_instance import only_instance
from overlay.state import Snapshot
from overlay.window import Overlay


def run_app(order: Order) -> None:
    """Run until the driver quits. BadInput: another overlay runs."""
    lock = only_instance()
    try:
        existing = QApplication.instance()
        qt = existing if isinstance(existing, QApplication) else QApplication(["racing-coach"])
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: QTimer.singleShot(0, qt.quit))  # also heard when the loop begins later
        chosen = Chosen(SettingsFile())
        chosen.override(order.style, order.sensitivity)
        overlay = Overlay(
            appearance_of(chosen.current, chosen.current.display.monitor), PlacesInSettings(lambda: chosen.for_all, chosen.keep)
        )
        overlay.present(Snapshot())
        overlay.set_shown(True)
        qt.processEvents()
        from overlay.app import App  # noqa: PLC0415 - the engine takes longer to load than the windows to show

        app = App(order, qt, chosen, overlay)
        try:
            app.start(order)
            qt.exec()
        finally:
            app.stop()
    finally:
        lock.release()
